//! Which runs there are, where each is in its life, and who watches.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::Run;
use futures_util::stream;
use ports::{WorkloadEvent, WorkloadState, WorkloadStream};
use tokio::sync::Notify;

use crate::instance::Instance;

/// How many events wait for a watcher that does not read; after that it is told where everything is now instead.
const BACKLOG: usize = 4096;

/// Which runs there are, where each is in its life, and who watches.
#[derive(Default)]
pub(crate) struct Registry(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    entries: HashMap<Run, Entry>,
    watchers: BTreeMap<u64, Watcher>,
    next_watcher: u64,
}

struct Entry {
    instance: Arc<Instance>,
    state: WorkloadState,
}

struct Watcher {
    queue: VecDeque<WorkloadEvent>,
    /// Which runs it was told of, or is about to be.
    told: HashSet<Run>,
    lagging: bool,
    news: Arc<Notify>,
}

impl Inner {
    fn tell(&mut self, run: &Run, state: &WorkloadState) {
        for watcher in self.watchers.values_mut() {
            watcher.push(WorkloadEvent { run: run.clone(), state: state.clone() });
        }
    }
}

impl Watcher {
    fn push(&mut self, event: WorkloadEvent) {
        if self.queue.len() >= BACKLOG {
            self.lagging = true;
            self.queue.clear();
        }
        if !self.lagging {
            self.note(&event);
            self.queue.push_back(event);
        }
        self.news.notify_waiters();
    }

    fn note(&mut self, event: &WorkloadEvent) {
        if event.state == WorkloadState::Gone {
            self.told.remove(&event.run);
        } else {
            self.told.insert(event.run.clone());
        }
    }

    /// Replaces what it missed by where everything is now.
    fn catch_up(&mut self, entries: &HashMap<Run, Entry>) {
        let gone = self.told.iter().filter(|run| !entries.contains_key(*run));
        self.queue = gone.map(|run| WorkloadEvent { run: run.clone(), state: WorkloadState::Gone }).collect();
        self.queue.extend(entries.iter().map(|(run, entry)| WorkloadEvent { run: run.clone(), state: entry.state.clone() }));
        self.told = entries.keys().cloned().collect();
        self.lagging = false;
    }
}

impl Registry {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("invariant: no panic under this lock")
    }

    /// Adds a run; false if it exists.
    pub(crate) fn add(&self, instance: &Arc<Instance>, state: WorkloadState) -> bool {
        let mut inner = self.inner();
        if inner.entries.contains_key(instance.run()) {
            return false;
        }
        inner.tell(instance.run(), &state);
        inner.entries.insert(instance.run().clone(), Entry { instance: Arc::clone(instance), state });
        true
    }

    /// A run is somewhere else in its life. One that was removed has no life any more.
    pub(crate) fn change(&self, instance: &Arc<Instance>, state: WorkloadState) {
        let mut inner = self.inner();
        if let Some(entry) = inner.entries.get_mut(instance.run())
            && Arc::ptr_eq(&entry.instance, instance)
        {
            entry.state = state.clone();
            inner.tell(instance.run(), &state);
        }
    }

    /// A run and where it is.
    pub(crate) fn find(&self, run: &Run) -> Option<(Arc<Instance>, WorkloadState)> {
        self.inner().entries.get(run).map(|entry| (Arc::clone(&entry.instance), entry.state.clone()))
    }

    /// Removes a run, which watchers are told.
    pub(crate) fn remove(&self, run: &Run) -> Option<Arc<Instance>> {
        let mut inner = self.inner();
        let entry = inner.entries.remove(run)?;
        inner.tell(run, &WorkloadState::Gone);
        Some(entry.instance)
    }

    /// All runs.
    pub(crate) fn runs(&self) -> Vec<Run> {
        self.inner().entries.keys().cloned().collect()
    }

    /// Tells where each run is, then each change.
    pub(crate) fn watch(self: &Arc<Self>) -> WorkloadStream {
        let news = Arc::new(Notify::new());
        let mut inner = self.inner();
        let id = inner.next_watcher;
        inner.next_watcher += 1;
        let mut watcher = Watcher { queue: VecDeque::new(), told: HashSet::new(), lagging: false, news: Arc::clone(&news) };
        watcher.catch_up(&inner.entries);
        inner.watchers.insert(id, watcher);
        drop(inner);
        let watching = Watching { registry: Arc::clone(self), id, news };
        Box::pin(stream::unfold(watching, async |watching| Some((watching.next().await, watching))))
    }
}

/// One watcher's end.
struct Watching {
    registry: Arc<Registry>,
    id: u64,
    news: Arc<Notify>,
}

impl Watching {
    async fn next(&self) -> WorkloadEvent {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(event) = self.pop() {
                return event;
            }
            news.await;
        }
    }

    fn pop(&self) -> Option<WorkloadEvent> {
        let mut inner = self.registry.inner();
        let Inner { entries, watchers, .. } = &mut *inner;
        let watcher = watchers.get_mut(&self.id)?;
        if watcher.lagging {
            watcher.catch_up(entries);
        }
        watcher.queue.pop_front()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.registry.inner().watchers.remove(&self.id);
    }
}
