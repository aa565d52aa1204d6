//! Waiting for a container.

use std::sync::Arc;

use domain::Status;
use ports::{WaitCondition, WaitFuture, WaitOutcome};

use crate::registry::{Entry, Inner};

/// Begins to wait; what happens from now on is noticed.
pub(crate) fn wait(entry: Arc<Entry>, condition: WaitCondition) -> WaitFuture {
    let exits = entry.container().state.exits();
    Box::pin(async move {
        Ok(entry
            .until(move |inner| match condition {
                WaitCondition::NotRunning => (inner.removed || !inner.container.state.status().is_running()).then(|| outcome(inner)),
                WaitCondition::NextExit => (inner.removed || inner.container.state.exits() > exits).then(|| outcome(inner)),
                WaitCondition::Removed => (inner.removed || inner.container.state.status() == Status::Dead).then(|| outcome(inner)),
            })
            .await)
    })
}

fn outcome(inner: &Inner) -> WaitOutcome {
    let state = &inner.container.state;
    WaitOutcome { code: state.exit_code(), error: (state.status() == Status::Dead).then(|| state.error().to_owned()) }
}
