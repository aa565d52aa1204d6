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
        let invalid = |why: &str| Err(Error::Invalid(format!("invalid volume specification: '{text}'{why}")));
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, mode) = match parts[..] {
            [target] => (None, target, ""),
            [_, mode] if !mode.is_empty() && valid_mode(mode) => return invalid(""),
            [source, target] => (Some(source), target, ""),
            [source, target, mode] => (Some(source), target, mode),
            _ => return invalid(""),
        };
        if source == Some("") || target.is_empty() {
            return invalid("");
        }
        if !valid_mode(mode) {
            return Err(Error::Invalid(format!("invalid mode: {mode}")));
        }
        let is_path = source.is_some_and(|source| source.starts_with('/'));
        let kind = if is_path { "bind" } else { "volume" };
        if clean_path(target) == "/" {
            return invalid(&format!(": invalid mount config for type \"{kind}\": invalid specification: destination can't be '/'"));
        }
        if !target.starts_with('/') {
            let path = format!("invalid mount path: '{target}' mount path must be absolute");
            return invalid(&format!(": invalid mount config for type \"{kind}\": {path}"));
        }
        if is_path && mode.split(',').any(|option| option == "nocopy") {
            return invalid(": invalid mount config for type \"bind\": field VolumeOptions must not be specified");
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

/// Whether each option is known, and none of its kind is there twice (moby `linuxValidMountMode`).
fn valid_mode(mode: &str) -> bool {
    const KINDS: [&[&str]; 5] = [&["ro", "rw"], &["z", "Z"], &["nocopy"], &["default", "cached", "delegated", "consistent"], &PROPAGATIONS];
    let mut seen = [false; KINDS.len()];
    mode.is_empty()
        || mode.split(',').all(|option| {
            let kind = KINDS.iter().position(|kind| kind.contains(&option));
            kind.is_some_and(|kind| !std::mem::replace(&mut seen[kind], true))
        })
}

/// A path without empty, `.` and `..` parts.
#[must_use]
pub fn clean_path(path: &str) -> String {
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
    /// Only for images.
    pub image: Option<ImageOptions>,
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
        if clean_path(&self.target) == "/" {
            return invalid("invalid specification: destination can't be '/'");
        }
        if !self.target.starts_with('/') {
            return invalid(&format!("invalid mount path: '{}' mount path must be absolute", self.target));
        }
        match self.kind {
            MountKind::NamedPipe | MountKind::Cluster => invalid("mount type unknown"),
            MountKind::Bind => self.check_bind().or_else(|text| invalid(&text)),
            MountKind::Volume => self.check_volume().or_else(|text| invalid(&text)),
            MountKind::Image if self.source.is_empty() => invalid("field Source must not be empty"),
            MountKind::Image => Ok(()),
            MountKind::Tmpfs if self.bind.is_some() => invalid("field BindOptions must not be specified"),
            MountKind::Tmpfs if self.volume.is_some() => invalid("field VolumeOptions must not be specified"),
            MountKind::Tmpfs if !self.source.is_empty() => invalid("field Source must not be specified"),
            MountKind::Tmpfs => Ok(()),
        }
    }

    fn check_bind(&self) -> std::result::Result<(), String> {
        if self.source.is_empty() {
            return Err("field Source must not be empty".to_owned());
        }
        if !self.source.starts_with('/') {
            return Err(format!("invalid mount path: '{}' mount path must be absolute", self.source));
        }
        if self.volume.is_some() {
            return Err("field VolumeOptions must not be specified".to_owned());
        }
        match &self.bind {
            Some(BindOptions { propagation, .. }) if !propagation.is_empty() && !PROPAGATIONS.contains(&propagation.as_str()) => {
                Err(format!("invalid propagation mode: {propagation}"))
            }
            _ => Ok(()),
        }
    }

    fn check_volume(&self) -> std::result::Result<(), String> {
        if self.bind.is_some() {
            return Err("field BindOptions must not be specified".to_owned());
        }
        let subpath = self.volume.as_ref().map_or("", |options| options.subpath.as_str());
        if subpath.is_empty() {
            return Ok(());
        }
        if self.source.is_empty() {
            return Err("must not set Subpath when using anonymous volumes".to_owned());
        }
        if subpath.starts_with('/') || subpath.split('/').any(|part| part == "..") {
            return Err("subpath must be a relative path within the volume".to_owned());
        }
        Ok(())
    }
}

/// How mounts below a bind can propagate.
const PROPAGATIONS: [&str; 6] = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

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
    /// Further mount options, each a name or a name and a value; kept and shown.
    pub options: Vec<Vec<String>>,
}

/// Options of an image that is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageOptions {
    /// A path inside the image.
    pub subpath: String,
}

#[cfg(test)]
mod tests {
    use super::{Bind, BindOptions, Mount, MountKind, VolumeOptions};

    #[test]
    fn binds_read_as_dockerd_reads_them() {
        let bind = Bind::parse("/tmp:/b:ro,z").unwrap();
        assert_eq!((bind.source.as_deref(), bind.target.as_str(), bind.read_only), (Some("/tmp"), "/b", true));
        assert!(!bind.is_volume());
        assert!(Bind::parse("data:/b:nocopy").unwrap().is_volume());
        assert_eq!(Bind::parse("/b").unwrap().source, None);
        for (text, says) in [
            ("", "invalid volume specification: ''"),
            ("::", "invalid volume specification: '::'"),
            ("/a:/b:ro:z", "invalid volume specification: '/a:/b:ro:z'"),
            ("/b:ro", "invalid volume specification: '/b:ro'"),
            ("/tmp:/b:foo", "invalid mode: foo"),
            ("/tmp:/b:ro,rw", "invalid mode: ro,rw"),
            ("/tmp:/b:ro,", "invalid mode: ro,"),
            ("C:\\x:/b", "invalid mode: /b"),
            (
                "a:b",
                "invalid volume specification: 'a:b': invalid mount config for type \"volume\": \
                 invalid mount path: 'b' mount path must be absolute",
            ),
            (
                "/tmp:/",
                "invalid volume specification: '/tmp:/': invalid mount config for type \"bind\": \
                 invalid specification: destination can't be '/'",
            ),
            (
                "/tmp:/b:nocopy",
                "invalid volume specification: '/tmp:/b:nocopy': invalid mount config for type \"bind\": \
                 field VolumeOptions must not be specified",
            ),
        ] {
            assert_eq!(Bind::parse(text).unwrap_err().to_string(), says, "{text}");
        }
    }

    fn mount(kind: MountKind, source: &str, target: &str) -> Mount {
        Mount {
            kind,
            source: source.to_owned(),
            target: target.to_owned(),
            read_only: false,
            consistency: String::new(),
            bind: None,
            volume: None,
            tmpfs: None,
            image: None,
        }
    }

    #[test]
    fn mounts_are_checked_as_dockerd_checks_them() {
        let subpath = |subpath: &str| Some(VolumeOptions { subpath: subpath.to_owned(), ..VolumeOptions::default() });
        for (mount, says) in [
            (mount(MountKind::Bind, "/tmp", ""), "\"bind\": field Target must not be empty"),
            (mount(MountKind::Bind, "/tmp", "/a/.."), "\"bind\": invalid specification: destination can't be '/'"),
            (mount(MountKind::Bind, "x", "/x"), "\"bind\": invalid mount path: 'x' mount path must be absolute"),
            (mount(MountKind::Tmpfs, "x", "/x"), "\"tmpfs\": field Source must not be specified"),
            (mount(MountKind::NamedPipe, "x", "/x"), "\"npipe\": mount type unknown"),
            (
                Mount {
                    bind: Some(BindOptions { propagation: "foo".to_owned(), ..BindOptions::default() }),
                    ..mount(MountKind::Bind, "/tmp", "/x")
                },
                "\"bind\": invalid propagation mode: foo",
            ),
            (
                Mount { volume: subpath("../x"), ..mount(MountKind::Volume, "vol", "/x") },
                "\"volume\": subpath must be a relative path within the volume",
            ),
            (
                Mount { volume: subpath("x"), ..mount(MountKind::Volume, "", "/x") },
                "\"volume\": must not set Subpath when using anonymous volumes",
            ),
        ] {
            assert_eq!(mount.check().unwrap_err().to_string(), format!("invalid mount config for type {says}"));
        }
        assert!(Mount { volume: subpath("a/b"), ..mount(MountKind::Volume, "vol", "/x") }.check().is_ok());
    }
}
