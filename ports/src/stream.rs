//! Streams that cross the ports. Dropping one stops what feeds it.

use std::pin::Pin;

use bytes::Bytes;
use domain::TermSize;
use futures_core::Stream;

use crate::{LogLine, PortResult, ProcessEvent, WorkloadEvent};

type Boxed<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// Bytes towards a process. The end of the stream is the end of its input; an error is a client that vanished.
pub type ByteStream = Boxed<PortResult<Bytes>>;

/// Output towards a client.
pub type OutputStream = Boxed<domain::Result<Output>>;

/// Sizes of a terminal, as its window changes.
pub type ResizeStream = Boxed<TermSize>;

/// Output of a process, and its end as the last item.
pub type ProcessStream = Boxed<PortResult<ProcessEvent>>;

/// Lines of a log.
pub type LogStream = Boxed<PortResult<LogLine>>;

/// What happens to workloads.
pub type WorkloadStream = Boxed<WorkloadEvent>;

/// Some output of a process, and which of its streams it came from. With a terminal everything is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
}

impl Output {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Stdout(bytes) | Self::Stderr(bytes) => bytes,
        }
    }
}
