//! A pipe: a bounded queue of bytes between processes, or between a client and a process.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

/// As on Linux (`pipe(7)`).
const CAPACITY: usize = 64 << 10;

struct Shared {
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
}

struct State {
    buffer: BytesMut,
    writers: usize,
    readers: usize,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("invariant: no panic under this lock")
    }
}

/// A new pipe.
pub(crate) fn pipe() -> (PipeWriter, PipeReader) {
    let state = State { buffer: BytesMut::new(), writers: 1, readers: 1, closed: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), readable: Notify::new(), writable: Notify::new() });
    (PipeWriter(Arc::clone(&shared)), PipeReader(shared))
}

/// The end that is written to; the input ends when all its clones are dropped.
pub(crate) struct PipeWriter(Arc<Shared>);

/// The end that is read from; clones share what is read.
pub(crate) struct PipeReader(Arc<Shared>);

/// Nobody will ever read it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BrokenPipe;

impl PipeWriter {
    /// Writes all of it, and waits for room.
    pub(crate) async fn write(&self, mut bytes: Bytes) -> Result<(), BrokenPipe> {
        while !bytes.is_empty() {
            let room = self.0.writable.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut state = self.0.state();
                if state.readers == 0 || state.closed {
                    return Err(BrokenPipe);
                }
                let count = bytes.len().min(CAPACITY.saturating_sub(state.buffer.len()));
                if count > 0 {
                    state.buffer.extend_from_slice(&bytes.split_to(count));
                    self.0.readable.notify_waiters();
                    continue;
                }
            }
            room.await;
        }
        Ok(())
    }

    /// Ends the input, whoever else might write.
    pub(crate) fn close(&self) {
        self.0.state().closed = true;
        self.0.readable.notify_waiters();
        self.0.writable.notify_waiters();
    }
}

impl PipeReader {
    /// Reads some bytes, at most `max`; none is the end.
    pub(crate) async fn read(&self, max: usize) -> Bytes {
        self.take(|buffer| buffer.len().min(max)).await
    }

    /// Reads up to and including the next line end, and leaves the rest to others. A line that does not fit into the pipe comes in pieces.
    pub(crate) async fn read_line(&self) -> Bytes {
        let line = |buffer: &BytesMut| match buffer.iter().position(|byte| *byte == b'\n') {
            Some(index) => index + 1,
            None if buffer.len() >= CAPACITY => buffer.len(),
            None => 0,
        };
        self.take(line).await
    }

    /// Takes as many bytes as `wanted` says; waits while it says none, unless the input ends.
    async fn take(&self, wanted: impl Fn(&BytesMut) -> usize) -> Bytes {
        loop {
            let more = self.0.readable.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            {
                let mut state = self.0.state();
                let ended = state.writers == 0 || state.closed;
                let count = match wanted(&state.buffer) {
                    0 if ended => state.buffer.len(),
                    count => count,
                };
                if count > 0 || ended {
                    let bytes = state.buffer.split_to(count).freeze();
                    self.0.writable.notify_waiters();
                    return bytes;
                }
            }
            more.await;
        }
    }
}

impl Clone for PipeWriter {
    fn clone(&self) -> Self {
        self.0.state().writers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.state().writers -= 1;
        self.0.readable.notify_waiters();
    }
}

impl Clone for PipeReader {
    fn clone(&self) -> Self {
        self.0.state().readers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.state().readers -= 1;
        self.0.writable.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passes_bytes_and_their_end() {
        let (writer, reader) = pipe();
        writer.write(Bytes::from_static(b"one\ntwo\nrest")).await.unwrap();
        assert_eq!(reader.read_line().await, "one\n");
        assert_eq!(reader.read(3).await, "two");
        assert_eq!(reader.read_line().await, "\n");
        drop(writer);
        assert_eq!(reader.read_line().await, "rest");
        assert_eq!(reader.read(9).await, "");
    }

    #[tokio::test]
    async fn a_full_pipe_waits_for_its_reader() {
        let (writer, reader) = pipe();
        let writing = async move { writer.write(Bytes::from(vec![7; 3 * CAPACITY])).await };
        let reading = async {
            let mut total = 0;
            loop {
                match reader.read(usize::MAX).await.len() {
                    0 => return total,
                    length => total += length,
                }
                assert!(reader.0.state().buffer.len() <= CAPACITY);
            }
        };
        assert_eq!(tokio::join!(writing, reading), (Ok(()), 3 * CAPACITY));
    }

    #[tokio::test]
    async fn breaks_when_nobody_reads() {
        let (writer, reader) = pipe();
        let clone = reader.clone();
        drop(reader);
        assert_eq!(writer.write(Bytes::from_static(b"x")).await, Ok(()));
        let leaving = async { drop(clone) };
        assert_eq!(tokio::join!(writer.write(Bytes::from(vec![7; CAPACITY])), leaving).0, Err(BrokenPipe));
    }

    #[tokio::test]
    async fn closes_for_every_writer() {
        let (writer, reader) = pipe();
        let other = writer.clone();
        writer.write(Bytes::from_static(b"x")).await.unwrap();
        other.close();
        assert_eq!(reader.read(9).await, "x");
        assert_eq!(reader.read(9).await, "");
        assert_eq!(writer.write(Bytes::from_static(b"x")).await, Err(BrokenPipe));
    }
}
