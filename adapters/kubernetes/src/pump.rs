//! Our side of the WebSocket that carries a process's input and output (`v5.channel.k8s.io`).
//!
//! Input and output do not wait for each other: the reader is the stream that the caller polls, the writer a task of its own. kube's
//! `AttachedProcess` does both in one loop and stops for good when a process prints more than it reads.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use domain::TermSize;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream};
use kube::client::Connection;
use kube::core::Status;
use ports::{ByteStream, Kind, Output, PortError, PortResult, ProcessEvent, ProcessIo, ProcessStream, ResizeStream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::state::start_code;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
/// Closes the channel that the next byte names; only in v5.
const CLOSE: u8 = 255;

/// How often to show the machines on the way that the connection is in use.
const PING: Duration = Duration::from_secs(30);

/// How many bytes of input one frame carries at most.
const FRAME: usize = 32 << 10;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A command: its end is the last event.
    Exec,
    /// The container's own process: its end is told elsewhere.
    Attach,
}

/// How a session is to be.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) purpose: Purpose,
    /// Whether standard output is wanted.
    pub(crate) stdout: bool,
    /// Whether error output is wanted.
    pub(crate) stderr: bool,
    /// The first size of the terminal.
    pub(crate) size: Option<TermSize>,
    /// Whether the process has a terminal; without one, sizes mean nothing.
    pub(crate) tty: bool,
    /// Whether the end of input is passed on.
    pub(crate) end_input: bool,
}

/// Talks over `connection`; dropping the stream closes it.
pub(crate) fn session(connection: Connection, plan: Plan, io: ProcessIo) -> ProcessStream {
    let half_close = connection.supports_stream_close();
    if !half_close && plan.end_input && io.stdin.is_some() {
        tracing::warn!("the cluster is older than Kubernetes 1.30: the end of input cannot be passed on to a process");
    }
    over(connection.into_stream(), half_close, plan, io)
}

fn over<S>(socket: WebSocketStream<S>, half_close: bool, plan: Plan, io: ProcessIo) -> ProcessStream
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sink, incoming) = socket.split();
    let Plan { purpose, stdout, stderr, size, tty, end_input } = plan;
    let sizes: ResizeStream = if tty { Box::pin(stream::iter(size).chain(io.resize)) } else { Box::pin(stream::empty()) };
    let mut writer = JoinSet::new();
    writer.spawn(write(sink, io.stdin, sizes, half_close && end_input));
    Box::pin(Session { incoming, purpose, stdout, stderr, done: false, _writer: writer })
}

struct Session<S> {
    incoming: SplitStream<WebSocketStream<S>>,
    purpose: Purpose,
    stdout: bool,
    stderr: bool,
    done: bool,
    _writer: JoinSet<()>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn frame(&mut self, mut frame: Bytes) -> Option<PortResult<ProcessEvent>> {
        let channel = *frame.first()?;
        let data = frame.split_off(1);
        match channel {
            STDOUT if self.stdout && !data.is_empty() => Some(Ok(ProcessEvent::Output(Output::Stdout(data)))),
            STDERR if self.stderr && !data.is_empty() => Some(Ok(ProcessEvent::Output(Output::Stderr(data)))),
            STATUS if !data.is_empty() => {
                self.done = true;
                end(self.purpose, &data)
            }
            _ => None,
        }
    }

    /// What a connection without further frames means.
    fn broken(&mut self, cause: Option<tungstenite::Error>) -> Option<PortResult<ProcessEvent>> {
        self.done = true;
        let context = "the cluster closed the connection to the process before its end";
        match (self.purpose, cause) {
            (_, Some(cause)) => Some(Err(PortError::caused(Kind::Unavailable, context, cause))),
            (Purpose::Exec, None) => Some(Err(PortError::new(Kind::Unavailable, context))),
            (Purpose::Attach, None) => None,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for Session<S> {
    type Item = PortResult<ProcessEvent>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.done {
            let event = match ready!(this.incoming.poll_next_unpin(cx)) {
                Some(Ok(Message::Binary(frame))) => this.frame(frame),
                Some(Ok(Message::Text(text))) => this.frame(text.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => None,
                Some(Ok(Message::Close(_))) | None => this.broken(None),
                Some(Err(error)) => this.broken(Some(error)),
            };
            if event.is_some() {
                return Poll::Ready(event);
            }
        }
        Poll::Ready(None)
    }
}

/// What the last frame says about the end.
fn end(purpose: Purpose, data: &[u8]) -> Option<PortResult<ProcessEvent>> {
    let Ok(status) = serde_json::from_slice::<Status>(data) else {
        let context = format!("the cluster told the process's end in words that we do not know: {}", String::from_utf8_lossy(data));
        return Some(Err(PortError::new(Kind::Internal, context)));
    };
    match purpose {
        _ if says_gone(&status.message) => Some(Err(PortError::new(Kind::Conflict, status.message))),
        Purpose::Exec => Some(Ok(exit(&status))),
        Purpose::Attach if status.is_success() || exit_code(&status).is_some() => None,
        Purpose::Attach => Some(Err(PortError::new(Kind::Conflict, status.message))),
    }
}

/// Whether the container ended before the connection reached it, in the kubelet's and the API server's words.
pub(crate) fn says_gone(message: &str) -> bool {
    ["not found in pod", "container not found", "in a completed pod"].iter().any(|words| message.contains(words))
}

fn exit(status: &Status) -> ProcessEvent {
    if status.is_success() {
        return ProcessEvent::Exited(0);
    }
    match exit_code(status) {
        Some(code) => ProcessEvent::Exited(code),
        None => ProcessEvent::Failed { code: start_code(&status.message), message: runtime_words(&status.message).to_owned() },
    }
}

/// The runtime's own words, without those of all who passed them on: what dockerd says, too.
fn runtime_words(message: &str) -> &str {
    message.find("OCI runtime").map_or(message, |start| &message[start..])
}

fn exit_code(status: &Status) -> Option<i32> {
    let causes = &status.details.as_ref()?.causes;
    causes.iter().find(|cause| cause.reason == "ExitCode")?.message.parse().ok()
}

/// Writes input and sizes until the connection is gone.
async fn write<S>(mut sink: SplitSink<WebSocketStream<S>, Message>, mut stdin: Option<ByteStream>, mut sizes: ResizeStream, end_input: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut ping = interval_at(Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let sent = tokio::select! {
            biased;
            Some(size) = sizes.next() => sink.send(resize(size)).await,
            chunk = next(&mut stdin), if stdin.is_some() => match chunk {
                Some(chunk) => input(&mut sink, chunk).await,
                None => {
                    stdin = None;
                    if end_input { sink.send(Message::Binary(Bytes::from_static(&[CLOSE, STDIN]))).await } else { Ok(()) }
                }
            },
            _ = ping.tick() => sink.send(Message::Ping(Bytes::new())).await,
        };
        if sent.is_err() {
            // The reader sees the same broken connection and tells it.
            return;
        }
    }
}

/// The next input; `None` at its end. A client that vanished has said all that it will say.
async fn next(stdin: &mut Option<ByteStream>) -> Option<Bytes> {
    stdin.as_mut()?.next().await?.ok()
}

async fn input<K>(sink: &mut K, mut chunk: Bytes) -> Result<(), K::Error>
where
    K: Sink<Message> + Unpin,
{
    while !chunk.is_empty() {
        let part = chunk.split_to(chunk.len().min(FRAME));
        let mut frame = BytesMut::with_capacity(part.len() + 1);
        frame.put_u8(STDIN);
        frame.extend_from_slice(&part);
        sink.feed(Message::Binary(frame.freeze())).await?;
    }
    sink.flush().await
}

fn resize(size: TermSize) -> Message {
    let json = format!("{{\"Width\":{},\"Height\":{}}}", size.width, size.height);
    let mut frame = BytesMut::with_capacity(json.len() + 1);
    frame.put_u8(RESIZE);
    frame.extend_from_slice(json.as_bytes());
    Message::Binary(frame.freeze())
}

#[cfg(test)]
mod tests;
