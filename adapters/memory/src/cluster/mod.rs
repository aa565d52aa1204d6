//! The cluster itself.

use std::sync::Arc;
use std::time::Duration;

use domain::Run;
use ports::{Clock, Kind, PortError, PortResult, WorkloadState};
use tokio_util::task::TaskTracker;

use crate::faults::{Faults, Op};
use crate::instance::Instance;
use crate::registry::Registry;

/// What can be chosen about a cluster in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many bytes of output are kept for each run; the oldest are dropped.
    pub log_limit: u64,
    /// How many bytes the files of each run may have.
    pub file_limit: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { log_limit: 16 << 20, file_limit: 64 << 20 }
    }
}

/// A cluster that lives in this process. Dropping it ends everything that runs in it.
pub struct MemoryCluster {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) registry: Arc<Registry>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) tasks: TaskTracker,
}

impl MemoryCluster {
    /// A cluster where nothing runs.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, settings: Settings) -> Arc<Self> {
        Arc::new(Self { clock, settings, registry: Arc::default(), faults: Arc::default(), tasks: TaskTracker::new() })
    }

    /// Lets the next operation of this kind fail. Several plans for one kind happen one after the other.
    pub fn fail_next(&self, op: Op, kind: Kind, context: impl Into<String>) {
        self.faults.fail(op, kind, context.into());
    }

    /// Lets the next operation of this kind take longer.
    pub fn delay_next(&self, op: Op, by: Duration) {
        self.faults.delay(op, by);
    }

    /// Ends a run as a node does that needs its resources for others.
    pub fn evict(&self, run: &Run, reason: impl Into<String>) {
        if let Some((instance, _)) = self.registry.find(run) {
            let fate = instance.exit(137, reason.into());
            instance.end(Some(fate));
        }
    }

    /// Lets a run disappear with its node, so that nobody sees how it ended.
    pub fn lose(&self, run: &Run) {
        if let Some(instance) = self.registry.remove(run) {
            instance.end(None);
        }
    }

    /// How many tasks are alive: those of running processes, and those that pass input to them.
    #[must_use]
    pub fn live_tasks(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) fn find(&self, run: &Run) -> PortResult<(Arc<Instance>, WorkloadState)> {
        let missing =
            || PortError::new(Kind::NotFound, format!("run {} of container {} does not exist", run.number, run.container.short()));
        self.registry.find(run).ok_or_else(missing)
    }
}

impl Drop for MemoryCluster {
    fn drop(&mut self) {
        for run in self.registry.runs() {
            self.lose(&run);
        }
    }
}

/// What something that needs a running process says when there is none.
pub(crate) fn not_running(run: &Run) -> PortError {
    PortError::new(Kind::Conflict, format!("container {} is not running", run.container.short()))
}

#[cfg(test)]
mod tests;
