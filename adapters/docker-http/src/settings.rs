//! What can be set about the server.

use std::time::Duration;

/// Which program this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its version.
    pub version: String,
    /// The commit it was built from; empty if unknown.
    pub commit: String,
    /// When it was built, in RFC 3339; empty if unknown.
    pub built: String,
}

/// What can be set about the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Which program this is.
    pub identity: Identity,
    /// How many bytes of JSON a request may carry.
    pub max_body: usize,
    /// How long the server waits for requests and sessions under way when it is told to stop.
    pub drain_timeout: Duration,
    /// How long a TCP connection may take for the head of a request, and be idle between two. Docker's daemon knows no such limit, and
    /// clients that pool connections trip over short ones.
    pub header_read_timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            identity: Identity { version: env!("CARGO_PKG_VERSION").to_owned(), commit: String::new(), built: String::new() },
            max_body: 16 * 1024 * 1024,
            drain_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(600),
        }
    }
}
