//! Names of images.

use std::fmt;

use crate::{Error, Result};

/// The registry of names that name none.
pub(super) const DEFAULT_REGISTRY: &str = "docker.io";

/// The most bytes of a repository's name.
const LONGEST: usize = 255;

/// A normalised name of an image: registry, repository, and a tag or a digest.
///
/// `redis` is `docker.io/library/redis:latest` (github.com/distribution/reference, `ParseNormalizedNamed`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageRef {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageRef {
    /// Reads a name as a client writes it; without tag and digest it means the tag `latest`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::Invalid("invalid reference format".to_owned());
        if text.is_empty() {
            return Err(invalid());
        }
        if crate::ContainerId::parse(text).is_some() {
            return Err(Error::Invalid(format!("invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")));
        }
        let (registry, path) = split_registry(text);
        let path = if registry == DEFAULT_REGISTRY && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        let lower = path.split(':').next().unwrap_or_default();
        if lower.to_lowercase() != lower {
            return Err(Error::Invalid(format!("invalid reference format: repository name ({lower}) must be lowercase")));
        }
        let (rest, digest) = path.split_once('@').map_or((path.as_str(), None), |(rest, digest)| (rest, Some(digest)));
        let (repository, tag) = rest.split_once(':').map_or((rest, None), |(repository, tag)| (repository, Some(tag)));
        let has_form = check_registry(registry)
            && repository.split('/').all(check_component)
            && tag.is_none_or(check_tag)
            && digest.is_none_or(looks_like_digest);
        if !has_form {
            return Err(invalid());
        }
        if repository.len() > LONGEST {
            return Err(Error::Invalid(format!("repository name must not be more than {LONGEST} characters")));
        }
        if let Some(digest) = digest {
            check_digest(digest).map_err(|why| Error::Invalid(why.to_owned()))?;
        }
        let (repository, tag, digest) = (repository.to_owned(), tag.map(str::to_owned), digest.map(str::to_owned));
        let tag = if tag.is_none() && digest.is_none() { Some("latest".to_owned()) } else { tag };
        Ok(Self { registry: registry.to_owned(), repository, tag, digest })
    }

    /// The registry's host, and port if it has one.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry, `library/redis`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The same repository at `digest`, whatever the tag; `None` if that is no digest.
    #[must_use]
    pub fn pinned(&self, digest: &str) -> Option<Self> {
        check_digest(digest).ok()?;
        Some(Self { tag: None, digest: Some(digest.to_owned()), ..self.clone() })
    }

    /// The name without tag and digest as Docker shows it: `redis`, `quay.io/x/y`.
    #[must_use]
    pub fn familiar_name(&self) -> String {
        match (self.registry.as_str(), self.repository.strip_prefix("library/")) {
            (DEFAULT_REGISTRY, Some(official)) if !official.contains('/') => official.to_owned(),
            (DEFAULT_REGISTRY, _) => self.repository.clone(),
            (registry, _) => format!("{registry}/{}", self.repository),
        }
    }

    /// The whole name as Docker shows it: `redis:latest`, `redis@sha256:…`.
    #[must_use]
    pub fn familiar(&self) -> String {
        self.suffixed(self.familiar_name())
    }

    fn suffixed(&self, mut name: String) -> String {
        if let Some(tag) = &self.tag {
            name.push(':');
            name.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(digest);
        }
        name
    }
}

impl fmt::Display for ImageRef {
    /// The whole normalised name, `docker.io/library/redis:latest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.suffixed(format!("{}/{}", self.registry, self.repository)))
    }
}

/// The first part is a registry if it looks like a host: it has a dot, a colon or capitals, or is `localhost`.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest)) if first == "localhost" || first.contains(['.', ':']) || first.bytes().any(|b| b.is_ascii_uppercase()) => {
            (if first == "index.docker.io" { DEFAULT_REGISTRY } else { first }, rest)
        }
        _ => (DEFAULT_REGISTRY, name),
    }
}

fn check_registry(registry: &str) -> bool {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    let label = |label: &str| {
        let bytes = label.as_bytes();
        !bytes.is_empty()
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
            && bytes[0] != b'-'
            && bytes[bytes.len() - 1] != b'-'
    };
    let ipv6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_ok = match ipv6 {
        Some(address) => !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(label),
    };
    host_ok && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Lower-case letters and digits, separated by one dot, one or two underscores, or dashes.
fn check_component(component: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    if bytes.is_empty() || !alphanumeric(bytes[0]) || !alphanumeric(bytes[bytes.len() - 1]) {
        return false;
    }
    component
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

fn check_tag(tag: &str) -> bool {
    let bytes = tag.as_bytes();
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    (1..=128).contains(&bytes.len()) && word(&bytes[0]) && bytes.iter().all(|b| word(b) || b".-".contains(b))
}

/// Whether it reads as the digest of some algorithm, known or not.
fn looks_like_digest(text: &str) -> bool {
    let word = |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split_once(':').is_some_and(|(algorithm, digits)| {
        algorithm.split(['-', '_', '+', '.']).all(word) && digits.len() >= 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Refuses what is no digest, with the words of github.com/opencontainers/go-digest.
fn check_digest(digest: &str) -> std::result::Result<(), &'static str> {
    const FORMAT: &str = "invalid checksum digest format";
    let (algorithm, digits) = digest.split_once(':').ok_or(FORMAT)?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if algorithm.bytes().any(|b| b.is_ascii_uppercase()) => return Err(FORMAT),
        _ => return Err("unsupported digest algorithm"),
    };
    if digits.len() != length {
        return Err("invalid checksum digest length");
    }
    let valid = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    valid.then_some(()).ok_or(FORMAT)
}

#[cfg(test)]
mod tests {
    use super::ImageRef;

    #[test]
    fn normalises_as_docker_does() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, whole, familiar) in [
            ("redis", "docker.io/library/redis:latest", "redis:latest"),
            ("redis:7", "docker.io/library/redis:7", "redis:7"),
            ("docker.io/library/redis", "docker.io/library/redis:latest", "redis:latest"),
            ("index.docker.io/a/b", "docker.io/a/b:latest", "a/b:latest"),
            ("quay.io/x/y:1", "quay.io/x/y:1", "quay.io/x/y:1"),
            ("localhost/x", "localhost/x:latest", "localhost/x:latest"),
            ("registry:5000/a/b__c:t", "registry:5000/a/b__c:t", "registry:5000/a/b__c:t"),
        ] {
            let reference = ImageRef::parse(text).unwrap();
            assert_eq!((reference.to_string().as_str(), reference.familiar().as_str()), (whole, familiar), "{text}");
        }
        let pinned = ImageRef::parse(&format!("redis@{digest}")).unwrap();
        assert_eq!((pinned.tag(), pinned.digest()), (None, Some(digest.as_str())));
        assert_eq!(ImageRef::parse("redis:7").unwrap().pinned(&digest), Some(pinned.clone()));
        assert_eq!(pinned.pinned("sha256:1"), None);
        let upper = ImageRef::parse("UPPER").unwrap_err().to_string();
        assert_eq!(upper, "invalid reference format: repository name (library/UPPER) must be lowercase");
    }

    #[test]
    fn refuses_what_docker_refuses() {
        for bad in [
            "",
            ":",
            "a:",
            "a@",
            "A",
            "a/B",
            "a//b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a:b:c/",
            "a b",
            "a@sha256:12",
            "ä",
            "a:\0",
            &"0".repeat(64),
        ] {
            assert!(ImageRef::parse(bad).is_err(), "{bad:?}");
        }
    }
    #[test]
    fn refuses_in_dockerds_words() {
        let hex = |count: usize| "a".repeat(count);
        let (lower, form) = ("must be lowercase", "invalid reference format");
        let (long, format) = ("repository name must not be more than 255 characters", "invalid checksum digest format");
        let (length, unsupported) = ("invalid checksum digest length", "unsupported digest algorithm");
        for (text, says) in [
            (format!("x@SHA256:{}", hex(64)), format!("{form}: repository name (library/x@SHA256) {lower}")),
            (format!("UPPER@foo:{}", hex(32)), format!("{form}: repository name (library/UPPER@foo) {lower}")),
            ("Host/UPPER:1".to_owned(), format!("{form}: repository name (UPPER) {lower}")),
            (format!("x@sha256:{}", hex(31)), form.to_owned()),
            (format!("x@a..b:{}", hex(32)), form.to_owned()),
            (format!("x@sha256:{}@b", hex(64)), form.to_owned()),
            (format!("x@sha256:{}", hex(40)), length.to_owned()),
            (format!("x@sha256:{}A", hex(63)), format.to_owned()),
            (format!("x:1@SHA256:{}", hex(64)), format.to_owned()),
            (format!("x@md5:{}", hex(32)), unsupported.to_owned()),
            (format!("x@sha512+b:{}", hex(128)), unsupported.to_owned()),
            (hex(248), long.to_owned()),
            (format!("{}@foo:{}", hex(248), hex(32)), long.to_owned()),
            (format!("Aa/{}", hex(256)), long.to_owned()),
            (format!("{}:{}", hex(300), hex(129)), form.to_owned()),
        ] {
            assert_eq!(ImageRef::parse(&text).unwrap_err().to_string(), says, "{text}");
        }
        // The registry's own name does not count.
        for text in [hex(247), format!("example.com/{}", hex(255)), format!("x@sha384:{}", hex(96))] {
            assert!(ImageRef::parse(&text).is_ok(), "{text}");
        }
    }
}
