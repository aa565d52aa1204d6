//! Docker's stream format: frames that say which of a process's streams their bytes came from, and bytes without frames for a terminal.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use domain::Error;
use futures_util::{Stream, StreamExt};
use http::HeaderValue;
use ports::{Output, OutputStream};

use crate::version::ApiVersion;

/// As soon as so much is ready it is sent; less is sent when nothing more is ready.
const FULL: usize = 64 * 1024;

/// The types of such streams. The second, which says that it is made of frames, exists since API 1.42.
pub(crate) const RAW_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.docker.raw-stream");
const MULTIPLEXED_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.docker.multiplexed-stream");

/// Whether output goes in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// As it is.
    Raw,
    /// In frames.
    Frames,
}

/// Where the bytes of a frame come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
    /// The server, with the reason why the stream ends too early.
    Server = 3,
}

impl Framing {
    /// A terminal has no frames.
    pub(crate) fn of(tty: bool) -> Self {
        if tty { Self::Raw } else { Self::Frames }
    }

    /// The content type that a client of this version expects.
    pub(crate) fn content_type(self, version: ApiVersion) -> HeaderValue {
        if self == Self::Frames && version.is_at_least(42) { MULTIPLEXED_STREAM } else { RAW_STREAM }
    }

    /// Appends one frame made of `parts`.
    pub(crate) fn put(self, buffer: &mut BytesMut, source: Source, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let Ok(announced) = u32::try_from(length) else { return self.put_in_pieces(buffer, source, &parts.concat()) };
        buffer.reserve(length + 8);
        if self == Self::Frames {
            buffer.put_slice(&[source as u8, 0, 0, 0]);
            buffer.put_u32(announced);
        }
        for part in parts {
            buffer.put_slice(part);
        }
    }

    fn put_in_pieces(self, buffer: &mut BytesMut, source: Source, bytes: &[u8]) {
        for piece in bytes.chunks(1 << 30) {
            self.put(buffer, source, &[piece]);
        }
    }

    /// Appends output of a process, or the reason why there is no more.
    pub(crate) fn put_output(self, buffer: &mut BytesMut, output: Result<Output, Error>) -> ControlFlow<()> {
        match output {
            Ok(Output::Stdout(bytes)) => self.put(buffer, Source::Stdout, &[&bytes]),
            Ok(Output::Stderr(bytes)) => self.put(buffer, Source::Stderr, &[&bytes]),
            Err(error) => {
                self.put(buffer, Source::Server, &[error.to_string().as_bytes(), b"\r\n"]);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// The output of a process as chunks of bytes.
    pub(crate) fn chunks(self, output: OutputStream) -> impl Stream<Item = Bytes> + Send + Unpin {
        chunks(output, move |output, buffer| self.put_output(buffer, output))
    }
}

/// Encodes items and gathers what is ready into chunks worth a system call.
pub(crate) fn chunks<S, F>(items: S, encode: F) -> impl Stream<Item = Bytes> + Send + Unpin
where
    S: Stream + Send + Unpin,
    F: FnMut(S::Item, &mut BytesMut) -> ControlFlow<()> + Send + Unpin,
{
    Chunks { items, encode, buffer: BytesMut::new(), ended: false }
}

struct Chunks<S, F> {
    items: S,
    encode: F,
    buffer: BytesMut,
    ended: bool,
}

impl<S, F> Stream for Chunks<S, F>
where
    S: Stream + Unpin,
    F: FnMut(S::Item, &mut BytesMut) -> ControlFlow<()> + Unpin,
{
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        while !this.ended && this.buffer.len() < FULL {
            match this.items.poll_next_unpin(cx) {
                Poll::Ready(Some(item)) => this.ended = (this.encode)(item, &mut this.buffer).is_break(),
                Poll::Ready(None) => this.ended = true,
                Poll::Pending if this.buffer.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        if this.buffer.is_empty() {
            return Poll::Ready(None);
        }
        // Nothing is kept for the next chunk while the stream is idle; one that is not idle will need as much again.
        let next = if this.buffer.len() < FULL { BytesMut::new() } else { BytesMut::with_capacity(FULL + FULL / 2) };
        Poll::Ready(Some(std::mem::replace(&mut this.buffer, next).freeze()))
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use domain::Error;
    use futures_util::{FutureExt, StreamExt, stream};
    use ports::Output;

    use super::{FULL, Framing, Source};
    use crate::version::ApiVersion;

    #[test]
    fn frames_say_source_and_length() {
        let mut buffer = BytesMut::new();
        Framing::Frames.put(&mut buffer, Source::Stderr, &[b"ab", b"c"]);
        assert_eq!(&buffer[..], b"\x02\0\0\0\0\0\0\x03abc");
        let mut buffer = BytesMut::new();
        Framing::Raw.put(&mut buffer, Source::Stdout, &[b"abc"]);
        assert_eq!(&buffer[..], b"abc");
    }

    #[test]
    fn the_content_type_follows_the_version() {
        let of = |framing: Framing, minor| framing.content_type(ApiVersion::new(minor)).to_str().unwrap().to_owned();
        assert_eq!(of(Framing::Frames, 41), "application/vnd.docker.raw-stream");
        assert_eq!(of(Framing::Frames, 42), "application/vnd.docker.multiplexed-stream");
        assert_eq!(of(Framing::Raw, 51), "application/vnd.docker.raw-stream");
    }

    #[tokio::test]
    async fn what_is_ready_is_gathered_and_what_is_not_is_not_waited_for() {
        let line = || Ok(Output::Stdout(Bytes::from_static(b"x\n")));
        let items = stream::iter([line(), line()]).chain(stream::pending()).boxed();
        let mut chunks = Framing::Frames.chunks(items);
        assert_eq!(chunks.next().await.unwrap().len(), 20);
        assert!(chunks.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn chunks_are_bounded() {
        let items = stream::repeat_with(|| Ok(Output::Stdout(Bytes::from_static(&[0; 1000])))).boxed();
        let mut chunks = Framing::Raw.chunks(items);
        for _ in 0..3 {
            let length = chunks.next().await.unwrap().len();
            assert!((FULL..FULL + 1000).contains(&length), "{length}");
        }
    }

    #[tokio::test]
    async fn an_error_is_told_and_ends_the_stream() {
        let items = stream::iter([Err(Error::Internal("lost".to_owned())), Ok(Output::Stdout(Bytes::from_static(b"x")))]).boxed();
        let all: Vec<Bytes> = Framing::Frames.chunks(items).collect().await;
        assert_eq!(all.concat(), b"\x03\0\0\0\0\0\0\x06lost\r\n");
    }
}
