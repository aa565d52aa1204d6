//! The server itself.

use std::pin::Pin;

use async_trait::async_trait;
use domain::{Event, Filters, Result, Timestamp};
use futures_core::Stream;

use crate::{ContainerView, HostInfo, ImageSummary, VolumeView};

/// Events as they happen.
pub type EventStream = Pin<Box<dyn Stream<Item = Event> + Send>>;

/// What `docker info` shows.
#[derive(Debug, Clone)]
pub struct ServerInfo {
    /// This instance's id.
    pub id: String,
    /// What runs the containers.
    pub host: HostInfo,
    /// How many containers run.
    pub running: usize,
    /// How many are paused.
    pub paused: usize,
    /// How many do not run.
    pub stopped: usize,
    /// How many images are known.
    pub images: usize,
    /// How many clients listen to events.
    pub listeners: usize,
    /// The present point in time.
    pub now: Timestamp,
}

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Begin with those of the past from here on.
    pub since: Option<Timestamp>,
    /// End here; if it has passed, only the past is told.
    pub until: Option<Timestamp>,
    /// Which ones.
    pub filters: Filters,
}

/// What uses space.
#[derive(Debug, Clone)]
pub struct DiskUsage {
    /// Images.
    pub images: Vec<ImageSummary>,
    /// Containers.
    pub containers: Vec<ContainerView>,
    /// Volumes.
    pub volumes: Vec<VolumeView>,
}

/// The server itself.
#[async_trait]
pub trait System: Send + Sync {
    /// What `docker info` shows.
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    async fn info(&self) -> Result<ServerInfo>;

    /// What uses space.
    ///
    /// # Errors
    /// Never so far.
    fn disk_usage(&self) -> Result<DiskUsage>;

    /// What happens. A listener that does not keep up is cut off.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn events(&self, query: EventQuery) -> Result<EventStream>;
}
