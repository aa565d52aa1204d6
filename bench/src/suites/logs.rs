//! Bytes of logs, against kubectl.

use std::time::{Duration, Instant};

use anyhow::ensure;
use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::context::Context;
use crate::docker::{Docker, Frames};
use crate::options::Options;
use crate::report::{Report, Row};
use crate::samples::{Samples, megabytes_per_second, timed};

/// How long a line is, with its end.
const LINE: usize = 100;

/// How many lines a container prints: with what the runtime adds to each, not so many that the kubelet begins a new file.
const LINES: usize = 60_000;

/// How long it may take until they are all in the log.
const LIMIT: Duration = Duration::from_secs(60);

/// Reads the logs of some containers one after the other, through kubedock and through one kubectl in turn.
///
/// # Errors
/// Bytes are lost.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let (server, kubectl) = (context.on_cluster().await?, context.kubectl()?);
    let docker = server.unix();
    let script = format!("yes {} | head -n {LINES}; sleep 3600", "x".repeat(LINE - 1));
    let containers = try_join_all((0..options.amount(8, 2)).map(|_| docker.run(&script))).await?;
    for container in &containers {
        until_complete(docker, container).await?;
    }
    let bytes = (containers.len() * LINES * LINE) as u64;
    let (mut ours, mut plain) = (Samples::default(), Samples::default());
    for _ in 0..options.amount(7, 2) {
        let (elapsed, read) = timed(read_all(docker, &containers)).await?;
        ensure!(read == bytes, "kubedock: {read} of {bytes} bytes");
        ours.push(megabytes_per_second(bytes, elapsed.as_secs_f64()));
        let outcome = kubectl.run(&["logs", "--selector=kubedock=true", "--container=main", "--tail=-1"]).await?;
        ensure!(outcome.bytes == bytes, "kubectl: {} of {bytes} bytes", outcome.bytes);
        plain.push(megabytes_per_second(bytes, outcome.seconds));
    }
    let row = Row::new("logs", format!("{} logs of {LINES} lines, median", containers.len()), "MB/s", ours.median());
    report.add(row.against("kubectl", plain.median()).at_least(plain.median(), "kubectl"));
    server.stop().await
}

async fn until_complete(docker: &Docker, container: &str) -> anyhow::Result<()> {
    let begin = Instant::now();
    while read(docker, container).await? < (LINES * LINE) as u64 {
        ensure!(begin.elapsed() < LIMIT, "the log does not become complete");
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn read_all(docker: &Docker, containers: &[String]) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for container in containers {
        bytes += read(docker, container).await?;
    }
    Ok(bytes)
}

async fn read(docker: &Docker, container: &str) -> anyhow::Result<u64> {
    let mut connection = docker.follow(&format!("/containers/{container}/logs?stdout=1&stderr=1")).await?;
    let (mut frames, mut chunk) = (Frames::default(), Vec::new());
    while connection.chunk(&mut chunk).await? {
        frames.push(&chunk);
        chunk.clear();
    }
    Ok(frames.payload())
}
