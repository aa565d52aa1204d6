//! HTTP/1.1 by hand, so that a test decides each byte, each packet and each close.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::wait::LIMIT;

/// Where a daemon listens.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port.
    Tcp(SocketAddr),
}

/// One connection to a daemon.
pub(crate) struct Connection {
    socket: Socket,
    early: Vec<u8>,
}

/// The first part of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    /// The headers in their order, names as sent.
    pub(crate) headers: Vec<(String, String)>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Its first part.
    pub(crate) head: Head,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// One request and its answer on a connection of its own.
pub(crate) fn call(address: &Address, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    let body = body.map(Value::to_string).unwrap_or_default();
    connection.request(method, path, &[("Content-Type", "application/json"), ("Connection", "close")], body.as_bytes())?;
    connection.answer(method)
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: &Address) -> io::Result<Self> {
        let socket = match address {
            Address::Unix(path) => Socket::Unix(UnixStream::connect(path)?),
            Address::Tcp(address) => Socket::Tcp(TcpStream::connect(address)?),
        };
        let connection = Self { socket, early: Vec::new() };
        connection.set_limit(LIMIT)?;
        Ok(connection)
    }

    /// The same connection once more, so that one thread can send while another one receives.
    pub(crate) fn another_handle(&self) -> io::Result<Self> {
        let socket = match &self.socket {
            Socket::Unix(socket) => Socket::Unix(socket.try_clone()?),
            Socket::Tcp(socket) => Socket::Tcp(socket.try_clone()?),
        };
        Ok(Self { socket, early: Vec::new() })
    }

    /// How long one read or write may take.
    pub(crate) fn set_limit(&self, limit: Duration) -> io::Result<()> {
        match &self.socket {
            Socket::Unix(socket) => socket.set_read_timeout(Some(limit)).and_then(|()| socket.set_write_timeout(Some(limit))),
            Socket::Tcp(socket) => socket.set_read_timeout(Some(limit)).and_then(|()| socket.set_write_timeout(Some(limit))),
        }
    }

    /// Sends bytes as they are, in one write.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Sends a request. A body gets a `Content-Length`, unless the headers say how it is framed.
    pub(crate) fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
        self.send(&encode(method, path, headers, body))
    }

    /// Says that nothing more will be sent.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        match &self.socket {
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
        }
    }

    /// Reads the first part of an answer.
    pub(crate) fn head(&mut self) -> io::Result<Head> {
        let end = loop {
            if let Some(end) = find(&self.early, b"\r\n\r\n") {
                break end;
            }
            if self.fill()? == 0 {
                return Err(broken("the connection ended in the middle of a head"));
            }
        };
        let head: Vec<u8> = self.early.drain(..end + 4).collect();
        Head::parse(&head).ok_or_else(|| broken("no HTTP head"))
    }

    /// Reads the body that belongs to `head`: by length, in chunks or up to the end of the connection.
    pub(crate) fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        if matches!(head.status, 204 | 304) {
            return Ok(Vec::new());
        }
        if head.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            let mut whole = Vec::new();
            while let Some(chunk) = self.chunk()? {
                whole.extend(chunk);
            }
            return Ok(whole);
        }
        match head.get("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => self.exactly(length),
            None => self.rest(),
        }
    }

    /// Reads a whole answer to a request with `method`.
    pub(crate) fn answer(&mut self, method: &str) -> io::Result<Answer> {
        let head = self.head()?;
        let body = if method == "HEAD" { Vec::new() } else { self.body(&head)? };
        Ok(Answer { head, body })
    }

    /// Reads one chunk of a chunked body; `None` at its end.
    pub(crate) fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line()?;
        let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).map_err(|_| broken("no chunk"))?;
        let chunk = self.exactly(length)?;
        self.exactly(2)?;
        Ok((length > 0).then_some(chunk))
    }

    /// Reads what there is up to the end of the connection.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? > 0 {}
        Ok(std::mem::take(&mut self.early))
    }

    /// Reads so many bytes.
    pub(crate) fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.early.len() < length {
            if self.fill()? == 0 {
                return Err(broken("the connection ended in the middle of a body"));
            }
        }
        Ok(self.early.drain(..length).collect())
    }

    /// Reads until `text` has come, and returns all up to its end.
    pub(crate) fn until(&mut self, text: &[u8]) -> io::Result<Vec<u8>> {
        let end = loop {
            if let Some(begin) = find(&self.early, text) {
                break begin + text.len();
            }
            if self.fill()? == 0 {
                return Err(broken(&format!("the connection ended after {:?}", String::from_utf8_lossy(&self.early))));
            }
        };
        Ok(self.early.drain(..end).collect())
    }

    fn line(&mut self) -> io::Result<String> {
        let line = self.until(b"\r\n")?;
        String::from_utf8(line).map_err(|_| broken("no text"))
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let length = self.socket.read(&mut buffer)?;
        self.early.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

/// A request as bytes.
pub(crate) fn encode(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: docker\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let framed = headers.iter().any(|(name, _)| ["content-length", "transfer-encoding"].contains(&name.to_lowercase().as_str()));
    if !framed && (!body.is_empty() || method == "POST") {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

impl Head {
    /// The value of a header.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        });
        Some(Self { status, headers: headers.collect::<Option<_>>()? })
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(socket) => socket.read(buffer),
            Self::Tcp(socket) => socket.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(socket) => socket.write(bytes),
            Self::Tcp(socket) => socket.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, what.to_owned())
}
