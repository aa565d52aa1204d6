//! Starting a container.

use std::sync::Arc;
use std::time::Duration;

use domain::{Container, Error, Result, Status, plan};
use ports::StartFailure;

use super::remove::remove_entry;
use crate::core::Core;
use crate::registry::{Entry, Inner, Progress, Stopping};

/// Starts it, and returns when its process runs or has run.
pub(crate) async fn start(core: &Arc<Core>, entry: &Arc<Entry>) -> Result<()> {
    claim(entry).await?;
    let container = entry.container();
    let Err(failure) = launch(core, entry, &container).await else { return Ok(()) };
    // Whatever failed, and however far it came: nothing of this run may stay in the cluster.
    if let Err(error) = core.outbound.workloads.remove(&container.run()).await {
        tracing::warn!(container = container.id.short(), %error, "cannot remove what is left of a failed start");
    }
    let (code, error) = failure.into_parts();
    entry.change(|inner| {
        inner.progress = Progress::Idle;
        // A container that is being removed keeps its state.
        let _ = inner.edit().state.fail_start(code, error.to_string());
    });
    if container.spec.host.auto_remove
        && let Err(failure) = remove_entry(core, entry, true).await
    {
        tracing::warn!(container = container.id.short(), error = %failure, "cannot remove a container whose start failed");
    }
    Err(error)
}

/// Makes this start the only one, after any other that is under way.
async fn claim(entry: &Entry) -> Result<()> {
    loop {
        let claimed = entry.change(|inner| {
            if inner.removed {
                return Err(Error::NotFound(format!("No such container: {}", inner.container.id)));
            }
            inner.container.state.check_start()?;
            if matches!(inner.progress, Progress::Starting(_)) {
                return Ok(false);
            }
            inner.progress = Progress::Starting(String::new());
            inner.stopping = Stopping::No;
            inner.edit().runs += 1;
            Ok(true)
        })?;
        if claimed {
            return Ok(());
        }
        entry.until(|inner| (!matches!(inner.progress, Progress::Starting(_))).then_some(())).await;
    }
}

/// Why a start failed.
enum Failure {
    /// The request could not be carried out.
    Refused(Error),
    /// The cluster tried and gave up.
    Reported(StartFailure),
}

impl Failure {
    /// The exit code to show, and the error for the client (moby `daemon/start.go`, `translateContainerdStartErr`).
    fn into_parts(self) -> (i32, Error) {
        match self {
            Self::Refused(error) => (128, error),
            Self::Reported(StartFailure { code: code @ (126 | 127), message }) => (code, Error::Invalid(message)),
            Self::Reported(StartFailure { code, message }) => (code, Error::Internal(message)),
        }
    }
}

async fn launch(core: &Core, entry: &Entry, container: &Container) -> std::result::Result<(), Failure> {
    crate::networks::check_networks(core, container).map_err(Failure::Refused)?;
    let workload = plan(container, core.login(&container.pull_name), &core.policy()).map_err(Failure::Refused)?;
    if container.runs > 1 {
        let mut previous = container.run();
        previous.number -= 1;
        core.outbound.workloads.remove(&previous).await.map_err(|error| Failure::Refused(error.into()))?;
    }
    core.outbound.workloads.launch(&workload).await.map_err(|error| Failure::Refused(error.into()))?;
    let limit = core.settings.start_timeout;
    match tokio::time::timeout(limit, entry.until(outcome)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::Refused(too_late(entry, limit))),
    }
}

/// How the start ended, once it has.
fn outcome(inner: &Inner) -> Option<std::result::Result<(), Failure>> {
    match &inner.progress {
        // It ran, even if it has ended and is being removed by now.
        Progress::Idle => Some(Ok(())),
        Progress::Failed(failure) => Some(Err(Failure::Reported(failure.clone()))),
        Progress::Starting(_) if inner.removed || inner.container.state.status() == Status::Removing => {
            Some(Err(Failure::Refused(Error::Conflict("container is marked for removal and cannot be started".to_owned()))))
        }
        Progress::Starting(_) => None,
    }
}

fn too_late(entry: &Entry, limit: Duration) -> Error {
    let (id, reason) = entry.look(|inner| {
        let reason = match &inner.progress {
            Progress::Starting(reason) if !reason.is_empty() => reason.clone(),
            _ => "the cluster gave no reason".to_owned(),
        };
        (inner.container.id.short().to_owned(), reason)
    });
    Error::Timeout(format!("container {id} did not start within {limit:?}: {reason} (a longer limit can be set with --timeout)"))
}
