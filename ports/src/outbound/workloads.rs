//! Running containers.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Exit, Run, Signal, Timestamp, Workload};

use crate::{PortResult, WorkloadStream};

/// Where a run is, as the cluster tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkloadState {
    /// It does not run yet, for a reason that may pass (scheduling, pulling).
    Waiting(String),
    /// It will never run.
    Failed(StartFailure),
    /// Its process runs.
    Running {
        /// Since when.
        started_at: Timestamp,
        /// Its address.
        address: Option<IpAddr>,
    },
    /// Its process ended.
    Ended(Exit),
    /// It disappeared, and nobody saw how its process ended.
    Gone,
}

/// Why a run will never run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartFailure {
    /// 126 if the program may not be executed, 127 if it does not exist, else 128 (moby `daemon/start.go`, `translateContainerdStartErr`).
    pub code: i32,
    /// The cluster's own reason.
    pub message: String,
}

/// News about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadEvent {
    /// Which run.
    pub run: Run,
    /// Where it is now.
    pub state: WorkloadState,
}

/// Runs containers.
#[async_trait]
pub trait Workloads: Send + Sync {
    /// Hands a workload to the cluster; whether and when it runs is told by [`Workloads::watch`].
    ///
    /// # Errors
    /// [`crate::Kind::Conflict`] if this run exists already, [`crate::Kind::Forbidden`] for a quota or policy, each with the cluster's own reason.
    async fn launch(&self, workload: &Workload) -> PortResult<()>;

    /// Makes a run end: `signal` (or the image's own) first, by force after `grace`. Returns once that is under way; the end is told by the
    /// watch. The log MUST stay readable until [`Workloads::remove`].
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] if the run does not exist.
    async fn stop(&self, run: &Run, signal: Option<Signal>, grace: Duration) -> PortResult<()>;

    /// Sends a signal to a run's first process.
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] if the run does not exist, [`crate::Kind::Unsupported`] if this backend cannot send it there.
    async fn signal(&self, run: &Run, signal: Signal) -> PortResult<()>;

    /// Removes a run and everything that belongs to it, running or not, at once; a run that does not exist is removed already.
    ///
    /// # Errors
    /// When the cluster refuses.
    async fn remove(&self, run: &Run) -> PortResult<()>;

    /// Removes everything this instance launched.
    ///
    /// # Errors
    /// When the cluster refuses.
    async fn remove_all(&self) -> PortResult<()>;

    /// What happens to the runs of this instance: first where each is now, then each change in order. Never ends by itself, and survives
    /// whatever interrupts the connection to the cluster: what was missed is told afterwards.
    fn watch(&self) -> WorkloadStream;
}
