//! Bytes through an exec: how many a second, and how much memory they cost.

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::context::Context;
use crate::docker::{Docker, Frames};
use crate::options::Options;
use crate::process;
use crate::report::{Report, Row};
use crate::samples::{Samples, megabytes_per_second, timed};

/// The most memory in MiB that may be in use while bytes go through.
const PEAK: f64 = 32.0;

/// How much is written and read at once.
const BUFFER: usize = 256 * 1024;

/// Moves bytes out of a container, and through it.
///
/// # Errors
/// Bytes are lost.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let bytes = options.amount(256 << 20, 32 << 20) as u64;
    let (server, kubectl) = (context.on_cluster().await?, context.kubectl()?);
    let container = server.unix().run("sleep 3600").await?;
    let pod = context.cluster()?.pod_of(&container).await?;

    let size = bytes.to_string();
    let command = ["head", "-c", &size, "/dev/zero"];
    let (mut ours, mut plain, mut lossy) = (Samples::default(), Samples::default(), 0.0);
    for _ in 0..options.amount(5, 2) {
        let seconds = timed(exchange(server.unix(), &container, &command, 0, bytes)).await?.0.as_secs_f64();
        ours.push(megabytes_per_second(bytes, seconds));
        let outcome = kubectl.run(&[&["exec", &pod, "-c", "main", "--"], &command[..]].concat()).await?;
        lossy += f64::from(u8::from(outcome.bytes < bytes));
        plain.push(megabytes_per_second(outcome.bytes, outcome.seconds));
    }
    let row = Row::new("transfer", format!("output of an exec, {} MiB, median", bytes >> 20), "MB/s", ours.median());
    report.add(row.against("kubectl", plain.median()).at_least(plain.median(), "kubectl"));

    let (mut ours, mut plain) = (Samples::default(), Samples::default());
    process::forget_peak(server.pid())?;
    for _ in 0..options.amount(3, 1) {
        let seconds = timed(exchange(server.unix(), &container, &["cat"], bytes, bytes)).await?.0.as_secs_f64();
        ours.push(megabytes_per_second(bytes, seconds));
        let outcome = kubectl.run_with_input(&["exec", "-i", &pod, "-c", "main", "--", "cat"], bytes).await?;
        lossy += f64::from(u8::from(outcome.bytes < bytes));
        plain.push(megabytes_per_second(outcome.bytes, outcome.seconds));
    }
    let row = Row::new("transfer", format!("{} MiB through stdin and stdout, median", bytes >> 20), "MB/s", ours.median());
    report.add(row.against("kubectl", plain.median()));
    // Here none of kubedock's has, or there would be no result at all.
    report.add(Row::new("transfer", "runs that lost bytes", "runs", 0.0).against("kubectl", lossy));
    let peak = process::peak(server.pid())?;
    report.add(Row::new("transfer", "peak memory meanwhile (VmHWM)", "MiB", peak).at_most(PEAK, "32 MiB"));
    server.stop().await
}

/// Runs a command that reads `input` bytes and prints `expected`.
async fn exchange(docker: &Docker, container: &str, command: &[&str], input: u64, expected: u64) -> anyhow::Result<()> {
    let exec = docker.exec(container, command, input > 0).await?;
    let (reader, writer) = tokio::io::split(exec.socket);
    let (printed, ()) = tokio::try_join!(drain(reader), feed(writer, input))?;
    ensure!(printed == expected, "{printed} of {expected} bytes");
    ensure!(docker.exit_code(&exec.id).await? == 0, "the exit code is not 0");
    Ok(())
}

async fn feed(mut writer: impl AsyncWriteExt + Unpin, mut bytes: u64) -> anyhow::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let zeros = vec![0; BUFFER];
    while bytes > 0 {
        let part = zeros.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
        writer.write_all(&zeros[..part]).await?;
        bytes -= part as u64;
    }
    writer.shutdown().await?;
    Ok(())
}

async fn drain(mut reader: impl AsyncReadExt + Unpin) -> anyhow::Result<u64> {
    let (mut frames, mut buffer) = (Frames::default(), vec![0; BUFFER]);
    loop {
        match reader.read(&mut buffer).await? {
            0 => return Ok(frames.payload()),
            length => frames.push(&buffer[..length]),
        }
    }
}
