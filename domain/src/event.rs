//! What happened, as clients are told.

use std::collections::BTreeMap;
use std::fmt;

use crate::Timestamp;

/// The kind of object an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A container.
    Container,
    /// An image.
    Image,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// The server.
    Daemon,
}

impl EventKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Daemon => "daemon",
        }
    }
}

/// What happened to the object (API reference, `GET /events`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A client attached to it.
    Attach,
    /// It was connected to a network.
    Connect,
    /// It was made.
    Create,
    /// It was deleted (images).
    Delete,
    /// It was removed for good.
    Destroy,
    /// A client detached from it.
    Detach,
    /// Its process ended.
    Die,
    /// It was disconnected from a network.
    Disconnect,
    /// An exec was made for the command.
    ExecCreate(String),
    /// The exec's process ended.
    ExecDie,
    /// The exec's command was started.
    ExecStart(String),
    /// Its health changed.
    HealthStatus(&'static str),
    /// A signal was sent to it.
    Kill,
    /// It is used by a container (volumes).
    Mount,
    /// It ran out of memory.
    Oom,
    /// Unused objects were removed.
    Prune,
    /// It was pulled.
    Pull,
    /// It has a new name.
    Rename,
    /// Its terminal has a new size.
    Resize,
    /// It was started again.
    Restart,
    /// It was started.
    Start,
    /// It was stopped.
    Stop,
    /// A name was given to it (images).
    Tag,
    /// A container no longer uses it (volumes).
    Unmount,
    /// A name was taken from it (images).
    Untag,
    /// Its settings were changed.
    Update,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::ExecCreate(command) => return write!(f, "exec_create: {command}"),
            Self::ExecStart(command) => return write!(f, "exec_start: {command}"),
            Self::HealthStatus(status) => return write!(f, "health_status: {status}"),
            Self::Attach => "attach",
            Self::Connect => "connect",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Destroy => "destroy",
            Self::Detach => "detach",
            Self::Die => "die",
            Self::Disconnect => "disconnect",
            Self::ExecDie => "exec_die",
            Self::Kill => "kill",
            Self::Mount => "mount",
            Self::Oom => "oom",
            Self::Prune => "prune",
            Self::Pull => "pull",
            Self::Rename => "rename",
            Self::Resize => "resize",
            Self::Restart => "restart",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Tag => "tag",
            Self::Unmount => "unmount",
            Self::Untag => "untag",
            Self::Update => "update",
        };
        f.write_str(name)
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The kind of object.
    pub kind: EventKind,
    /// What happened.
    pub action: Action,
    /// The object's id, or its name where it has no id.
    pub id: String,
    /// What else is known: name, image, labels, exit code.
    pub attributes: BTreeMap<String, String>,
    /// When.
    pub time: Timestamp,
}
