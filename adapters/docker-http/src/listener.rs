//! Where clients connect.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::{TcpListener, UnixListener};

/// A place where clients connect.
#[derive(Debug)]
pub struct Listener(pub(crate) Socket);

/// What kind of place.
#[derive(Debug)]
pub(crate) enum Socket {
    /// A TCP port.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

impl Listener {
    /// Listens on a TCP port.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub async fn bind_tcp(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(|listener| Self(Socket::Tcp(listener)))
    }

    /// Listens on a Unix socket that the owner and the group may use. A socket left behind by a server that is gone is replaced.
    ///
    /// # Errors
    /// If the path cannot be had, and if another server listens there.
    pub fn bind_unix(path: &Path) -> io::Result<Self> {
        UnixListener::bind(path).map(|listener| Self(Socket::Unix(listener)))
    }

    /// The TCP address; `None` for a Unix socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }
}
