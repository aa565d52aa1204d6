//! The traits between the use cases and the outside, and the types that cross them.
//!
//! `inbound` is what the Docker API and the command line may ask for; `outbound` is what the use cases need. Deliberately absent:
//! implementations, and every type of a runtime, an HTTP library or Kubernetes.

#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod inbound;
mod outbound;
mod stream;

pub use error::{Kind, PortError, PortResult};
pub use inbound::{
    AttachRequest, Attached, ContainerFilter, ContainerView, Containers, CreateContainer, Created, CreatedNetwork, DiskUsage, Engine,
    EventQuery, EventStream, ExecStart, Execs, ImageDeletion, ImageSummary, Images, LogRequest, LogSession, NetworkRequest, NetworkView,
    Networks, PruneReport, PulledImage, ServerInfo, StopRequest, System, Update, VolumeRequest, VolumeView, Volumes, WaitCondition,
    WaitFuture, WaitOutcome,
};
pub use outbound::{
    AttachPlan, Clock, Cluster, HostInfo, Ids, ImageCatalog, Keychain, LogLine, LogQuery, Logs, ProcessEvent, ProcessIo, Processes,
    StartFailure, WorkloadEvent, WorkloadState, Workloads,
};
pub use stream::{ByteStream, LogStream, Output, OutputStream, ProcessStream, ResizeStream, WorkloadStream};
