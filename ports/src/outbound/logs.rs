//! What processes have printed.

use async_trait::async_trait;
use domain::{Run, Timestamp};

use crate::{LogStream, Output, PortResult};

/// Which part of a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogQuery {
    /// Whether to go on with what is printed later, until the process ends.
    pub follow: bool,
    /// Whether standard output is wanted.
    pub stdout: bool,
    /// Whether standard error is wanted.
    pub stderr: bool,
    /// Only lines printed at or after this point.
    pub since: Option<Timestamp>,
    /// Only lines printed before or at this point.
    pub until: Option<Timestamp>,
    /// Only this many of the last lines of what was printed so far.
    pub tail: Option<u64>,
    /// Whether each line's time is wanted.
    pub timestamps: bool,
}

/// A piece of a log.
///
/// With a time it is exactly one line with its line end (the last line may lack one); without, it is any number of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// What was printed, and where.
    pub output: Output,
    /// When; always present if the query asked for it.
    pub time: Option<Timestamp>,
}

/// Keeps what processes print.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Reads the log of a run.
    ///
    /// MUST deliver everything from the first byte on; MUST, when following, end soon after the process and everything it printed; MUST
    /// keep the log readable after the process ended or was stopped, until the run is removed. Where the two streams cannot be told apart
    /// everything is standard output.
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] if the run never started or was removed.
    async fn read(&self, run: &Run, query: &LogQuery) -> PortResult<LogStream>;
}
