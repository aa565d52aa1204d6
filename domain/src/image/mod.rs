//! Images.

mod config;
mod reference;

use std::fmt;

pub use config::ImageConfig;
pub use reference::ImageRef;

use crate::{Error, Result, Timestamp};

/// An image's id: `sha256:` and 64 hexadecimal digits, the digest of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(String);

impl ImageId {
    /// The id written as `text`, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        crate::ContainerId::parse(digits).map(|_| Self(text.to_owned()))
    }

    /// `sha256:` and 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0["sha256:".len()..]
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An operating system and a processor: `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// `v8`; empty usually.
    pub variant: String,
}

impl Platform {
    /// Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`; missing parts are empty, and the system is Linux if only
    /// an architecture is named (containerd `platforms.Parse`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = |why: &str| Err(Error::Invalid(format!("{why}: invalid argument")));
        let lower = text.to_ascii_lowercase();
        let parts: Vec<&str> = lower.split('/').collect();
        let is_word = |part: &&&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if let Some(part) = parts.iter().find(|part| !is_word(part)) {
            let rule = "platform specifier component must match \"^[A-Za-z0-9_.-]+$\"";
            return invalid(&format!("\"{part}\" is an invalid component of \"{text}\": {rule}"));
        }
        let (os, architecture, variant) = match parts[..] {
            [os] if SYSTEMS.contains(&os) => (os, "", ""),
            [architecture] if ARCHITECTURES.contains(&normalised(architecture)) => ("linux", architecture, ""),
            [_] => return invalid(&format!("\"{text}\": unknown operating system or architecture")),
            [os, architecture] => (os, architecture, ""),
            [os, architecture, variant] => (os, architecture, variant),
            _ => return invalid(&format!("\"{text}\": cannot parse platform specifier")),
        };
        Ok(Self { os: os.to_owned(), architecture: normalised(architecture).to_owned(), variant: variant.to_owned() })
    }
}

/// The operating systems that can stand alone.
const SYSTEMS: [&str; 6] = ["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd"];

/// The architectures that can stand alone.
const ARCHITECTURES: [&str; 11] = ["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"];

/// Go's name of an architecture that has several.
fn normalised(architecture: &str) -> &str {
    match architecture {
        "i386" => "386",
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armel" => "arm",
        other => other,
    }
}

/// What is known about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// The digest of its manifest (`sha256:…`), if its registry was asked.
    pub digest: Option<String>,
    /// When it was built.
    pub created: Option<Timestamp>,
    /// What it runs on.
    pub platform: Platform,
    /// Bytes; 0 if not known.
    pub size: u64,
    /// What its containers do unless told otherwise; `None` if nobody could tell.
    pub config: Option<ImageConfig>,
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn platforms_read_as_containerd_reads_them() {
        let parts = |text: &str| Platform::parse(text).map(|p| [p.os, p.architecture, p.variant].join("/"));
        assert_eq!(parts("linux/amd64"), Ok("linux/amd64/".to_owned()));
        assert_eq!(parts("Linux/aarch64/v8"), Ok("linux/arm64/v8".to_owned()));
        assert_eq!(parts("windows"), Ok("windows//".to_owned()));
        assert_eq!(parts("arm64"), Ok("linux/arm64/".to_owned()));
        for (text, says) in [
            ("foo", "\"foo\": unknown operating system or architecture: invalid argument"),
            ("a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier: invalid argument"),
            (
                "a//c",
                "\"\" is an invalid component of \"a//c\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument",
            ),
        ] {
            assert_eq!(parts(text).unwrap_err().to_string(), says);
        }
    }
}
