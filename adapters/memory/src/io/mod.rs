//! What processes read from and write to.

mod input;
mod pipe;
mod sink;
mod tty;

pub(crate) use input::Input;
pub(crate) use pipe::{PipeReader, PipeWriter, pipe};
pub(crate) use sink::{Capture, Sink, WriteError};
pub(crate) use tty::Tty;

/// How much is read or written at once, at most.
pub(crate) const CHUNK: usize = 32 << 10;

/// Standard input, output and error output of a process.
#[derive(Clone)]
pub(crate) struct Fds {
    pub(crate) stdin: Input,
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}
