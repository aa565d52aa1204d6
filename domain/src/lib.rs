//! The model of what kubedock promises: containers, execs, images, networks, volumes, events, and the decisions about them.
//!
//! Deliberately absent: I/O, async, clocks, randomness, serialisation and everything that knows Docker's JSON or
//! Kubernetes' objects. Functions here map values to values, so each decision can be tested without a runtime.

mod container;
mod detach;
mod error;
mod event;
mod exec;
mod filter;
mod generated_name;
mod id;
mod image;
mod mount;
mod network;
mod plan;
mod port;
mod restart;
mod signal;
mod subnet;
mod terminal;
mod time;
mod volume;

pub use container::{
    AttachedStreams, Cause, Config, Container, ContainerName, ContainerSpec, DeviceMapping, DeviceRequest, Exit, Health, HealthStatus,
    HealthTimes, Healthcheck, HostConfig, LogConfig, MountPoint, ProbeResult, Resources, Run, State, Status, ThrottleDevice, Ulimit,
    WeightDevice,
};
pub use detach::{DetachKeys, DetachScan};
pub use error::{Error, Result};
pub use event::{Action, Event, EventKind};
pub use exec::{Exec, ExecSpec, ExecState};
pub use filter::Filters;
pub use generated_name::generated_name;
pub use id::{ContainerId, ExecId, NetworkId};
pub use image::{
    Credentials, Descriptor, Distribution, HistoryEntry, INDEX_SERVER, Image, ImageConfig, ImageId, ImageRef, Platform, PullPolicy,
    RegistryLogin, registry_of, server_address,
};
pub use mount::{Bind, BindOptions, ImageOptions, Mount, MountKind, TmpfsOptions, VolumeOptions, clean_path};
pub use network::{Endpoint, EndpointSettings, Ipam, IpamPool, Network, NetworkMember, NetworkMode, PREDEFINED_NETWORKS};
pub use plan::{HostAlias, Policy, Scratch, UserIds, Workload, merge, plan, shortfalls};
pub use port::{HostPort, PortBinding, PortSpec, Protocol};
pub use restart::RestartPolicy;
pub use signal::Signal;
pub use subnet::Subnet;
pub use terminal::TermSize;
pub use time::Timestamp;
pub use volume::Volume;
