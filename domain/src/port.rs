//! Ports of containers and where they are published.

use std::fmt;

use crate::{Error, Result};

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

/// A port of a container, `80/tcp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSpec {
    /// The number.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
}

impl PortSpec {
    /// Reads `80`, `80/tcp` or `8000-8010/udp`: one port, or each port of a range (docker/go-connections `nat`).
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else.
    pub fn parse_range(text: &str) -> Result<Vec<Self>> {
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol.to_ascii_lowercase().as_str() {
            "tcp" | "" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => return Err(Error::Invalid(format!("invalid port specification: \"{text}\""))),
        };
        let (first, last) = range(numbers).ok_or_else(|| Error::Invalid(format!("invalid port specification: \"{text}\"")))?;
        Ok((first..=last).map(|port| Self { port, protocol }).collect())
    }
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.port, self.protocol)
    }
}

/// The port on the host side of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostPort {
    /// Any free port.
    Any,
    /// The first free port of a range; both ends belong to it, and they are equal for a single port.
    Range(u16, u16),
}

impl HostPort {
    /// Reads an empty text or `0` (any), a number, or `8000-8010`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "" | "0" => Ok(Self::Any),
            _ => range(text)
                .map(|(first, last)| Self::Range(first, last))
                .ok_or_else(|| Error::Invalid(format!("invalid port specification: \"{text}\""))),
        }
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some((first, last))
}

/// Where a client asked for a port to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortBinding {
    /// The address to listen on; empty is every address.
    pub host_ip: String,
    /// The port to listen on, as the client wrote it.
    pub host_port: String,
}

#[cfg(test)]
mod tests {
    use super::{HostPort, PortSpec, Protocol};

    #[test]
    fn reads_ports_and_ranges() {
        let one = PortSpec { port: 80, protocol: Protocol::Tcp };
        assert_eq!(PortSpec::parse_range("80"), Ok(vec![one]));
        assert_eq!(PortSpec::parse_range("80/TCP"), Ok(vec![one]));
        assert_eq!(PortSpec::parse_range("1-3/udp").unwrap().len(), 3);
        for bad in ["", "x", "80/icmp", "65536", "3-1", "-1", "+1", "1-", "80/tcp/udp"] {
            assert!(PortSpec::parse_range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_host_ports() {
        assert_eq!(HostPort::parse(""), Ok(HostPort::Any));
        assert_eq!(HostPort::parse("0"), Ok(HostPort::Any));
        assert_eq!(HostPort::parse("8080"), Ok(HostPort::Range(8080, 8080)));
        assert_eq!(HostPort::parse("1-9"), Ok(HostPort::Range(1, 9)));
        assert!(HostPort::parse("70000").is_err());
    }
}
