//! Stopping a container, and starting it again.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Container, Error, Result, Signal, Status};
use ports::{Kind, StopRequest};

use super::start::start;
use crate::core::Core;
use crate::events::container_event;
use crate::registry::{Entry, Stopping};

/// As long as a timer can be; what a client means by a negative timeout.
const FOR_EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Stops it, and returns when its process has ended.
pub(crate) async fn stop(core: &Arc<Core>, entry: &Entry, request: StopRequest) -> Result<()> {
    let container = entry.container();
    match container.state.status() {
        Status::Restarting => entry.change(|inner| inner.edit().state.give_up_restart()),
        status if !status.is_running() => Err(Error::NotModified),
        _ => end(core, entry, &container, request).await,
    }
}

/// Stops it if it runs, and starts it.
pub(crate) async fn restart(core: &Arc<Core>, entry: &Arc<Entry>, request: StopRequest) -> Result<()> {
    match stop(core, entry, request).await {
        Ok(()) | Err(Error::NotModified) => {}
        Err(error) => return Err(error),
    }
    start(core, entry).await?;
    core.events.publish(container_event(&entry.container(), Action::Restart, core.now(), &[]));
    Ok(())
}

async fn end(core: &Core, entry: &Entry, container: &Container, request: StopRequest) -> Result<()> {
    let config = &container.spec.config;
    let signal = request.signal.or(config.stop_signal);
    let grace = match request.timeout.or(config.stop_timeout) {
        Some(seconds) => u64::try_from(seconds).map_or(FOR_EVER, |seconds| Duration::from_secs(seconds).min(FOR_EVER)),
        None => core.settings.stop_timeout,
    };
    // Without grace both signals are told, whatever the first one does (moby `daemon/stop.go`).
    let at_once = grace.is_zero();
    let forced = at_once || signal == Some(Signal::KILL);
    entry.change(|inner| inner.stopping = if forced { Stopping::Forced } else { Stopping::Polite });
    announce(core, container, signal.unwrap_or(Signal::TERM));
    if at_once {
        announce(core, container, Signal::KILL);
    }
    match core.outbound.workloads.stop(&container.run(), signal, grace).await {
        // It ended on its own in the meantime; the watch says so.
        Err(error) if error.kind == Kind::NotFound => {}
        other => other?,
    }
    if tokio::time::timeout(grace, ended(entry, container)).await.is_ok() {
        return Ok(());
    }
    // Told here or, if the end was quicker, with the end: once in any case.
    let tell = entry.change(|inner| {
        let polite = inner.stopping == Stopping::Polite;
        if polite {
            inner.stopping = Stopping::Forced;
        }
        polite
    });
    if tell {
        announce(core, container, Signal::KILL);
    }
    await_end(core, entry, container).await
}

/// Tells that a signal is sent.
pub(crate) fn announce(core: &Core, container: &Container, signal: Signal) {
    core.events.publish(container_event(container, Action::Kill, core.now(), &[("signal", signal.number().to_string())]));
}

/// Waits until this run of its process has ended.
async fn ended(entry: &Entry, container: &Container) {
    let exits = container.state.exits();
    entry.until(|inner| (inner.removed || inner.container.state.exits() > exits).then_some(())).await;
}

/// Waits for an end that is forced, within the cluster's limit.
pub(super) async fn await_end(core: &Core, entry: &Entry, container: &Container) -> Result<()> {
    let limit = core.settings.end_timeout;
    tokio::time::timeout(limit, ended(entry, container)).await.map_err(|_| {
        Error::Timeout(format!(
            "container {} was told to end, but the cluster did not report its end within {limit:?}",
            container.id.short()
        ))
    })
}
