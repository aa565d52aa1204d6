//! What the Docker API and the command line may ask for.

mod containers;
mod execs;
mod images;
mod networks;
mod system;
mod volumes;

use std::sync::Arc;

pub use containers::{
    AttachRequest, Attached, ContainerFilter, ContainerView, Containers, CreateContainer, Created, LogRequest, LogSession, PruneReport,
    StopRequest, Update, WaitCondition, WaitFuture, WaitOutcome,
};
pub use execs::{ExecStart, Execs};
pub use images::{ImageDeletion, ImageSummary, Images, PulledImage};
pub use networks::{CreatedNetwork, NetworkRequest, NetworkView, Networks};
pub use system::{DiskUsage, EventQuery, EventStream, ServerInfo, System};
pub use volumes::{VolumeRequest, VolumeView, Volumes};

/// All that can be asked for, one capability each.
#[derive(Clone)]
pub struct Engine {
    /// Containers.
    pub containers: Arc<dyn Containers>,
    /// Execs.
    pub execs: Arc<dyn Execs>,
    /// Images.
    pub images: Arc<dyn Images>,
    /// Networks.
    pub networks: Arc<dyn Networks>,
    /// Volumes.
    pub volumes: Arc<dyn Volumes>,
    /// The server itself.
    pub system: Arc<dyn System>,
}
