//! Files from elsewhere in a container.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// A bind in the short form, `source:target[:options]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// What the client wrote.
    pub text: String,
    /// A path of the server, or the name of a volume; `None` for an anonymous volume.
    pub source: Option<String>,
    /// An absolute path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// The options as written, for `Mounts[].Mode`.
    pub mode: String,
}

impl Bind {
    /// Reads the short form (moby `volume/mounts`, `linux_parser.go`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::Invalid(format!("invalid volume specification: '{text}'"));
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, mode) = match parts[..] {
            [target] => (None, target, ""),
            [source, target] => (Some(source), target, ""),
            [source, target, mode] => (Some(source), target, mode),
            _ => return Err(invalid()),
        };
        if source == Some("") || target.is_empty() {
            return Err(invalid());
        }
        if !target.starts_with('/') {
            return Err(Error::Invalid(format!(
                "invalid volume specification: '{text}': invalid mount config for type \"{}\": invalid mount path: '{target}' mount path must be absolute",
                if source.is_some_and(|s| s.starts_with('/')) { "bind" } else { "volume" }
            )));
        }
        if clean(target) == "/" {
            return Err(Error::Invalid(format!("invalid volume specification: '{text}': invalid specification: destination can't be '/'")));
        }
        if mode.split(',').any(|option| !option.is_empty() && !known_option(option)) {
            return Err(Error::Invalid(format!("invalid mode: {mode}")));
        }
        Ok(Self {
            text: text.to_owned(),
            source: source.map(str::to_owned),
            target: target.to_owned(),
            read_only: mode.split(',').any(|option| option == "ro"),
            mode: mode.to_owned(),
        })
    }

    /// Whether the source is the name of a volume rather than a path.
    #[must_use]
    pub fn is_volume(&self) -> bool {
        self.source.as_deref().is_none_or(|source| !source.starts_with('/'))
    }
}

fn known_option(option: &str) -> bool {
    matches!(
        option,
        "ro" | "rw"
            | "z"
            | "Z"
            | "nocopy"
            | "cached"
            | "delegated"
            | "consistent"
            | "shared"
            | "rshared"
            | "slave"
            | "rslave"
            | "private"
            | "rprivate"
    )
}

/// A path without empty, `.` and `..` parts.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What a mount holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the server.
    Bind,
    /// A volume.
    Volume,
    /// A file system in memory.
    Tmpfs,
    /// The files of an image.
    Image,
    /// A Windows pipe.
    NamedPipe,
    /// A volume of a swarm.
    Cluster,
}

impl MountKind {
    /// Reads the name of the API reference.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "bind" => Self::Bind,
            "volume" => Self::Volume,
            "tmpfs" => Self::Tmpfs,
            "image" => Self::Image,
            "npipe" => Self::NamedPipe,
            "cluster" => Self::Cluster,
            _ => return Err(Error::Invalid(format!("invalid mount config for type \"{name}\": mount type unknown"))),
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Volume => "volume",
            Self::Tmpfs => "tmpfs",
            Self::Image => "image",
            Self::NamedPipe => "npipe",
            Self::Cluster => "cluster",
        }
    }
}

/// A mount in the long form (API reference, `HostConfig.Mounts`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What it holds.
    pub kind: MountKind,
    /// A path or the name of a volume; empty for tmpfs and anonymous volumes.
    pub source: String,
    /// An absolute path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// `default`, `consistent`, `cached`, `delegated` or empty.
    pub consistency: String,
    /// Only for binds.
    pub bind: Option<BindOptions>,
    /// Only for volumes.
    pub volume: Option<VolumeOptions>,
    /// Only for tmpfs.
    pub tmpfs: Option<TmpfsOptions>,
}

impl Mount {
    /// Checks what dockerd checks before anything is made (moby `volume/mounts`, `linux_parser.go`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn check(&self) -> Result<()> {
        let kind = self.kind.name();
        let invalid = |text: &str| Err(Error::Invalid(format!("invalid mount config for type \"{kind}\": {text}")));
        if self.target.is_empty() {
            return invalid("field Target must not be empty");
        }
        if clean(&self.target) == "/" {
            return invalid("invalid specification: destination can't be '/'");
        }
        if !self.target.starts_with('/') {
            return invalid(&format!("invalid mount path: '{}' mount path must be absolute", self.target));
        }
        match self.kind {
            MountKind::Bind if self.source.is_empty() => invalid("field Source must not be empty"),
            MountKind::Bind if !self.source.starts_with('/') => {
                invalid(&format!("invalid mount path: '{}' mount path must be absolute", self.source))
            }
            MountKind::Bind if self.volume.is_some() => invalid("field VolumeOptions must not be specified"),
            MountKind::Volume if self.bind.is_some() => invalid("field BindOptions must not be specified"),
            MountKind::Tmpfs if self.bind.is_some() => invalid("field BindOptions must not be specified"),
            MountKind::Tmpfs if self.volume.is_some() => invalid("field VolumeOptions must not be specified"),
            MountKind::Tmpfs if !self.source.is_empty() => invalid("field Source must not be specified"),
            _ => Ok(()),
        }
    }
}

/// Options of a bind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BindOptions {
    /// How mounts below it propagate.
    pub propagation: String,
    /// Leave out the mounts below the source.
    pub non_recursive: bool,
    /// Make the source where it is missing.
    pub create_mountpoint: bool,
    /// Leave the mounts below a read-only bind writable.
    pub read_only_non_recursive: bool,
    /// Fail where a read-only bind cannot be made so recursively.
    pub read_only_force_recursive: bool,
}

/// Options of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeOptions {
    /// Start empty instead of with the image's files.
    pub no_copy: bool,
    /// Labels of a volume made for this mount.
    pub labels: BTreeMap<String, String>,
    /// The driver's name and options, if one was named.
    pub driver: Option<(String, BTreeMap<String, String>)>,
    /// A path inside the volume.
    pub subpath: String,
}

/// Options of a tmpfs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TmpfsOptions {
    /// The limit in bytes; 0 is none.
    pub size: i64,
    /// The mode bits of its root; 0 is the default.
    pub mode: u32,
}
