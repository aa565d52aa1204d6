//! Removing a container.

use std::sync::Arc;

use domain::{Action, Container, Error, Result, Signal, Status};

use super::stop::{announce, await_end};
use crate::core::Core;
use crate::events::container_event;
use crate::registry::Entry;

/// Removes it if it does not run, or anyway if `force`; with its anonymous volumes if `volumes`.
pub(crate) async fn remove(core: &Arc<Core>, entry: &Entry, force: bool, volumes: bool) -> Result<()> {
    let container = entry.container();
    let refuse = |state: &str| {
        Err(Error::Conflict(format!(
            "cannot remove container \"/{}\": container is {state}: stop the container before removing or force remove",
            container.name
        )))
    };
    match container.state.status() {
        status if force || !status.is_running() => remove_entry(core, entry, volumes).await,
        Status::Paused => refuse("paused"),
        Status::Restarting => refuse("restarting"),
        _ => refuse("running"),
    }
}

/// Removes it, running or not.
pub(crate) async fn remove_entry(core: &Core, entry: &Entry, volumes: bool) -> Result<()> {
    let container = entry.container();
    let begun = entry.change(|inner| if inner.removed { Ok(false) } else { inner.edit().state.begin_removal().map(|()| true) });
    match begun {
        Ok(true) => {}
        Ok(false) => return Err(Error::NotFound(format!("No such container: {}", container.id))),
        Err(_) => return Err(Error::Conflict(format!("removal of container {} is already in progress", container.id))),
    }
    if let Err(error) = take_down(core, entry, &container).await {
        // A container whose removal failed is dead, and its removal may be tried again.
        entry.change(|inner| inner.edit().state.fail_removal(error.to_string()))?;
        return Err(error);
    }
    core.execs.forget(&container.id);
    core.containers.remove(&container.id);
    if volumes {
        crate::volumes::release(core, &container);
    }
    core.events.publish(container_event(&entry.container(), Action::Destroy, core.now(), &[]));
    Ok(())
}

async fn take_down(core: &Core, entry: &Entry, container: &Container) -> Result<()> {
    if container.runs == 0 {
        return Ok(());
    }
    let running = container.state.has_process();
    if running {
        announce(core, container, Signal::KILL);
    }
    core.outbound.workloads.remove(&container.run()).await?;
    if running {
        await_end(core, entry, container).await?;
    }
    Ok(())
}
