//! Commands run in a container beside its own process.

use crate::{ContainerId, DetachKeys, ExecId, TermSize};

/// What a client asked to run (API reference, `POST /containers/{id}/exec`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecSpec {
    /// The program and its arguments; never empty.
    pub command: Vec<String>,
    /// `NAME=value` pairs on top of the container's.
    pub env: Vec<String>,
    /// `user[:group]`; empty is the container's.
    pub user: String,
    /// Empty is the container's.
    pub working_dir: String,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether it was asked to have more rights.
    pub privileged: bool,
    /// Whether input is passed to it.
    pub attach_stdin: bool,
    /// Whether its output is passed back.
    pub attach_stdout: bool,
    /// Whether its error output is passed back.
    pub attach_stderr: bool,
    /// The detach sequence, if it is not the container's.
    pub detach_keys: Option<DetachKeys>,
    /// The first size of its terminal.
    pub size: Option<TermSize>,
}

/// Where an exec is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecState {
    /// Not started yet.
    Created,
    /// Its process runs.
    Running,
    /// Its process ended with this code.
    Exited(i32),
}

/// An exec instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// Its id.
    pub id: ExecId,
    /// The container.
    pub container: ContainerId,
    /// What to run.
    pub spec: ExecSpec,
    /// Where it is in its life.
    pub state: ExecState,
}
