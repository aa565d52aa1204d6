//! What an image says about the containers made from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Healthcheck, PortSpec, Signal};

/// The defaults of an image's containers (OCI image specification, `config`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageConfig {
    /// `user[:group]`.
    pub user: String,
    /// Ports the container listens on.
    pub exposed_ports: BTreeSet<PortSpec>,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// The program and its first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// Arguments, or program and arguments if there is no entrypoint.
    pub cmd: Option<Vec<String>>,
    /// Paths that get an anonymous volume.
    pub volumes: BTreeSet<String>,
    /// The working directory.
    pub working_dir: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The signal that stops it, if it is not SIGTERM.
    pub stop_signal: Option<Signal>,
    /// How to find out whether it works.
    pub healthcheck: Option<Healthcheck>,
    /// The shell of `CMD-SHELL` health checks.
    pub shell: Option<Vec<String>>,
    /// What builds on top of it do first.
    pub on_build: Vec<String>,
}
