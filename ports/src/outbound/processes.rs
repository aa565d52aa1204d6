//! Talking to processes.

use async_trait::async_trait;
use domain::{ExecSpec, Run};

use crate::{ByteStream, Output, PortResult, ProcessStream, ResizeStream};

/// What goes into a process.
pub struct ProcessIo {
    /// Its input; `None` if it gets none.
    pub stdin: Option<ByteStream>,
    /// The sizes of its terminal.
    pub resize: ResizeStream,
}

/// What comes out of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessEvent {
    /// It printed something.
    Output(Output),
    /// It ended with this code; nothing follows.
    Exited(i32),
    /// It could not be started; nothing follows.
    Failed {
        /// 126 if it may not be executed, 127 if it does not exist, else 128 or another code of the shell's convention.
        code: i32,
        /// Why, in the runtime's words.
        message: String,
    },
}

/// How to attach to a container's own process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachPlan {
    /// Whether standard output is wanted.
    pub stdout: bool,
    /// Whether standard error is wanted.
    pub stderr: bool,
    /// Whether the process has a terminal.
    pub tty: bool,
    /// Whether everything printed since the process began is wanted, instead of what is printed from now on.
    pub from_start: bool,
}

/// Talks to processes of running workloads.
#[async_trait]
pub trait Processes: Send + Sync {
    /// Runs a command beside the container's own process.
    ///
    /// Input is passed on and output is delivered at the same time; neither direction waits for the other. MUST deliver all output before
    /// the end. Dropping the stream MUST release the connection; it need not end the process.
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] or [`crate::Kind::Conflict`] if the run is not running, [`crate::Kind::Unsupported`] for a setting that this
    /// backend cannot honour.
    async fn exec(&self, run: &Run, exec: &ExecSpec, io: ProcessIo) -> PortResult<ProcessStream>;

    /// Attaches to the container's own process. The stream ends when the process has ended and everything is delivered; it carries no exit.
    ///
    /// MUST NOT lose output when `from_start` is set, however short the process lives, even if it has ended already.
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] or [`crate::Kind::Conflict`] if the run is not running.
    async fn attach(&self, run: &Run, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream>;
}
