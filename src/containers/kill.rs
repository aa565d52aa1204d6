//! Sending a signal to a container.

use std::sync::Arc;

use domain::{Error, Result, Signal};

use super::check_running;
use super::stop::{announce, await_end};
use crate::core::Core;
use crate::registry::Entry;

/// Sends it, and for SIGKILL returns when its process has ended.
pub(crate) async fn kill(core: &Arc<Core>, entry: &Entry, reference: &str, signal: Signal) -> Result<()> {
    check_running(entry).map_err(|error| Error::Conflict(format!("cannot kill container: {reference}: {error}")))?;
    let container = entry.container();
    announce(core, &container, signal);
    core.outbound.workloads.signal(&container.run(), signal).await?;
    if signal == Signal::KILL {
        await_end(core, entry, &container).await?;
    }
    Ok(())
}
