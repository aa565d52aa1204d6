//! Images.

mod config;
mod credentials;
mod pull_policy;
mod reference;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use config::ImageConfig;
pub use credentials::{Credentials, RegistryLogin, registry_of};
pub use pull_policy::PullPolicy;
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

/// An operating system and a processor: `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
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

    /// Linux on a processor that the kernel calls `machine`, `x86_64`.
    #[must_use]
    pub fn linux(machine: &str) -> Self {
        Self { os: "linux".to_owned(), architecture: normalised(machine).to_owned(), variant: String::new() }
    }

    /// The same, and where it says nothing what `other` says.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        if self.os.is_empty() {
            self.os.clone_from(&other.os);
        }
        if self.architecture.is_empty() {
            self.architecture.clone_from(&other.architecture);
        }
        self
    }

    /// Whether an image for `image` is what was asked for by this: what either leaves open fits.
    #[must_use]
    pub fn admits(&self, image: &Self) -> bool {
        let fits = |asked: &str, is: &str| asked.is_empty() || is.is_empty() || asked == is;
        fits(&self.os, &image.os) && fits(&self.architecture, &image.architecture) && fits(&self.variant, &image.variant)
    }
}

impl fmt::Display for Platform {
    /// `linux/arm64/v8`, as containerd's `platforms.Format` writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.os.as_str(), self.architecture.as_str(), self.variant.as_str()];
        f.write_str(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
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
    /// Bytes of all its layers, as the registry keeps them; 0 if not known.
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

    #[test]
    fn platforms_are_completed_and_compared() {
        let platform = |text: &str| Platform::parse(text).unwrap();
        let cluster = Platform::linux("x86_64");
        assert_eq!(cluster.to_string(), "linux/amd64");
        assert_eq!(platform("arm64").or(&cluster).to_string(), "linux/arm64");
        assert!(platform("linux").admits(&cluster) && platform("linux/amd64").admits(&cluster));
        assert!(!platform("arm64").admits(&cluster) && !platform("linux/arm/v7").admits(&platform("linux/arm/v6")));
        assert!(platform("linux/arm64/v8").admits(&platform("linux/arm64")));
    }

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
