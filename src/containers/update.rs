//! Changing a container's settings.

use std::sync::Arc;

use domain::{Action, Error, Result};
use ports::Update;

use crate::core::Core;
use crate::events::container_event;
use crate::registry::Entry;

/// Changes settings; a running pod keeps its limits, so those of a running container cannot be changed.
pub(crate) fn update(core: &Core, entry: &Entry, update: Update) -> Result<Vec<String>> {
    let event = entry.change(|inner| {
        let container = &inner.container;
        let host = &container.spec.host;
        if host.auto_remove && update.restart.is_some_and(|policy| !policy.is_none()) {
            return Err(Error::Conflict("Restart policy cannot be updated because AutoRemove is enabled for the container".to_owned()));
        }
        if container.state.status().is_running() && update.resources.as_ref().is_some_and(|limits| *limits != host.resources) {
            return Err(Error::Unsupported(format!("update of container {}: the limits of a running pod cannot be changed", container.id)));
        }
        let container = inner.edit();
        let host = &mut Arc::make_mut(&mut container.spec).host;
        if let Some(limits) = update.resources {
            host.resources = limits;
        }
        if let Some(policy) = update.restart {
            host.restart = policy;
        }
        Ok(container_event(container, Action::Update, core.now(), &[]))
    })?;
    core.events.publish(event);
    Ok(domain::shortfalls(&entry.container().spec))
}
