//! The running server.

use std::sync::Arc;

use ports::{Engine, PortResult};

use crate::core::{Core, EngineSettings, Outbound};
use crate::supervisor;

/// The use cases, running.
pub struct Daemon {
    core: Arc<Core>,
}

impl Daemon {
    /// Begins to follow what happens in the cluster.
    #[must_use]
    pub fn start(outbound: Outbound, settings: EngineSettings) -> Self {
        let core = Core::new(outbound, settings);
        core.tasks.spawn(supervisor::run(core.clone()));
        Self { core }
    }

    /// What may be asked of it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        let handle = Arc::new(Handle(self.core.clone()));
        Engine {
            containers: handle.clone(),
            execs: handle.clone(),
            images: handle.clone(),
            networks: handle.clone(),
            volumes: handle.clone(),
            system: handle,
        }
    }

    /// Removes everything that was launched; those who wait for a container are told that it ended.
    ///
    /// # Errors
    /// When the cluster refuses to remove something.
    pub async fn remove_all(&self) -> PortResult<()> {
        self.core.outbound.workloads.remove_all().await
    }

    /// Ends every task, and removes everything that was launched.
    ///
    /// # Errors
    /// When the cluster refuses to remove something.
    pub async fn shutdown(self) -> PortResult<()> {
        self.core.stop.cancel();
        self.core.tasks.close();
        self.core.tasks.wait().await;
        self.remove_all().await
    }
}

/// What implements the inbound ports: each method is one use case, in a file of its own.
pub(crate) struct Handle(pub(crate) Arc<Core>);
