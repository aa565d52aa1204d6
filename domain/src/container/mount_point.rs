//! What is mounted in a container.

use crate::MountKind;

/// One mount of a container, from whichever part of the request it came (API reference, `MountPoint`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    /// What it holds.
    pub kind: MountKind,
    /// The volume's name; empty for anything else.
    pub name: String,
    /// A path of the server; empty for file systems in memory.
    pub source: String,
    /// An absolute path in the container.
    pub destination: String,
    /// The volume's driver; empty for anything else.
    pub driver: String,
    /// The options as the client wrote them, or `z` for a volume.
    pub mode: String,
    /// Whether the container may write to it.
    pub writable: bool,
    /// How mounts below it propagate; empty for anything but binds.
    pub propagation: String,
    /// Whether the volume was made for this container alone, and goes with it if the client asks for that.
    pub owned: bool,
}

impl MountPoint {
    /// Whether it holds this volume.
    #[must_use]
    pub fn is_volume(&self, name: &str) -> bool {
        self.kind == MountKind::Volume && self.name == name
    }
}
