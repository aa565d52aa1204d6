//! Removing containers that do not run.

use std::sync::Arc;

use domain::{Action, EventKind, Filters, Result};
use ports::PruneReport;

use super::remove::remove_entry;
use crate::core::Core;
use crate::events::event;
use crate::filters::until;

/// Removes them; one that cannot be removed is left out of the report (moby `daemon/prune.go`).
pub(crate) async fn prune(core: &Arc<Core>, filters: &Filters) -> Result<PruneReport> {
    filters.allow(&["label", "label!", "until"])?;
    let until = until(filters, core.now())?;
    let mut report = PruneReport::default();
    for entry in core.containers.all() {
        let container = entry.container();
        let doomed = !container.state.status().is_running()
            && until.is_none_or(|until| container.created <= until)
            && filters.labels_match(&container.spec.config.labels);
        if !doomed {
            continue;
        }
        match remove_entry(core, &entry, false).await {
            Ok(()) => report.removed.push(container.id.to_string()),
            Err(error) => tracing::warn!(container = container.id.short(), %error, "cannot prune a container"),
        }
    }
    core.events.publish(event(EventKind::Container, Action::Prune, "", core.now(), &[("reclaimed", "0")]));
    Ok(report)
}
