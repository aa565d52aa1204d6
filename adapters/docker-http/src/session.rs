//! A session on a connection that was taken over: input one way, output the other, neither waiting for the other.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use ports::{ByteStream, Kind, PortError};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::io::poll_read_buf;
use tokio_util::sync::PollSender;

use crate::connection::close;
use crate::hijack::Hijacked;
use crate::io::Io;

/// How much is read at once.
const READ: usize = 32 * 1024;

/// How many such pieces may wait for the process.
const WAITING: usize = 8;

/// How often a client that has ended its input and is silent since is checked for being there at all.
const CHECK: Duration = Duration::from_secs(2);

/// Where a session puts what the client sends.
pub(crate) struct Input {
    pieces: PollSender<Bytes>,
    ended: Arc<AtomicBool>,
}

/// A stream of input that a session will feed. It ends when the client ends its input, and fails if the session ends before.
pub(crate) fn input() -> (Input, ByteStream) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let ended = Arc::new(AtomicBool::new(false));
    let input = Input { pieces: PollSender::new(sender), ended: ended.clone() };
    let stream = stream::unfold(Some((receiver, ended)), |state| async move {
        let (mut receiver, ended): (mpsc::Receiver<Bytes>, Arc<AtomicBool>) = state?;
        match receiver.recv().await {
            Some(piece) => Some((Ok(piece), Some((receiver, ended)))),
            None if ended.load(Ordering::Acquire) => None,
            None => Some((Err(PortError::new(Kind::Unavailable, "the client is gone")), None)),
        }
    });
    (input, stream.boxed())
}

/// Runs a session until the output ends or the client is gone. The end of the client's input is just that: output goes on.
pub(crate) async fn run(hijacked: Hijacked, input: Option<Input>, output: impl Stream<Item = Bytes>) {
    let Hijacked { mut io, early } = hijacked;
    let mut reading = Reading::new(input, &early);
    let complete = {
        // The output ends here: whoever waits for its readers need not wait for the client to close.
        let mut writing = Writing { output: pin!(output), chunk: Bytes::new() };
        poll_fn(|cx| {
            if reading.poll_gone(cx, &mut io).is_ready() {
                return Poll::Ready(false);
            }
            writing.poll_complete(cx, &mut io)
        })
        .await
    };
    drop(reading);
    if complete {
        close(io).await;
    }
}

/// The client's side.
struct Reading {
    input: Option<Input>,
    buffer: BytesMut,
    /// Set once the client has ended its input: when to look after it.
    check: Option<Interval>,
}

impl Reading {
    fn new(input: Option<Input>, early: &[u8]) -> Self {
        Self { input, buffer: BytesMut::from(early), check: None }
    }

    /// Passes on what the client sends; ready when the client is gone.
    fn poll_gone(&mut self, cx: &mut Context<'_>, io: &mut Box<dyn Io>) -> Poll<()> {
        loop {
            ready!(self.poll_pass_on(cx));
            if let Some(check) = &mut self.check {
                ready!(check.poll_tick(cx));
                if io.is_gone() {
                    return Poll::Ready(());
                }
                continue;
            }
            self.buffer.reserve(READ);
            match ready!(poll_read_buf(Pin::new(&mut *io), cx, &mut self.buffer)) {
                Ok(0) => self.end_input(),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.end_input(),
                Err(_) => return Poll::Ready(()),
            }
        }
    }

    fn poll_pass_on(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.buffer.is_empty() {
            return Poll::Ready(());
        }
        if let Some(Input { pieces, .. }) = &mut self.input {
            let room = ready!(pieces.poll_reserve(cx));
            let piece = self.buffer.split().freeze();
            if room.and_then(|()| pieces.send_item(piece)).is_err() {
                // The process takes no more input; what else comes is thrown away, as a closed pipe would.
                self.input = None;
            }
        }
        self.buffer.clear();
        Poll::Ready(())
    }

    fn end_input(&mut self) {
        if let Some(input) = self.input.take() {
            input.ended.store(true, Ordering::Release);
        }
        let mut check = tokio::time::interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.check = Some(check);
    }
}

/// The process's side.
struct Writing<'a, S> {
    output: Pin<&'a mut S>,
    chunk: Bytes,
}

impl<S: Stream<Item = Bytes>> Writing<'_, S> {
    /// Passes on what the process prints; ready with true when it is complete, and with false when the client takes no more.
    fn poll_complete(&mut self, cx: &mut Context<'_>, io: &mut Box<dyn Io>) -> Poll<bool> {
        loop {
            if self.chunk.is_empty() {
                match self.output.as_mut().poll_next(cx) {
                    Poll::Ready(Some(chunk)) => self.chunk = chunk,
                    Poll::Ready(None) => return Poll::Ready(true),
                    Poll::Pending => {
                        let flushed = Pin::new(&mut *io).poll_flush(cx);
                        return if matches!(flushed, Poll::Ready(Err(_))) { Poll::Ready(false) } else { Poll::Pending };
                    }
                }
            }
            match ready!(Pin::new(&mut *io).poll_write(cx, &self.chunk)) {
                Ok(0) | Err(_) => return Poll::Ready(false),
                Ok(written) => self.chunk.advance(written),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{FutureExt, StreamExt, stream};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::{READ, WAITING, input, run};
    use crate::hijack::Hijacked;

    fn hijacked(early: &'static str) -> (DuplexStream, Hijacked) {
        let (client, server) = duplex(1024);
        (client, Hijacked { io: Box::new(server), early: Bytes::from_static(early.as_bytes()) })
    }

    #[tokio::test]
    async fn input_ends_when_the_client_ends_it() {
        let (mut client, hijacked) = hijacked("early ");
        let (input, stdin) = input();
        let output = stdin.map(|piece| piece.expect("no error")).chain(stream::iter([Bytes::from_static(b"!")])).boxed();
        let client = async {
            client.write_all(b"late").await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let ((), answer) = tokio::join!(run(hijacked, Some(input), output), client);
        assert_eq!(answer, "early late!");
    }

    #[tokio::test]
    async fn input_fails_when_the_session_ends_before_it() {
        let (input, mut stdin) = input();
        drop(input);
        assert!(stdin.next().await.unwrap().is_err());
        assert!(stdin.next().await.is_none());
    }

    #[tokio::test]
    async fn a_process_that_does_not_read_holds_the_client_up_and_not_the_memory() {
        let (mut client, hijacked) = hijacked("");
        let (input, stdin) = input();
        let session = run(hijacked, Some(input), stream::pending());
        let flood = async {
            let mut sent = 0;
            while client.write_all(&[0; 1024]).now_or_never().is_some() || {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                client.write_all(&[0; 1024]).now_or_never().is_some()
            } {
                sent += 1024;
                tokio::task::yield_now().await;
                assert!(sent < 10 * READ * WAITING);
            }
            sent
        };
        let sent = tokio::select! {
            () = session => panic!("the session goes on"),
            sent = flood => sent,
        };
        assert!(sent <= READ * (WAITING + 2), "{sent}");
        drop(stdin);
    }
}
