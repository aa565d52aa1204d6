//! Connections as bytes: the seam between sockets (later TLS too) and everything above.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use tokio::net::{TcpStream, UnixStream};

/// A connection.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {
    /// Whether the client is known to be gone for good, not only done with sending.
    fn is_gone(&self) -> bool;
}

impl Io for TcpStream {
    fn is_gone(&self) -> bool {
        is_gone(self.ready(Interest::WRITABLE).now_or_never())
    }
}

impl Io for UnixStream {
    fn is_gone(&self) -> bool {
        is_gone(self.ready(Interest::WRITABLE).now_or_never())
    }
}

#[cfg(test)]
impl Io for tokio::io::DuplexStream {
    fn is_gone(&self) -> bool {
        false
    }
}

fn is_gone(ready: Option<io::Result<Ready>>) -> bool {
    match ready {
        Some(Ok(ready)) => ready.is_write_closed(),
        Some(Err(_)) => true,
        None => false,
    }
}

/// A connection whose end of input can be kept back.
///
/// hyper takes the end of input for a client that has vanished, which is right for a streaming response and wrong for a request that is
/// about to take the connection over: there it only means that the process gets no more input.
pub(crate) struct Held {
    io: Box<dyn Io>,
    hold: Hold,
}

/// Whether the end of input is kept back.
#[derive(Clone, Default)]
pub(crate) struct Hold(Arc<AtomicBool>);

impl Hold {
    /// Keeps it back from now on, or no longer.
    pub(crate) fn set(&self, hold: bool) {
        self.0.store(hold, Ordering::Relaxed);
    }
}

impl Held {
    /// Wraps a connection.
    pub(crate) fn new(io: Box<dyn Io>, hold: Hold) -> Self {
        Self { io, hold }
    }

    /// The connection as it was.
    pub(crate) fn into_inner(self) -> Box<dyn Io> {
        self.io
    }
}

impl AsyncRead for Held {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.io).poll_read(cx, buf);
        let ended = matches!(poll, Poll::Ready(Ok(()))) && buf.filled().len() == before && buf.remaining() > 0;
        // Nobody is woken for this: the answer of the request that holds it back wakes the connection.
        if ended && self.hold.0.load(Ordering::Relaxed) { Poll::Pending } else { poll }
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
