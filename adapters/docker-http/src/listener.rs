//! Where clients connect.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingUnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream, UnixListener};

use crate::io::Io;

/// How long a silent client is left alone before the system asks whether it is still there, and the time between two questions.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(15));

/// A place where clients connect.
#[derive(Debug)]
pub struct Listener(Socket);

/// What kind of place.
#[derive(Debug)]
enum Socket {
    /// A TCP port.
    Tcp(TcpListener),
    /// A Unix socket, removed when the listener is.
    Unix { listener: UnixListener, _file: RemoveOnDrop },
}

/// A file that goes with the value.
#[derive(Debug)]
struct RemoveOnDrop(PathBuf);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, path = %self.0.display(), "socket not removed");
        }
    }
}

/// A client that has connected.
pub(crate) struct Connection {
    /// The bytes.
    pub(crate) io: Box<dyn Io>,
    /// Who it is, for the log.
    pub(crate) peer: String,
    /// Whether it came over a network.
    pub(crate) remote: bool,
}

impl Listener {
    /// Listens on a TCP port.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub async fn bind_tcp(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(|listener| Self(Socket::Tcp(listener)))
    }

    /// Listens on a Unix socket that its owner and its group may use. A socket left behind by a server that is gone is replaced.
    ///
    /// # Errors
    /// If the path cannot be had, and if another server listens there.
    pub fn bind_unix(path: &Path) -> io::Result<Self> {
        remove_stale(path)?;
        let listener = UnixListener::bind(path)?;
        let file = RemoveOnDrop(path.to_owned());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Self(Socket::Unix { listener, _file: file }))
    }

    /// The TCP address; `None` for a Unix socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix { .. } => None,
        }
    }

    /// The next client. Whatever takes time, such as a handshake, belongs into the task of the connection, not here.
    pub(crate) async fn accept(&self) -> io::Result<Connection> {
        match &self.0 {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                tune(&stream);
                Ok(Connection { io: Box::new(stream), peer: address.to_string(), remote: true })
            }
            Socket::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                Ok(Connection { io: Box::new(stream), peer: "unix".to_owned(), remote: false })
            }
        }
    }
}

/// Small messages are sent at once, and a client that has lost its network is noticed.
fn tune(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true).and_then(|()| SockRef::from(stream).set_tcp_keepalive(&KEEPALIVE)) {
        tracing::debug!(%error, "socket options not set");
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists and is no socket", path.display())));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    if BlockingUnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, format!("another server listens on {}", path.display())));
    }
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::Listener;

    #[tokio::test]
    async fn a_unix_socket_is_private_and_goes_with_its_listener() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let listener = Listener::bind_unix(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert!(Listener::bind_unix(&path).unwrap_err().to_string().contains("another server listens"));
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_left_behind_is_replaced_and_another_file_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let listener = Listener::bind_unix(&path).unwrap();
        assert_eq!(listener.local_addr(), None);
        let file = dir.path().join("file");
        std::fs::write(&file, "precious").unwrap();
        assert!(Listener::bind_unix(&file).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }
}
