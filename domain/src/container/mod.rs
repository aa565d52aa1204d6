//! Containers.

mod config;
mod health;
mod host_config;
mod mount_point;
mod name;
mod state;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use config::{AttachedStreams, Config};
pub use health::{Health, HealthStatus, HealthTimes, Healthcheck, ProbeResult};
pub use host_config::{DeviceMapping, DeviceRequest, HostConfig, LogConfig, Resources, ThrottleDevice, Ulimit, WeightDevice};
pub use mount_point::MountPoint;
pub use name::ContainerName;
pub(crate) use name::is_restricted_name;
pub use state::{Cause, Exit, State, Status};

use crate::{ContainerId, Endpoint, EndpointSettings, ImageId, Platform, Timestamp};

/// All a client said when it created a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerSpec {
    /// What runs.
    pub config: Config,
    /// How it runs.
    pub host: HostConfig,
    /// What was asked for about each network, by the network's name or id.
    pub endpoints: BTreeMap<String, EndpointSettings>,
    /// The platform asked for.
    pub platform: Option<Platform>,
}

/// One run of a container's process: each start is a new one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    /// The container.
    pub container: ContainerId,
    /// 1 for the first start.
    pub number: u32,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// Its name.
    pub name: ContainerName,
    /// When it was created.
    pub created: Timestamp,
    /// What was asked for, with the image's defaults merged in.
    pub spec: Arc<ContainerSpec>,
    /// The image's id.
    pub image: ImageId,
    /// The image as a node is to pull it.
    pub pull_name: String,
    /// Where it is in its life.
    pub state: State,
    /// How often it was started; the number of the present or last run.
    pub runs: u32,
    /// Its places in networks, by the network's name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// What is mounted in it.
    pub mounts: Vec<MountPoint>,
}

impl Container {
    /// The present or last run.
    #[must_use]
    pub fn run(&self) -> Run {
        Run { container: self.id.clone(), number: self.runs }
    }

    /// The program that runs and its arguments: entrypoint, then command (API reference, `Path` and `Args`).
    #[must_use]
    pub fn command(&self) -> Vec<String> {
        let Config { entrypoint, cmd, .. } = &self.spec.config;
        entrypoint.iter().flatten().chain(cmd.iter().flatten()).cloned().collect()
    }
}
