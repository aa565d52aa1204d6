//! Follows what happens in the cluster, and makes it happen to the containers.

use std::net::IpAddr;
use std::sync::Arc;

use domain::{Action, Cause, Container, Event, Exit, Signal, Status, Timestamp};
use futures_util::StreamExt;
use ports::{StartFailure, WorkloadEvent, WorkloadState};

use crate::containers::{announce, remove_entry};
use crate::core::Core;
use crate::events::container_event;
use crate::networks::{attach_endpoints, detach_endpoints};
use crate::registry::{Entry, Inner, Progress, Stopping};
use crate::volumes::{mount_events, unmount_events};

/// Runs until the server stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut news = core.outbound.workloads.watch();
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return,
            event = news.next() => match event {
                Some(event) => apply(&core, event),
                None => return,
            },
        }
    }
}

/// Applies one piece of news to the container it is about, if it is still about its present run.
fn apply(core: &Arc<Core>, event: WorkloadEvent) {
    let Some(entry) = core.containers.get(&event.run.container) else { return };
    let ended = entry.change(|inner| {
        if inner.container.runs != event.run.number {
            return false;
        }
        match event.state {
            WorkloadState::Waiting(reason) => {
                if let Progress::Starting(known) = &mut inner.progress {
                    *known = reason;
                }
                false
            }
            WorkloadState::Failed(failure) => {
                fail(inner, failure);
                false
            }
            WorkloadState::Running { started_at, address } => {
                run_since(core, inner, started_at, address);
                false
            }
            WorkloadState::Ended(exit) => end(core, inner, &exit),
            WorkloadState::Gone => vanish(core, inner),
        }
    });
    if ended {
        remove_if_asked(core, entry);
    }
}

/// The start failed; whoever began it says so.
fn fail(inner: &mut Inner, failure: StartFailure) {
    if matches!(inner.progress, Progress::Starting(_)) {
        inner.progress = Progress::Failed(failure);
    }
}

fn run_since(core: &Core, inner: &mut Inner, at: Timestamp, address: Option<IpAddr>) {
    if inner.container.state.status() == Status::Running {
        crate::networks::readdress(core, inner.edit(), address);
        return;
    }
    let container = inner.edit();
    // Refused while the container is being removed; then nobody is interested.
    if container.state.start(at).is_err() {
        return;
    }
    publish(core, attach_endpoints(core, container, address));
    publish(core, mount_events(container, core.now()));
    publish(core, [container_event(container, Action::Start, core.now(), &[])]);
    inner.progress = Progress::Idle;
}

/// Returns whether this news ended the run; a repeated one does not.
fn end(core: &Core, inner: &mut Inner, exit: &Exit) -> bool {
    if matches!(inner.progress, Progress::Starting(_)) {
        // It ended before anyone saw it run.
        run_since(core, inner, exit.started_at.unwrap_or(exit.finished_at), None);
    }
    let stopping = std::mem::take(&mut inner.stopping);
    let container = inner.edit();
    if container.state.end(exit).is_err() {
        return false;
    }
    if stopping == Stopping::Polite && exit.code == Signal::KILL.exit_code() {
        // The backend forced the end, and was quicker than the timer that was to tell it.
        announce(core, container, Signal::KILL);
    }
    publish(core, detach_endpoints(core, container));
    publish(core, unmount_events(container, core.now()));
    publish(core, end_events(core, container, stopping, exit.cause));
    true
}

/// The events of an end, in dockerd's order: `stop` (if a client asked for it) comes before `die`.
fn end_events(core: &Core, container: &Container, stopping: Stopping, cause: Cause) -> Vec<Event> {
    let now = core.now();
    let state = &container.state;
    let seconds = match (state.started_at(), state.finished_at()) {
        (Some(start), Some(end)) => end.since(start).as_secs(),
        _ => 0,
    };
    let mut events = Vec::new();
    if cause == Cause::OutOfMemory {
        events.push(container_event(container, Action::Oom, now, &[]));
    }
    if stopping != Stopping::No {
        events.push(container_event(container, Action::Stop, now, &[]));
    }
    let facts = [("exitCode", state.exit_code().to_string()), ("execDuration", seconds.to_string())];
    events.push(container_event(container, Action::Die, now, &facts));
    events
}

/// Nobody saw how it ended, so it counts as killed.
fn vanish(core: &Core, inner: &mut Inner) -> bool {
    if matches!(inner.progress, Progress::Starting(_)) {
        let message = "it was deleted from the cluster before it ran".to_owned();
        inner.progress = Progress::Failed(StartFailure { code: 128, message });
        return false;
    }
    let asked_for = inner.stopping != Stopping::No || inner.container.state.status() == Status::Removing;
    let message = if asked_for { String::new() } else { "it was deleted from the cluster by somebody else".to_owned() };
    let exit = Exit { code: Signal::KILL.exit_code(), cause: Cause::Ended, message, started_at: None, finished_at: core.now() };
    end(core, inner, &exit)
}

fn publish(core: &Core, events: impl IntoIterator<Item = Event>) {
    for event in events {
        core.events.publish(event);
    }
}

/// Removes a container that asked for it, once those who read its output have read it.
fn remove_if_asked(core: &Arc<Core>, entry: Arc<Entry>) {
    if !entry.container().spec.host.auto_remove {
        return;
    }
    let core = core.clone();
    core.tasks.clone().spawn(async move {
        let read = entry.until(|inner| (inner.readers == 0).then_some(()));
        let result = tokio::select! {
            () = core.stop.cancelled() => return,
            _ = tokio::time::timeout(core.settings.end_timeout, read) => remove_entry(&core, &entry, true).await,
        };
        if let Err(error) = result {
            tracing::warn!(container = entry.container().id.short(), %error, "cannot remove a container that has ended");
        }
    });
}
