//! Names of containers.

use std::fmt;

use crate::{Error, Result};

/// A container's name, without the leading slash that the API shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerName(String);

impl ContainerName {
    /// Reads a name; one leading slash is dropped (moby `daemon/names.go`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.strip_prefix('/').unwrap_or(text);
        if is_restricted_name(name) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::Invalid(format!("Invalid container name ({text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `name` is `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
pub(crate) fn is_restricted_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphanumeric() && bytes[1..].iter().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b))
}

#[cfg(test)]
mod tests {
    use super::ContainerName;

    #[test]
    fn accepts_what_dockerd_accepts() {
        assert_eq!(ContainerName::parse("/web-1").map(|n| n.to_string()), Ok("web-1".to_owned()));
        for bad in ["", "/", "a", "-ab", "a b", "a/b", "//ab", "ä1", "a\0"] {
            assert!(ContainerName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
