//! Where a process writes to.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ports::{Output, PortResult, ProcessEvent};
use tokio::sync::mpsc;

use super::{CHUNK, PipeWriter, Tty};
use crate::files::{FileError, Files};
use crate::journal::{Journal, Source};

/// How much one command substitution may capture.
const CAPTURE_LIMIT: usize = 512 << 10;

/// What `$(…)` collects.
pub(crate) type Capture = Arc<Mutex<Vec<u8>>>;

/// Where a process writes to; clones write to the same place.
#[derive(Clone)]
pub(crate) enum Sink {
    /// Nowhere.
    Null,
    /// The container's log, and through it to attached clients.
    Journal(Arc<Journal>, Source),
    /// A client that executes a command; when it has left, nowhere.
    Client(mpsc::Sender<PortResult<ProcessEvent>>, Source),
    /// Another process.
    Pipe(PipeWriter),
    /// The end of a file.
    File(Arc<Files>, String),
    /// A terminal.
    Tty(Arc<Tty>),
    /// A command substitution.
    Capture(Capture),
}

/// Why something could not be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// Nobody reads it any more: the process gets SIGPIPE.
    Broken,
    /// The file does not take it.
    File(FileError),
    /// `$(…)` holds no more.
    CaptureFull,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken => f.write_str("Broken pipe"),
            Self::File(error) => error.fmt(f),
            Self::CaptureFull => write!(f, "a command substitution holds at most {CAPTURE_LIMIT} bytes"),
        }
    }
}

impl Sink {
    /// Writes all of it, and waits for whoever reads it.
    pub(crate) async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), WriteError> {
        let mut bytes = bytes.into();
        while !bytes.is_empty() {
            // A process that only writes would otherwise never let others run.
            tokio::task::consume_budget().await;
            let chunk = bytes.split_to(bytes.len().min(CHUNK));
            self.write_chunk(chunk).await?;
        }
        Ok(())
    }

    async fn write_chunk(&self, chunk: Bytes) -> Result<(), WriteError> {
        match self {
            Self::Null => {}
            Self::Journal(journal, source) => journal.append(*source, chunk).await,
            Self::Client(client, source) => {
                // dockerd, too, goes on reading what a process prints when its client has left.
                let _client_left = client.send(Ok(ProcessEvent::Output(source.output(chunk)))).await;
            }
            Self::Pipe(pipe) => pipe.write(chunk).await.map_err(|_| WriteError::Broken)?,
            Self::File(files, path) => files.append(path, &chunk).map_err(WriteError::File)?,
            Self::Tty(tty) => Box::pin(tty.write(chunk)).await?,
            Self::Capture(capture) => {
                let mut captured = capture.lock().expect("invariant: no panic under this lock");
                if captured.len() + chunk.len() > CAPTURE_LIMIT {
                    return Err(WriteError::CaptureFull);
                }
                captured.extend_from_slice(&chunk);
            }
        }
        Ok(())
    }
}

impl Source {
    /// These bytes as output of this stream.
    pub(crate) fn output(self, bytes: Bytes) -> Output {
        match self {
            Self::Stdout => Output::Stdout(bytes),
            Self::Stderr => Output::Stderr(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_capture_is_bounded() {
        let capture = Capture::default();
        let sink = Sink::Capture(Arc::clone(&capture));
        sink.write("abc").await.unwrap();
        assert_eq!(*capture.lock().unwrap(), b"abc");
        assert_eq!(sink.write(vec![0; CAPTURE_LIMIT]).await, Err(WriteError::CaptureFull));
    }

    #[tokio::test]
    async fn a_client_that_left_does_not_stop_a_process() {
        let (client, events) = mpsc::channel(1);
        let sink = Sink::Client(client, Source::Stderr);
        drop(events);
        assert_eq!(sink.write("abc").await, Ok(()));
    }
}
