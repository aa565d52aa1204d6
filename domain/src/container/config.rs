//! What runs in a container.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Healthcheck, PortSpec, Signal};

/// What runs (API reference, `ContainerConfig`).
///
/// `None` is what the client did not say; inspect shows it as null, or leaves it out, where dockerd does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The image as the client wrote it.
    pub image: String,
    /// The host name.
    pub hostname: String,
    /// The domain name.
    pub domainname: String,
    /// `user[:group]`, names or numbers.
    pub user: String,
    /// The streams `docker run` attaches to; kept and shown.
    pub attach: AttachedStreams,
    /// Ports the container listens on.
    pub exposed_ports: BTreeSet<PortSpec>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its input is open.
    pub open_stdin: bool,
    /// Whether its input is closed when the first attached client leaves.
    pub stdin_once: bool,
    /// `NAME=value`, or `NAME` alone to remove it.
    pub env: Vec<String>,
    /// Arguments, or program and arguments if there is no entrypoint.
    pub cmd: Option<Vec<String>>,
    /// The program and its first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// How to find out whether it works.
    pub healthcheck: Option<Healthcheck>,
    /// Whether the command is already escaped (Windows); kept and shown.
    pub args_escaped: bool,
    /// Paths that get an anonymous volume.
    pub volumes: BTreeSet<String>,
    /// The working directory; empty is the image's.
    pub working_dir: String,
    /// Whether it has no network.
    pub network_disabled: bool,
    /// The MAC address asked for.
    pub mac_address: String,
    /// What an image built on this one would do; kept and shown.
    pub on_build: Option<Vec<String>>,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
    /// The signal that stops it, if it is not SIGTERM.
    pub stop_signal: Option<Signal>,
    /// Seconds between that signal and SIGKILL; negative is for ever.
    pub stop_timeout: Option<i64>,
    /// The shell of `CMD-SHELL` health checks.
    pub shell: Option<Vec<String>>,
}

/// Which streams were asked for at creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttachedStreams {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}
