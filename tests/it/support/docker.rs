//! The docker command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use super::server::Server;

/// How many seconds a command may take.
const LIMIT: &str = "60";

/// The docker command line, pointed at one server and with no settings of the developer's own.
pub(crate) struct Docker {
    host: String,
    home: PathBuf,
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The exit code.
    pub(crate) code: Option<i32>,
}

impl Docker {
    /// Over the unix socket.
    pub(crate) fn unix(server: &Server) -> Self {
        let socket = server.socket_path();
        Self { host: format!("unix://{}", socket.display()), home: socket.with_file_name("home") }
    }

    /// Over TCP.
    pub(crate) fn tcp(server: &Server) -> Self {
        Self { host: format!("tcp://{}", server.tcp_address()), ..Self::unix(server) }
    }

    /// Runs it to its end, with nothing to read.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()).output().expect("docker runs"))
    }

    /// Runs it to its end and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "docker {arguments:?}: {ran:?}");
        ran.stdout.trim_end().to_owned()
    }

    /// Runs it to its end with something to read.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self.spawn(arguments);
        // Dropped at the end of the statement, which is the end of the input.
        child.stdin.take().expect("a pipe").write_all(input).expect("docker reads");
        ran(child.wait_with_output().expect("docker ends"))
    }

    /// Starts it with pipes.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("docker runs")
    }

    /// Runs it to its end under a pseudo terminal, with `input` typed into it.
    pub(crate) fn run_in_terminal(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let line = std::iter::once("docker").chain(arguments.iter().copied()).map(quoted).collect::<Vec<_>>().join(" ");
        let mut command = Command::new("timeout");
        command.args([LIMIT, "script", "-qec", &line, "/dev/null"]);
        let mut child =
            self.settle(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("script runs");
        child.stdin.take().expect("a pipe").write_all(input).expect("script reads");
        ran(child.wait_with_output().expect("script ends"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args([LIMIT, "docker"]).args(arguments);
        self.settle(&mut command);
        command
    }

    fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env_remove("DOCKER_CONTEXT").env("DOCKER_HOST", &self.host).env("HOME", &self.home).env("TERM", "xterm")
    }
}

/// What a command that has ended printed.
pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
