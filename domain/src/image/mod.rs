//! Images.

mod config;
mod credentials;
mod platform;
mod pull_policy;
mod reference;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use config::ImageConfig;
pub use credentials::{Credentials, INDEX_SERVER, RegistryLogin, registry_of, server_address};
pub use platform::Platform;
pub use pull_policy::PullPolicy;
pub use reference::ImageRef;

use crate::Timestamp;

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

    /// An id for an image that nobody has looked into, which stands in for the digest of its configuration: the same for the same name and
    /// platform, another for another.
    #[must_use]
    pub fn stand_in(reference: &ImageRef, platform: &Platform) -> Self {
        let part = |part: u8| {
            let mut hasher = DefaultHasher::new();
            (part, reference, platform).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        };
        Self(format!("sha256:{}", (0..4).map(part).collect::<String>()))
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

/// A thing in a registry: what it is, its digest and its length (OCI image specification, Content Descriptors).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// What it is, `application/vnd.oci.image.index.v1+json`.
    pub media_type: String,
    /// Its digest, `sha256:…`.
    pub digest: String,
    /// Its length in bytes.
    pub size: u64,
}

/// What a name stands for in its registry (API reference, `GET /distribution/{name}/json`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The manifest, or the index of several.
    pub descriptor: Descriptor,
    /// What images are there for; empty if the registry does not say.
    pub platforms: Vec<Platform>,
}

/// One step in the making of an image (OCI image specification, `history`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryEntry {
    /// When it was done.
    pub created: Option<Timestamp>,
    /// The command that did it.
    pub created_by: String,
    /// What its author says about it.
    pub comment: String,
    /// Bytes of the layer it made, as the registry keeps it; 0 if it made none.
    pub size: u64,
}

/// What is known about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// What its name stands for in its registry: its manifest, or the index that leads to it. `None` if no registry was asked.
    pub descriptor: Option<Descriptor>,
    /// When it was built.
    pub created: Option<Timestamp>,
    /// What it runs on.
    pub platform: Platform,
    /// Bytes of its layers and its configuration, as the registry keeps them; 0 if not known.
    pub size: u64,
    /// Who built it.
    pub author: String,
    /// What they say about it.
    pub comment: String,
    /// The version of Docker that built it.
    pub docker_version: String,
    /// The digests of its layers, unpacked, from the lowest to the highest.
    pub layers: Vec<String>,
    /// How it was made, from the first step to the last.
    pub history: Vec<HistoryEntry>,
    /// What its containers do unless told otherwise; `None` if nobody could tell.
    pub config: Option<ImageConfig>,
}

impl Image {
    /// An image of which nothing is known but its name.
    #[must_use]
    pub fn unknown(reference: &ImageRef, platform: &Platform) -> Self {
        Self::bare(ImageId::stand_in(reference, platform), platform.clone())
    }

    /// An image of which nothing is known but its id.
    #[must_use]
    pub fn bare(id: ImageId, platform: Platform) -> Self {
        Self {
            id,
            descriptor: None,
            created: None,
            platform,
            size: 0,
            author: String::new(),
            comment: String::new(),
            docker_version: String::new(),
            layers: Vec::new(),
            history: Vec::new(),
            config: None,
        }
    }

    /// How many bytes of memory it takes, about: what a registry says can be of any length.
    #[must_use]
    pub fn weight(&self) -> usize {
        let text = |text: &str| size_of::<String>() + text.len();
        let texts = |all: &[String]| all.iter().map(|one| text(one)).sum::<usize>();
        let history = self.history.iter().map(|step| 64 + text(&step.created_by) + text(&step.comment)).sum::<usize>();
        let config = self.config.as_ref().map_or(0, |config| {
            let lists = [config.entrypoint.as_deref(), config.cmd.as_deref(), config.shell.as_deref()].into_iter().flatten();
            let check = config.healthcheck.as_ref().map_or(0, |check| texts(&check.test));
            lists.map(texts).sum::<usize>()
                + texts(&config.env)
                + texts(&config.on_build)
                + check
                + text(&config.user)
                + text(&config.working_dir)
                + config.volumes.iter().map(|volume| text(volume)).sum::<usize>()
                + config.labels.iter().map(|(key, value)| text(key) + text(value)).sum::<usize>()
                + config.exposed_ports.len() * 8
        });
        let texts = texts(&self.layers) + text(&self.author) + text(&self.comment) + text(&self.docker_version);
        size_of::<Self>() + texts + history + config
    }

    /// The digest of what its name stands for.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.descriptor.as_ref().map(|descriptor| descriptor.digest.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{ImageId, ImageRef, Platform};

    #[test]
    fn stand_ins_differ_by_name_and_platform() {
        let id = |name: &str, platform: &str| ImageId::stand_in(&ImageRef::parse(name).unwrap(), &Platform::parse(platform).unwrap());
        assert_eq!(id("redis", "amd64"), id("docker.io/library/redis:latest", "linux/amd64"));
        assert_ne!(id("redis", "amd64"), id("redis:7", "amd64"));
        assert_ne!(id("redis", "amd64"), id("redis", "s390x"));
        assert!(ImageId::parse(id("redis", "amd64").as_str()).is_some());
    }
}
