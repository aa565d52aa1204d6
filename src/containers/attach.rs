//! Attaching to a container's process.

use std::sync::Arc;

use domain::{Action, Container, Error, Result, Run, Status};
use futures_util::{StreamExt, TryStreamExt, stream};
use ports::{AttachPlan, AttachRequest, Attached, Kind, LogQuery, Output, OutputStream, PortResult, ProcessEvent, ProcessIo};
use tokio_util::sync::CancellationToken;

use crate::core::Core;
use crate::events::container_event;
use crate::registry::{Entry, Inner, Progress, Reader};
use crate::sessions::{counted, session_bound, sizes, watched};

/// Begins a session; a container that does not run yet is attached to when it does.
pub(crate) fn attach(core: &Arc<Core>, entry: Arc<Entry>, request: AttachRequest) -> Result<Attached> {
    let container = entry.container();
    match container.state.status() {
        Status::Paused => {
            return Err(Error::Conflict(format!("container {} is paused, unpause the container before attach", container.id)));
        }
        Status::Restarting => {
            return Err(Error::Conflict(format!("container {} is restarting, wait until the container is running", container.id)));
        }
        _ => {}
    }
    core.events.publish(container_event(&container, Action::Attach, core.now(), &[]));
    let tty = container.spec.config.tty;
    let output = if request.stream { live(core.clone(), entry, &container, request) } else { past(core.clone(), &container, &request) };
    Ok(Attached { tty, output })
}

/// What was printed so far.
fn past(core: Arc<Core>, container: &Container, request: &AttachRequest) -> OutputStream {
    if !request.logs || container.runs == 0 {
        return stream::empty().boxed();
    }
    let query = LogQuery { stdout: request.stdout, stderr: request.stderr, ..LogQuery::default() };
    let run = container.run();
    stream::once(async move { core.outbound.logs.read(&run, &query).await })
        .try_flatten()
        .map_ok(|line| line.output)
        .map_err(Error::from)
        .boxed()
}

/// What is printed from now on, from the start on if there was none yet or the past is wanted too.
fn live(core: Arc<Core>, entry: Arc<Entry>, container: &Container, request: AttachRequest) -> OutputStream {
    let config = &container.spec.config;
    let running = container.state.status().is_running();
    let plan = AttachPlan { stdout: request.stdout, stderr: request.stderr, tty: config.tty, from_start: !running || request.logs };
    let (detached, over) = (CancellationToken::new(), CancellationToken::new());
    let stdin = request.stdin.filter(|_| config.open_stdin).map(|stdin| match (config.tty, config.stdin_once) {
        (true, _) => session_bound(watched(stdin, request.detach_keys, detached.clone()), over.clone()),
        (false, false) => session_bound(stdin, over.clone()),
        (false, true) => stdin,
    });
    let io = ProcessIo { stdin, resize: sizes(entry.size.subscribe()) };
    let runs = if running { container.runs - 1 } else { container.runs };
    let end = {
        let (core, entry) = (core.clone(), entry.clone());
        async move {
            tokio::select! {
                () = detached.cancelled() => {
                    core.events.publish(container_event(&entry.container(), Action::Detach, core.now(), &[]));
                }
                () = over.cancelled() => {}
            }
        }
    };
    let reader = Reader::new(&entry);
    let output = stream::once(async move {
        let Some(run) = entry.until(|inner| next_run(inner, runs)).await else { return Ok(stream::empty().boxed()) };
        core.outbound.processes.attach(&run, &plan, io).await
    })
    .try_flatten()
    .take_while(|event| std::future::ready(!is_gone(event)))
    .try_filter_map(|event| std::future::ready(Ok(output(event))))
    .map_err(Error::from)
    .take_until(Box::pin(end));
    counted(output, reader)
}

/// Whether the backend found that the process ended before the session was established: there is nothing to see, and no failure.
fn is_gone<T>(event: &PortResult<T>) -> bool {
    event.as_ref().is_err_and(|error| matches!(error.kind, Kind::NotFound | Kind::Conflict))
}

/// The first run after so many, once it runs or has run; `Some(None)` if it will never come.
fn next_run(inner: &Inner, runs: u32) -> Option<Option<Run>> {
    if inner.removed {
        return Some(None);
    }
    if inner.container.runs <= runs {
        return None;
    }
    match inner.progress {
        Progress::Starting(_) => None,
        Progress::Failed(_) => Some(None),
        Progress::Idle if inner.container.state.started_at().is_none() => Some(None),
        Progress::Idle => Some(Some(inner.container.run())),
    }
}

fn output(event: ProcessEvent) -> Option<Output> {
    match event {
        ProcessEvent::Output(output) => Some(output),
        ProcessEvent::Exited(_) | ProcessEvent::Failed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use ports::{Kind, PortError};

    use super::is_gone;

    #[test]
    fn a_process_that_is_gone_is_no_failure() {
        let fails_with = |kind| Err::<(), _>(PortError::new(kind, "why"));
        assert!(is_gone(&fails_with(Kind::Conflict)) && is_gone(&fails_with(Kind::NotFound)));
        assert!(!is_gone(&fails_with(Kind::Unavailable)) && !is_gone(&Ok(())));
    }
}
