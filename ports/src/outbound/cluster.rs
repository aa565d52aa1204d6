//! What runs the workloads.

use async_trait::async_trait;

use crate::PortResult;

/// What runs the workloads, as `docker info` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostInfo {
    /// A name for it.
    pub name: String,
    /// What kind of thing it is, with its version.
    pub operating_system: String,
    /// The version of its kernel; empty if unknown.
    pub kernel_version: String,
    /// The processor in the kernel's words, `x86_64`.
    pub architecture: String,
    /// Usable CPUs; 0 if unknown.
    pub cpus: u32,
    /// Bytes of memory; 0 if unknown.
    pub memory: u64,
    /// What a user should know about it.
    pub warnings: Vec<String>,
}

/// What runs the workloads.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Describes it. MUST NOT fail for details that a role may not read: they stay empty.
    ///
    /// # Errors
    /// When it cannot be reached at all.
    async fn describe(&self) -> PortResult<HostInfo>;
}
