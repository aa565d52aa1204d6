//! Where to listen.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A host, or every interface, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    host: String,
    port: u16,
}

impl ListenAddress {
    /// A host by name or address, and a port; 0 is any free one.
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port }
    }

    /// Reads `host:port`, `[::1]:port`, `:port` (every interface) and `port` (likewise, as Docker publishes ports).
    fn parse(text: &str) -> Result<Self, String> {
        let invalid = |reason: &str| format!("\"{text}\" is not an address such as 127.0.0.1:2475, [::1]:2475 or :2475: {reason}");
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port),
            None => ("", text),
        };
        let port = port.parse().map_err(|_| invalid("the port must be a number up to 65535"))?;
        let host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
            Some(Some(inner)) => {
                inner.parse::<std::net::Ipv6Addr>().map(|_| inner).map_err(|_| invalid("no IPv6 address is in the brackets"))?
            }
            Some(None) => return Err(invalid("the bracket is not closed")),
            None if host.contains(':') => return Err(invalid("an IPv6 address needs brackets")),
            None if host.contains(|c: char| c.is_whitespace() || "/[]".contains(c)) => return Err(invalid("the host is malformed")),
            None => host,
        };
        Ok(Self::new(host, port))
    }

    /// The hosts to try, first the preferred one, and the port.
    pub(crate) fn candidates(&self) -> Vec<(&str, u16)> {
        match self.host.as_str() {
            // The IPv6 wildcard takes IPv4 connections too; a machine without IPv6 refuses it.
            "" => vec![("::", self.port), ("0.0.0.0", self.port)],
            host => vec![(host, self.port)],
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl<'de> Deserialize<'de> for ListenAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = ListenAddress;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address such as 127.0.0.1:2475, [::1]:2475 or :2475")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ListenAddress, E> {
        ListenAddress::parse(text).map_err(E::custom)
    }

    /// A file may hold the bare port as a number.
    fn visit_i64<E: Error>(self, port: i64) -> Result<ListenAddress, E> {
        self.visit_str(&port.to_string())
    }

    /// As [`Self::visit_i64`].
    fn visit_u64<E: Error>(self, port: u64) -> Result<ListenAddress, E> {
        self.visit_str(&port.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, host, port) in [
            ("127.0.0.1:2475", "127.0.0.1", 2475),
            ("localhost:0", "localhost", 0),
            (":2475", "", 2475),
            ("2475", "", 2475),
            ("[::]:2475", "::", 2475),
            ("[::1]:65535", "::1", 65535),
        ] {
            assert_eq!(ListenAddress::parse(text), Ok(ListenAddress::new(host, port)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", ":", "host", "host:", "host:65536", ":-1", "::1:2475", "[::1:2475", "[::1]", "[host]:1", "tcp://host:1", "a b:1"] {
            let refusal = ListenAddress::parse(text).expect_err(text);
            assert!(refusal.starts_with(&format!("\"{text}\" is not an address")), "{refusal}");
        }
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for text in ["127.0.0.1:2475", ":2475", "[::1]:2475"] {
            assert_eq!(ListenAddress::parse(text).expect("an address").to_string(), text);
        }
    }
}
