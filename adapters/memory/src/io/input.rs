//! Where a process reads from.

use std::sync::{Arc, Mutex};

use bytes::{Buf, Bytes};

use super::{PipeReader, Tty};

/// Where a process reads from; clones share what is read.
#[derive(Clone)]
pub(crate) enum Input {
    /// Nothing: it ends at once.
    Null,
    /// Another process or a client.
    Pipe(PipeReader),
    /// A file as it was when it was opened.
    File(Arc<Mutex<Bytes>>),
    /// A terminal.
    Tty(Arc<Tty>),
}

impl Input {
    /// What a file held when it was opened.
    pub(crate) fn file(content: Bytes) -> Self {
        Self::File(Arc::new(Mutex::new(content)))
    }

    /// Reads some bytes, at most `max`; none is the end.
    pub(crate) async fn read(&self, max: usize) -> Bytes {
        match self {
            Self::Null => Bytes::new(),
            Self::Pipe(pipe) => pipe.read(max).await,
            Self::File(rest) => {
                let mut rest = rest.lock().expect("invariant: no panic under this lock");
                let count = rest.len().min(max);
                rest.split_to(count)
            }
            Self::Tty(tty) => tty.read(max).await,
        }
    }

    /// Reads up to and including the next line end, and leaves the rest to others; none is the end.
    pub(crate) async fn read_line(&self) -> Bytes {
        match self {
            Self::Pipe(pipe) => pipe.read_line().await,
            Self::File(rest) => {
                let mut rest = rest.lock().expect("invariant: no panic under this lock");
                let count = rest.chunk().iter().position(|byte| *byte == b'\n').map_or(rest.len(), |index| index + 1);
                rest.split_to(count)
            }
            // A terminal hands out one line at a time.
            Self::Null | Self::Tty(_) => self.read(usize::MAX).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clones_of_a_file_share_what_is_read() {
        let input = Input::file(Bytes::from_static(b"one\ntwo\nthree"));
        let clone = input.clone();
        assert_eq!(input.read_line().await, "one\n");
        assert_eq!(clone.read_line().await, "two\n");
        assert_eq!(input.read(2).await, "th");
        assert_eq!(clone.read_line().await, "ree");
        assert_eq!(input.read(2).await, "");
        assert_eq!(Input::Null.read_line().await, "");
    }
}
