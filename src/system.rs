//! The server itself.

use async_trait::async_trait;
use domain::{Result, Status};
use ports::{ContainerFilter, Containers, DiskUsage, EventQuery, EventStream, Images, ServerInfo, System, Volumes};

use crate::daemon::Handle;

#[async_trait]
impl System for Handle {
    async fn info(&self) -> Result<ServerInfo> {
        let host = self.0.outbound.cluster.describe().await?;
        let count =
            |test: fn(Status) -> bool| self.0.containers.all().iter().filter(|entry| test(entry.container().state.status())).count();
        Ok(ServerInfo {
            id: self.0.settings.instance.clone(),
            host,
            running: count(|status| matches!(status, Status::Running | Status::Restarting)),
            paused: count(|status| status == Status::Paused),
            stopped: count(|status| !status.is_running()),
            images: self.0.images.len(),
            listeners: self.0.events.listeners(),
            now: self.0.now(),
        })
    }

    fn disk_usage(&self) -> Result<DiskUsage> {
        let everything = ContainerFilter { all: true, ..ContainerFilter::default() };
        Ok(DiskUsage {
            images: Images::list(self, &domain::Filters::default())?,
            containers: Containers::list(self, &everything)?,
            volumes: Volumes::list(self, &domain::Filters::default())?,
        })
    }

    fn events(&self, query: EventQuery) -> Result<EventStream> {
        Ok(self.0.events.stream(query, self.0.now()))
    }
}
