//! What the use cases need from outside.

mod cluster;
mod images;
mod logs;
mod processes;
mod sources;
mod workloads;

pub use cluster::{Cluster, HostInfo};
pub use images::{ImageCatalog, Keychain};
pub use logs::{LogLine, LogQuery, Logs};
pub use processes::{AttachPlan, ProcessEvent, ProcessIo, Processes};
pub use sources::{Clock, Ids};
pub use workloads::{StartFailure, WorkloadEvent, WorkloadState, Workloads};
