//! The containers this server knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use domain::{Container, ContainerId, ContainerName, Error, Result, TermSize};
use ports::StartFailure;
use tokio::sync::watch;

/// How the present start is going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// No start is under way.
    Idle,
    /// A start is under way; the text is what it waits for, as far as the cluster has said.
    Starting(String),
    /// The last start failed.
    Failed(StartFailure),
}

/// How far a client's request to stop a container has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Stopping {
    /// Nobody asked.
    #[default]
    No,
    /// The polite signal was told.
    Polite,
    /// The end by force was told.
    Forced,
}

/// What changes about a container, as one value.
pub(crate) struct Inner {
    pub(crate) container: Arc<Container>,
    pub(crate) progress: Progress,
    /// How far a client's request to stop it has come; decides which events its end causes.
    pub(crate) stopping: Stopping,
    /// It is not in the registry any more.
    pub(crate) removed: bool,
    /// How many sessions read its output at this moment.
    pub(crate) readers: usize,
}

impl Inner {
    /// The container, to be changed.
    pub(crate) fn edit(&mut self) -> &mut Container {
        Arc::make_mut(&mut self.container)
    }
}

/// One container and those who wait for it to change.
pub(crate) struct Entry {
    inner: Mutex<Inner>,
    changes: watch::Sender<()>,
    /// The size of its terminal.
    pub(crate) size: watch::Sender<Option<TermSize>>,
}

impl Entry {
    pub(crate) fn new(container: Container) -> Arc<Self> {
        let size = container.spec.host.console_size.filter(|size| size.height > 0 && size.width > 0);
        Arc::new(Self {
            inner: Mutex::new(Inner {
                container: Arc::new(container),
                progress: Progress::Idle,
                stopping: Stopping::No,
                removed: false,
                readers: 0,
            }),
            changes: watch::Sender::new(()),
            size: watch::Sender::new(size),
        })
    }

    /// The container at this moment.
    pub(crate) fn container(&self) -> Arc<Container> {
        self.lock().container.clone()
    }

    /// Changes it, and wakes those who wait. Nothing may wait while the change is made.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.lock());
        self.changes.send_replace(());
        result
    }

    /// Looks at it.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Inner) -> T) -> T {
        look(&self.lock())
    }

    /// Waits until `test` finds something; looks at once, then after each change.
    pub(crate) async fn until<T>(&self, mut test: impl FnMut(&Inner) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = self.look(&mut test) {
                return found;
            }
            // The sender lives as long as `self`, so this cannot fail.
            let _ = changes.changed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("invariant: no panic while holding it")
    }
}

/// A session that reads a container's output, as long as it lives; a container that is to be removed at its end waits for it.
pub(crate) struct Reader(Arc<Entry>);

impl Reader {
    pub(crate) fn new(entry: &Arc<Entry>) -> Self {
        entry.change(|inner| inner.readers += 1);
        Self(entry.clone())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.change(|inner| inner.readers -= 1);
    }
}

#[derive(Default)]
struct Index {
    by_id: HashMap<ContainerId, Arc<Entry>>,
    by_name: HashMap<ContainerName, ContainerId>,
}

/// All containers, by id and by name.
#[derive(Default)]
pub(crate) struct Registry(RwLock<Index>);

impl Registry {
    /// Adds a container if its name is free.
    pub(crate) fn add(&self, container: Container) -> Result<Arc<Entry>> {
        let mut index = self.0.write().expect("invariant: no panic while holding it");
        if let Some(owner) = index.by_name.get(&container.name) {
            return Err(taken(&container.name, owner));
        }
        let (id, name) = (container.id.clone(), container.name.clone());
        let entry = Entry::new(container);
        index.by_name.insert(name, id.clone());
        index.by_id.insert(id, entry.clone());
        Ok(entry)
    }

    /// Gives a container another name, if that is free.
    pub(crate) fn rename(&self, entry: &Entry, name: ContainerName) -> Result<()> {
        let mut index = self.0.write().expect("invariant: no panic while holding it");
        if let Some(owner) = index.by_name.get(&name) {
            return Err(taken(&name, owner));
        }
        let (id, old) = entry.change(|inner| {
            let container = inner.edit();
            (container.id.clone(), std::mem::replace(&mut container.name, name.clone()))
        });
        index.by_name.remove(&old);
        index.by_name.insert(name, id);
        Ok(())
    }

    /// Whether a name is free.
    pub(crate) fn is_free(&self, name: &ContainerName) -> bool {
        !self.0.read().expect("invariant: no panic while holding it").by_name.contains_key(name)
    }

    /// Takes a container out.
    pub(crate) fn remove(&self, id: &ContainerId) {
        let entry = {
            let mut index = self.0.write().expect("invariant: no panic while holding it");
            let entry = index.by_id.remove(id);
            if let Some(entry) = &entry {
                index.by_name.remove(&entry.container().name);
            }
            entry
        };
        if let Some(entry) = entry {
            entry.change(|inner| inner.removed = true);
        }
    }

    /// The container with exactly this id.
    pub(crate) fn get(&self, id: &ContainerId) -> Option<Arc<Entry>> {
        self.0.read().expect("invariant: no panic while holding it").by_id.get(id).cloned()
    }

    /// All containers, newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        let mut all: Vec<_> = self.0.read().expect("invariant: no panic while holding it").by_id.values().cloned().collect();
        all.sort_by_cached_key(|entry| {
            let container = entry.container();
            (std::cmp::Reverse(container.created), container.id.clone())
        });
        all
    }

    /// The container meant by a whole id, a name, or a unique beginning of an id, in this order (moby `daemon.GetContainer`).
    pub(crate) fn find(&self, reference: &str) -> Result<Arc<Entry>> {
        let index = self.0.read().expect("invariant: no panic while holding it");
        if let Some(entry) = ContainerId::parse(reference).and_then(|id| index.by_id.get(&id)) {
            return Ok(entry.clone());
        }
        if let Some(entry) =
            ContainerName::parse(reference).ok().and_then(|name| index.by_name.get(&name)).and_then(|id| index.by_id.get(id))
        {
            return Ok(entry.clone());
        }
        let hexadecimal = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_hexdigit());
        let mut matching = index.by_id.iter().filter(|(id, _)| hexadecimal && id.as_str().starts_with(reference));
        match (matching.next(), matching.next()) {
            (Some((_, entry)), None) => Ok(entry.clone()),
            (Some(_), Some(_)) => Err(Error::Invalid(format!("multiple IDs found with provided prefix: {reference}"))),
            (None, _) => Err(Error::NotFound(format!("No such container: {reference}"))),
        }
    }
}

/// dockerd's text for a name that is taken.
fn taken(name: &ContainerName, owner: &ContainerId) -> Error {
    Error::Conflict(format!(
        "Conflict. The container name \"/{name}\" is already in use by container \"{owner}\". \
         You have to remove (or rename) that container to be able to reuse that name."
    ))
}
