//! kubectl, as the mark of what the API server and the kubelet allow.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

use crate::samples::timed;

/// How much is read and written at once.
const BUFFER: usize = 256 * 1024;

/// The shortest time that is believed, in seconds.
const LEAST: f64 = 0.001;

/// A kubectl that works in one namespace.
pub(crate) struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    namespace: String,
}

/// What a kubectl did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How long it took, in seconds, without the start of its process.
    pub(crate) seconds: f64,
    /// How long its process takes to start, in seconds, measured just before.
    pub(crate) start: f64,
    /// How much it printed.
    pub(crate) bytes: u64,
}

impl Kubectl {
    /// The kubectl at `program`.
    pub(crate) const fn new(program: PathBuf, kubeconfig: PathBuf, namespace: String) -> Self {
        Self { program, kubeconfig, namespace }
    }

    /// Runs it and reads what it prints.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn run(&self, arguments: &[&str]) -> anyhow::Result<Outcome> {
        self.run_with_input(arguments, 0).await
    }

    /// Runs it, gives it `input` bytes and reads what it prints meanwhile.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: u64) -> anyhow::Result<Outcome> {
        let start = timed(self.exchange(&["version", "--client"], 0)).await?.0.as_secs_f64();
        let (elapsed, bytes) = timed(self.exchange(arguments, input)).await?;
        // Where the machine was disturbed meanwhile the difference may make no sense; the median of many is what counts.
        let seconds = (elapsed.as_secs_f64() - start).max(LEAST);
        Ok(Outcome { seconds, start, bytes })
    }

    async fn exchange(&self, arguments: &[&str], input: u64) -> anyhow::Result<u64> {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(["--namespace", &self.namespace]).args(arguments);
        let stdin = if input > 0 { Stdio::piped() } else { Stdio::null() };
        let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start kubectl")?;
        let stdout = child.stdout.take().context("invariant: its output is piped")?;
        let stdout = pipe::Receiver::from_owned_fd(stdout.into())?;
        let stdin = child.stdin.take().map(|stdin| pipe::Sender::from_owned_fd(stdin.into())).transpose()?;
        let ((), bytes) = tokio::try_join!(feed(stdin, input), drain(stdout))?;
        // Its output has ended, so that this does not block for long.
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "kubectl {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim_end());
        Ok(bytes)
    }
}

async fn feed(stdin: Option<pipe::Sender>, mut bytes: u64) -> anyhow::Result<()> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    let zeros = vec![0; BUFFER];
    while bytes > 0 {
        let part = zeros.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
        stdin.write_all(&zeros[..part]).await?;
        bytes -= part as u64;
    }
    Ok(())
}

async fn drain(mut stdout: pipe::Receiver) -> anyhow::Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0;
    loop {
        match stdout.read(&mut buffer).await? {
            0 => return Ok(bytes),
            length => bytes += length as u64,
        }
    }
}
