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
    /// Reads `os`, `os/architecture` or `os/architecture/variant`; missing parts are empty.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::Invalid(format!("\"{text}\" is an invalid platform"));
        let parts: Vec<&str> = text.split('/').collect();
        let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if parts.len() > 3 || !parts.iter().all(word) {
            return Err(invalid());
        }
        let part = |index: usize| parts.get(index).map(|part| part.to_ascii_lowercase()).unwrap_or_default();
        Ok(Self { os: part(0), architecture: part(1), variant: part(2) })
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
