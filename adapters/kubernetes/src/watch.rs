//! Where every run is, kept up to date by one watch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use domain::Run;
use futures_util::{StreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_pods};
use ports::{PortError, PortResult, WorkloadEvent, WorkloadState, WorkloadStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::{classify, innermost, reason};
use crate::{pod, state};

/// How long to wait before the next try when the watch breaks, at first and at most. Short, because clients wait for ends meanwhile.
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// Where every run of this instance is.
#[derive(Default)]
pub(crate) struct Tracker {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    runs: HashMap<Run, Tracked>,
    /// A queue for each subscriber. It has no limit of its own: a run causes a handful of events in its life, so what waits in a queue is
    /// bounded by what ran, and dropping any of it would lose an end.
    subscribers: Vec<mpsc::UnboundedSender<WorkloadEvent>>,
    /// Counts the lists of pods read so far.
    lists: u64,
}

/// A run that has a pod.
#[derive(Debug, Clone)]
pub(crate) struct Tracked {
    /// The pod's name.
    pub(crate) pod: String,
    /// Whether its process has a terminal.
    pub(crate) tty: bool,
    /// Whether its input ends when the first client that attached leaves.
    pub(crate) stdin_once: bool,
    /// Told when the run has ended, failed or disappeared.
    pub(crate) over: CancellationToken,
    /// Where the run is.
    pub(crate) state: WorkloadState,
    /// The list of pods that saw it last, or that will be the next to see it.
    list: u64,
}

impl Tracked {
    fn new(pod: &Pod, state: WorkloadState, list: u64) -> Self {
        let main = pod::main(pod);
        Self {
            pod: pod.metadata.name.clone().unwrap_or_default(),
            tty: main.is_some_and(|main| main.tty == Some(true)),
            stdin_once: main.is_some_and(|main| main.stdin_once == Some(true)),
            over: CancellationToken::new(),
            state,
            list,
        }
    }
}

impl Tracker {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("invariant: no holder of this lock panics")
    }

    /// Notes that a pod was created, so that its disappearance is told even if the watch never sees it.
    pub(crate) fn expect(&self, run: &Run, pod: &Pod) {
        let mut inner = self.lock();
        let list = inner.lists;
        inner.runs.entry(run.clone()).or_insert_with(|| Tracked::new(pod, WorkloadState::Waiting(String::new()), list));
    }

    /// The pod of a run and where it is; `None` if it has no pod.
    pub(crate) fn find(&self, run: &Run) -> Option<Tracked> {
        self.lock().runs.get(run).cloned()
    }

    /// Where each run is now, then each change in order.
    pub(crate) fn subscribe(&self) -> WorkloadStream {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        for (run, tracked) in &inner.runs {
            // The receiver is in this function: the queue is open.
            let _ = sender.send(WorkloadEvent { run: run.clone(), state: tracked.state.clone() });
        }
        inner.subscribers.push(sender);
        Box::pin(stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) }))
    }

    /// Waits until a run has ended, failed or disappeared; returns at once if it has, or has no pod.
    pub(crate) async fn ended(&self, run: &Run) {
        if let Some(tracked) = self.find(run) {
            tracked.over.cancelled().await;
        }
    }

    fn event(&self, event: Event<Pod>) {
        let mut inner = self.lock();
        match event {
            Event::Init => inner.lists += 1,
            Event::InitApply(pod) | Event::Apply(pod) => inner.apply(&pod),
            Event::InitDone => inner.end_list(),
            Event::Delete(pod) => inner.delete(&pod),
        }
    }
}

/// Whether nothing can follow this state.
pub(crate) fn is_final(state: &WorkloadState) -> bool {
    matches!(state, WorkloadState::Ended(_) | WorkloadState::Failed(_) | WorkloadState::Gone)
}

impl Inner {
    fn apply(&mut self, pod: &Pod) {
        let Some(run) = identity(pod) else { return };
        let news = state::news(self.runs.get(&run).map(|tracked| &tracked.state), pod);
        let tracked = self.runs.entry(run.clone()).or_insert_with(|| Tracked::new(pod, WorkloadState::Waiting(String::new()), 0));
        tracked.list = self.lists;
        if let Some(state) = news {
            tracked.state = state.clone();
            if is_final(&state) {
                tracked.over.cancel();
            }
            self.tell(run, state);
        }
    }

    fn delete(&mut self, pod: &Pod) {
        let Some(run) = identity(pod) else { return };
        let before = self.runs.remove(&run);
        if let Some(tracked) = &before {
            tracked.over.cancel();
        }
        for state in state::news_of_removal(before.as_ref().map(|tracked| &tracked.state), pod) {
            self.tell(run.clone(), state);
        }
    }

    /// A whole list was read: what it did not hold, and was there before it was asked for, disappeared while nobody watched.
    fn end_list(&mut self) {
        let list = self.lists;
        let (kept, lost): (HashMap<_, _>, HashMap<_, _>) =
            std::mem::take(&mut self.runs).into_iter().partition(|(_, tracked)| tracked.list >= list);
        self.runs = kept;
        for (run, tracked) in lost {
            tracked.over.cancel();
            self.tell(run, WorkloadState::Gone);
        }
    }

    fn tell(&mut self, run: Run, state: WorkloadState) {
        tracing::info!(container = run.container.short(), run = run.number, ?state, "workload changed");
        let event = WorkloadEvent { run, state };
        self.subscribers.retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }
}

fn identity(pod: &Pod) -> Option<Run> {
    let run = pod::run_of(pod);
    if run.is_none() {
        tracing::warn!(pod = pod.metadata.name, "pod with our label, but without a container's id and run; ignored");
    }
    run
}

/// Watches the pods that `selector` selects and keeps `tracker` up to date, for ever. What the first list came to is told to `ready`.
pub(crate) async fn watch(pods: Api<Pod>, selector: String, tracker: Arc<Tracker>, ready: oneshot::Sender<PortResult<()>>) {
    let config = watcher::Config::default().labels(&selector);
    let mut events = std::pin::pin!(watch_pods(pods, config).backoff(Retry::default()));
    let mut ready = Some(ready);
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                let listed = matches!(event, Event::InitDone);
                tracker.event(event);
                if let Some(ready) = ready.take_if(|_| listed) {
                    // Nobody waits any more if connecting was given up; then this task ends with it.
                    let _ = ready.send(Ok(()));
                }
            }
            Err(error) => {
                tracing::warn!(reason = %describe(&error), "the watch of pods was interrupted");
                if let Some(ready) = ready.take() {
                    let _ = ready.send(Err(first_failure(error)));
                }
            }
        }
    }
}

/// Waits twice as long after each failure.
#[derive(Default)]
struct Retry {
    failures: u32,
}

impl Iterator for Retry {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let factor = 2_u32.saturating_pow(self.failures);
        self.failures += 1;
        Some(RETRY_MIN.saturating_mul(factor).min(RETRY_MAX))
    }
}

impl Backoff for Retry {
    fn reset(&mut self) {
        self.failures = 0;
    }
}

fn cause(error: &watcher::Error) -> Option<&kube::Error> {
    match error {
        watcher::Error::InitialListFailed(cause) | watcher::Error::WatchStartFailed(cause) | watcher::Error::WatchFailed(cause) => {
            Some(cause)
        }
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => None,
    }
}

fn describe(error: &watcher::Error) -> String {
    cause(error).map_or_else(|| innermost(error).to_string(), reason)
}

fn first_failure(error: watcher::Error) -> PortError {
    let kind = cause(&error).map_or(ports::Kind::Internal, classify);
    PortError::caused(kind, describe(&error), error)
}

#[cfg(test)]
mod tests;
