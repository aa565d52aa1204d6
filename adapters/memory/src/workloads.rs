//! Runs containers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Run, Signal, Workload};
use ports::{Kind, PortError, PortResult, WorkloadState, WorkloadStream, Workloads};

use crate::cluster::{MemoryCluster, not_running};
use crate::faults::Op;
use crate::instance::Instance;

#[async_trait]
impl Workloads for MemoryCluster {
    async fn launch(&self, workload: &Workload) -> PortResult<()> {
        self.faults.happen(Op::Launch).await?;
        let (instance, entry) = Instance::new(workload, &self.clock, &self.settings, &self.tasks);
        if !self.registry.add(&instance, WorkloadState::Waiting("its process is being started".to_owned())) {
            let Run { container, number } = &workload.run;
            return Err(PortError::new(Kind::Conflict, format!("run {number} of container {} exists already", container.short())));
        }
        tracing::debug!(container = workload.run.container.short(), run = workload.run.number, image = workload.image, "launched");
        self.tasks.spawn(instance.live(entry, Arc::clone(&self.registry), Arc::clone(&self.faults)));
        Ok(())
    }

    async fn stop(&self, run: &Run, signal: Option<Signal>, grace: Duration) -> PortResult<()> {
        self.faults.happen(Op::Stop).await?;
        let (instance, state) = self.find(run)?;
        if is_alive(&state) {
            instance.stop(signal.unwrap_or(Signal::TERM), grace);
        }
        Ok(())
    }

    async fn signal(&self, run: &Run, signal: Signal) -> PortResult<()> {
        self.faults.happen(Op::Signal).await?;
        let (instance, state) = self.find(run)?;
        if !is_alive(&state) {
            return Err(not_running(run));
        }
        instance.signal(signal);
        Ok(())
    }

    async fn remove(&self, run: &Run) -> PortResult<()> {
        self.faults.happen(Op::Remove).await?;
        self.lose(run);
        Ok(())
    }

    async fn remove_all(&self) -> PortResult<()> {
        self.faults.happen(Op::Remove).await?;
        for run in self.registry.runs() {
            self.lose(&run);
        }
        Ok(())
    }

    fn watch(&self) -> WorkloadStream {
        self.registry.watch()
    }
}

fn is_alive(state: &WorkloadState) -> bool {
    matches!(state, WorkloadState::Waiting(_) | WorkloadState::Running { .. })
}
