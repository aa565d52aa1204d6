//! HTTP/1.1 by hand, with as little work per request as will do: the server is to be measured, not its client.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};

/// How much is read at once.
const BUFFER: usize = 256 * 1024;

/// Where a daemon listens.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port.
    Tcp(SocketAddr),
}

/// Both directions of a connection.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection and what was read ahead from it.
pub(crate) type Socket = BufReader<Box<dyn Duplex>>;

/// One connection to a daemon, kept alive.
pub(crate) struct Connection {
    socket: Socket,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The part of an answer before its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    length: Option<usize>,
    chunked: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) async fn open(address: &Address) -> std::io::Result<Self> {
        let socket: Box<dyn Duplex> = match address {
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        Ok(Self { socket: BufReader::with_capacity(BUFFER, socket) })
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Errors
    /// The connection breaks, or what comes is no HTTP.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        self.send(&request(method, path, "", body)).await?;
        let head = self.head().await?;
        self.rest(head).await
    }

    /// Reads the body that belongs to `head`.
    ///
    /// # Errors
    /// The connection breaks.
    pub(crate) async fn rest(&mut self, head: Head) -> anyhow::Result<Answer> {
        let mut body = Vec::new();
        match head {
            Head { chunked: true, .. } => while self.chunk(&mut body).await? {},
            Head { status: 204 | 304, .. } => {}
            Head { length: Some(length), .. } => {
                body.resize(length, 0);
                self.socket.read_exact(&mut body).await?;
            }
            Head { .. } => {
                self.socket.read_to_end(&mut body).await?;
            }
        }
        Ok(Answer { status: head.status, body })
    }

    /// Sends bytes as they are, in one write.
    ///
    /// # Errors
    /// The connection breaks.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.socket.write_all(bytes).await
    }

    /// Reads the part before the body.
    ///
    /// # Errors
    /// The connection breaks, or what comes is no HTTP.
    pub(crate) async fn head(&mut self) -> anyhow::Result<Head> {
        let mut text = Vec::with_capacity(512);
        while !text.ends_with(b"\r\n\r\n") {
            ensure!(self.socket.read_until(b'\n', &mut text).await? > 0, "the connection ended before an answer");
        }
        Head::parse(&text).with_context(|| format!("no HTTP: {:?}", String::from_utf8_lossy(&text)))
    }

    /// Adds the next chunk of a chunked body to `to`; false at its end.
    ///
    /// # Errors
    /// The connection breaks, or what comes is no chunk.
    pub(crate) async fn chunk(&mut self, to: &mut Vec<u8>) -> anyhow::Result<bool> {
        let mut line = Vec::with_capacity(16);
        self.socket.read_until(b'\n', &mut line).await?;
        let digits = std::str::from_utf8(&line)?.trim_end();
        let length = usize::from_str_radix(digits, 16).with_context(|| format!("no chunk: {digits:?}"))?;
        let begin = to.len();
        to.resize(begin + length + 2, 0);
        self.socket.read_exact(&mut to[begin..]).await?;
        to.truncate(begin + length);
        Ok(length > 0)
    }

    /// The connection itself, to speak something else over it.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }
}

impl Answer {
    /// The body, if the status is one of `expected`.
    ///
    /// # Errors
    /// Another status: its message.
    pub(crate) fn expect(self, expected: &[u16]) -> anyhow::Result<Self> {
        if !expected.contains(&self.status) {
            bail!("status {}: {}", self.status, String::from_utf8_lossy(&self.body).trim_end());
        }
        Ok(self)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("no JSON")
    }
}

impl Head {
    /// Whether the body comes in chunks.
    pub(crate) const fn is_chunked(&self) -> bool {
        self.chunked
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut lines = text.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let mut head = Self { status, ..Self::default() };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.trim().parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.chunked = value.trim().eq_ignore_ascii_case("chunked");
            }
        }
        Some(head)
    }
}

/// A request as bytes; `headers` are whole lines.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: Option<&Value>) -> Vec<u8> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let framing = match (method, body.len()) {
        ("GET" | "DELETE", 0) => String::new(),
        (_, length) => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    format!("{method} {path} HTTP/1.1\r\nHost: docker\r\n{headers}{framing}\r\n{body}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn heads() {
        let head = |text: &str| Head::parse(text.as_bytes());
        let plain = Head { status: 200, length: Some(12), chunked: false };
        assert_eq!(head("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n"), Some(plain));
        let chunked = Head { status: 201, length: None, chunked: true };
        assert_eq!(head("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"), Some(chunked));
        assert_eq!(head("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"), Some(Head { status: 101, ..Head::default() }));
        for bad in ["", "SSH-2.0", "HTTP/1.1 x\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"] {
            assert_eq!(head(bad), None, "{bad:?}");
        }
    }
}
