//! Containers: one use case per file.

mod attach;
mod create;
mod kill;
pub(crate) mod list;
mod logs;
mod prune;
mod remove;
mod rename;
mod start;
mod stop;
mod update;
mod wait;

use async_trait::async_trait;
use domain::{Action, Error, Filters, Result, Signal, Status, TermSize};
use ports::{
    AttachRequest, Attached, ContainerFilter, ContainerView, Containers, CreateContainer, Created, LogRequest, LogSession, PruneReport,
    StopRequest, Update, WaitCondition, WaitFuture,
};

pub(crate) use remove::remove_entry;
pub(crate) use stop::announce;

use crate::daemon::Handle;
use crate::events::container_event;
use crate::registry::Entry;

#[async_trait]
impl Containers for Handle {
    async fn create(&self, request: CreateContainer) -> Result<Created> {
        create::create(&self.0, request).await
    }

    fn list(&self, filter: &ContainerFilter) -> Result<Vec<ContainerView>> {
        list::list(&self.0, filter)
    }

    fn inspect(&self, reference: &str) -> Result<ContainerView> {
        Ok(list::view(&self.0, &*self.0.containers.find(reference)?))
    }

    async fn start(&self, reference: &str) -> Result<()> {
        let (core, entry) = (self.0.clone(), self.0.containers.find(reference)?);
        self.0.see_through(async move { start::start(&core, &entry).await }).await
    }

    async fn stop(&self, reference: &str, request: StopRequest) -> Result<()> {
        let (core, entry) = (self.0.clone(), self.0.containers.find(reference)?);
        self.0.see_through(async move { stop::stop(&core, &entry, request).await }).await
    }

    async fn restart(&self, reference: &str, request: StopRequest) -> Result<()> {
        let (core, entry) = (self.0.clone(), self.0.containers.find(reference)?);
        self.0.see_through(async move { stop::restart(&core, &entry, request).await }).await
    }

    async fn kill(&self, reference: &str, signal: Signal) -> Result<()> {
        let cannot = |error: Error| Error::NotFound(format!("cannot kill container: {reference}: {error}"));
        let (core, entry) = (self.0.clone(), self.0.containers.find(reference).map_err(cannot)?);
        let reference = reference.to_owned();
        self.0.see_through(async move { kill::kill(&core, &entry, &reference, signal).await }).await
    }

    async fn pause(&self, reference: &str) -> Result<()> {
        check_running(&*self.0.containers.find(reference)?)?;
        Err(Error::Unsupported("pausing a container: its processes cannot be frozen from outside its pod".to_owned()))
    }

    async fn unpause(&self, reference: &str) -> Result<()> {
        let container = self.0.containers.find(reference)?.container();
        match container.state.status() {
            Status::Paused => {
                Err(Error::Unsupported("unpausing a container: its processes cannot be reached from outside its pod".to_owned()))
            }
            _ => Err(Error::Internal(format!("Container {} is not paused", container.id))),
        }
    }

    fn wait(&self, reference: &str, condition: WaitCondition) -> Result<WaitFuture> {
        Ok(wait::wait(self.0.containers.find(reference)?, condition))
    }

    fn rename(&self, reference: &str, name: &str) -> Result<()> {
        rename::rename(&self.0, reference, name)
    }

    fn resize(&self, reference: &str, size: TermSize) -> Result<()> {
        let entry = self.0.containers.find(reference)?;
        check_running(&entry)?;
        entry.size.send_replace(Some(size));
        let facts = [("height", size.height.to_string()), ("width", size.width.to_string())];
        self.0.events.publish(container_event(&entry.container(), Action::Resize, self.0.now(), &facts));
        Ok(())
    }

    async fn attach(&self, reference: &str, request: AttachRequest) -> Result<Attached> {
        attach::attach(&self.0, self.0.containers.find(reference)?, request)
    }

    async fn logs(&self, reference: &str, request: LogRequest) -> Result<LogSession> {
        logs::logs(&self.0, &self.0.containers.find(reference)?, request).await
    }

    async fn remove(&self, reference: &str, force: bool, volumes: bool) -> Result<()> {
        let (core, entry) = (self.0.clone(), self.0.containers.find(reference)?);
        self.0.see_through(async move { remove::remove(&core, &entry, force, volumes).await }).await
    }

    async fn prune(&self, filters: &Filters) -> Result<PruneReport> {
        let (core, filters) = (self.0.clone(), filters.clone());
        self.0.see_through(async move { prune::prune(&core, &filters).await }).await
    }

    fn update(&self, reference: &str, update: Update) -> Result<Vec<String>> {
        update::update(&self.0, &*self.0.containers.find(reference)?, update)
    }
}

/// dockerd's refusal for a container without a process.
pub(crate) fn check_running(entry: &Entry) -> Result<()> {
    let container = entry.container();
    if container.state.status().is_running() {
        return Ok(());
    }
    Err(Error::Conflict(format!("container {} is not running", container.id)))
}
