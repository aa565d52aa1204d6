//! The round trip of a small exec: create, start, its output, its exit code.

use anyhow::ensure;
use tokio::io::AsyncReadExt;

use crate::context::Context;
use crate::docker::Docker;
use crate::options::Options;
use crate::report::{Report, Row};
use crate::samples::{Samples, timed};

/// How much longer than kubectl it may take.
const FACTOR: f64 = 1.2;

/// Runs a small command in the same container, through kubedock and through kubectl in turn.
///
/// # Errors
/// It does not run.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let (server, kubectl) = (context.on_cluster().await?, context.kubectl()?);
    let container = server.unix().run("sleep 3600").await?;
    let pod = context.cluster()?.pod_of(&container).await?;
    let (mut ours, mut plain, mut starts) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..options.amount(20, 5) {
        ours.push_time(timed(round_trip(server.unix(), &container)).await?.0);
        let outcome = kubectl.run(&["exec", &pod, "-c", "main", "--", "echo", "hello"]).await?;
        plain.push(outcome.seconds);
        starts.push(outcome.start);
    }
    let row = Row::new("exec", "round trip, median", "s", ours.median());
    report.add(row.against("kubectl", plain.median()).at_most(plain.median() * FACTOR, "1.2 x kubectl"));
    report.add(Row::new("exec", "kubectl's process start, subtracted wherever kubectl is named, median", "s", starts.median()));
    server.stop().await
}

async fn round_trip(docker: &Docker, container: &str) -> anyhow::Result<()> {
    let mut exec = docker.exec(container, &["echo", "hello"], false).await?;
    let mut output = Vec::new();
    exec.socket.read_to_end(&mut output).await?;
    ensure!(output.get(8..) == Some(b"hello\n"), "the output is {:?}", String::from_utf8_lossy(&output));
    ensure!(docker.exit_code(&exec.id).await? == 0, "the exit code is not 0");
    Ok(())
}
