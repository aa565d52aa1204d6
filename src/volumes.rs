//! Volumes: which exist, and which containers use them.

mod claim;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use domain::{Action, Container, ContainerId, Error, Event, EventKind, Filters, MountKind, Result, Timestamp, Volume};
use ports::{PruneReport, VolumeRequest, VolumeView, Volumes};

pub(crate) use claim::claim;

use crate::core::Core;
use crate::daemon::Handle;
use crate::events::event;
use crate::filters::Patterns;

/// The label of volumes whose name the server made up.
const ANONYMOUS: &str = "com.docker.volume.anonymous";

/// All volumes, by name.
///
/// Its lock is an innermost one: whoever holds it asks for no other.
#[derive(Default)]
pub(crate) struct VolumeStore(Mutex<BTreeMap<String, Volume>>);

impl VolumeStore {
    /// Keeps a volume unless there is one of that name; returns the one that is there, and whether it is new.
    fn add(&self, volume: Volume) -> (Volume, bool) {
        let mut volumes = self.lock();
        match volumes.get(&volume.name) {
            Some(known) => (known.clone(), false),
            None => {
                volumes.insert(volume.name.clone(), volume.clone());
                (volume, true)
            }
        }
    }

    fn get(&self, name: &str) -> Result<Volume> {
        self.lock().get(name).cloned().ok_or_else(|| Error::NotFound(format!("get {name}: no such volume")))
    }

    fn take(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    fn all(&self) -> Vec<Volume> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Volume>> {
        self.0.lock().expect("invariant: no panic while holding it")
    }
}

impl Volumes for Handle {
    fn create(&self, request: VolumeRequest) -> Result<VolumeView> {
        let volume = create(&self.0, request)?;
        Ok(VolumeView { users: users(&self.0, &volume.name).len(), volume })
    }

    fn list(&self, filters: &Filters) -> Result<Vec<VolumeView>> {
        filters.allow(&["dangling", "driver", "label", "name"])?;
        let dangling = filters.flag("dangling")?;
        let names = Patterns::new(filters, "name");
        let counts = counts(&self.0);
        let views =
            self.0.volumes.all().into_iter().map(|volume| VolumeView { users: counts.get(&volume.name).copied().unwrap_or(0), volume });
        Ok(views
            .filter(|VolumeView { volume, users }| {
                names.accept(&volume.name)
                    && filters.any("driver", |driver| driver == volume.driver)
                    && filters.labels_match(&volume.labels)
                    && dangling.is_none_or(|dangling| dangling == (*users == 0))
            })
            .collect())
    }

    fn inspect(&self, name: &str) -> Result<VolumeView> {
        let volume = self.0.volumes.get(name)?;
        Ok(VolumeView { users: users(&self.0, name).len(), volume })
    }

    fn remove(&self, name: &str, force: bool) -> Result<()> {
        match self.0.volumes.get(name) {
            Err(Error::NotFound(_)) if force => return Ok(()),
            other => other?,
        };
        let users = users(&self.0, name);
        if !users.is_empty() {
            let ids: Vec<&str> = users.iter().map(ContainerId::as_str).collect();
            return Err(Error::Conflict(format!("remove {name}: volume is in use - [{}]", ids.join(", "))));
        }
        destroy(&self.0, name);
        Ok(())
    }

    fn prune(&self, filters: &Filters) -> Result<PruneReport> {
        filters.allow(&["all", "label", "label!"])?;
        let all = prune_all(filters)?;
        let counts = counts(&self.0);
        let mut report = PruneReport::default();
        for volume in self.0.volumes.all() {
            let doomed = (all || volume.anonymous) && !counts.contains_key(&volume.name) && filters.labels_match(&volume.labels);
            if doomed && destroy(&self.0, &volume.name) {
                report.removed.push(volume.name);
            }
        }
        self.0.events.publish(event(EventKind::Volume, Action::Prune, "", self.0.now(), &[("reclaimed", "0")]));
        Ok(report)
    }
}

/// The one value of the filter `all`, as Go reads a boolean.
fn prune_all(filters: &Filters) -> Result<bool> {
    let values: Vec<&str> = filters.values("all").collect();
    match values[..] {
        [] => Ok(false),
        ["1" | "t" | "T" | "true" | "TRUE" | "True"] => Ok(true),
        ["0" | "f" | "F" | "false" | "FALSE" | "False"] => Ok(false),
        [value] => Err(Error::Invalid(format!("invalid filter 'all': strconv.ParseBool: parsing \"{value}\": invalid syntax"))),
        _ => Err(Error::Invalid(format!("invalid filter 'all=[{}]': only one value is expected", values.join(" ")))),
    }
}

/// Makes a volume; one that exists with that name is returned instead.
fn create(core: &Core, request: VolumeRequest) -> Result<Volume> {
    let VolumeRequest { name, driver, options, mut labels } = request;
    let name = name.filter(|name| !name.is_empty());
    let anonymous = name.is_none();
    // As long and as unique as a container's id, which is what dockerd makes of it too.
    let name = name.unwrap_or_else(|| ContainerId::from_bytes(core.outbound.ids.bytes()).to_string());
    if !matches!(driver.as_str(), "" | "local") {
        let reason = format!("error looking up volume plugin {driver}: plugin \"{driver}\" not found");
        return Err(Error::NotFound(format!("create {name}: {reason}")));
    }
    if let Ok(known) = core.volumes.get(&name) {
        return Ok(known);
    }
    Volume::check_name(&name)?;
    Volume::check_options(&name, &options)?;
    if anonymous {
        labels.insert(ANONYMOUS.to_owned(), String::new());
    }
    let volume = Volume { name, anonymous, driver: "local".to_owned(), options, labels, created: core.now() };
    let (volume, new) = core.volumes.add(volume);
    if new {
        core.events.publish(event(EventKind::Volume, Action::Create, &volume.name, core.now(), &[("driver", &volume.driver)]));
    }
    Ok(volume)
}

/// Forgets a volume; whether it was there.
fn destroy(core: &Core, name: &str) -> bool {
    let there = core.volumes.take(name);
    if there {
        core.events.publish(event(EventKind::Volume, Action::Destroy, name, core.now(), &[("driver", "local")]));
    }
    there
}

/// The containers that use a volume, running or not.
fn users(core: &Core, name: &str) -> Vec<ContainerId> {
    let all = core.containers.all().into_iter().map(|entry| entry.container());
    all.filter(|container| container.mounts.iter().any(|mount| mount.is_volume(name))).map(|container| container.id.clone()).collect()
}

/// How many containers use each volume that is used.
fn counts(core: &Core) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for container in core.containers.all().into_iter().map(|entry| entry.container()) {
        let mut names: Vec<&String> = volumes_of(&container).map(|mount| &mount.name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            *counts.entry(name.clone()).or_default() += 1;
        }
    }
    counts
}

fn volumes_of(container: &Container) -> impl Iterator<Item = &domain::MountPoint> {
    container.mounts.iter().filter(|mount| mount.kind == MountKind::Volume)
}

/// The events of a container that begins to use its volumes.
pub(crate) fn mount_events(container: &Container, now: Timestamp) -> Vec<Event> {
    let mounted = |mount: &domain::MountPoint| {
        let facts = [
            ("container", container.id.as_str()),
            ("destination", &mount.destination),
            ("driver", &mount.driver),
            ("propagation", &mount.propagation),
            ("read/write", if mount.writable { "true" } else { "false" }),
        ];
        event(EventKind::Volume, Action::Mount, &mount.name, now, &facts)
    };
    volumes_of(container).map(mounted).collect()
}

/// The events of a container that does not use its volumes any more.
pub(crate) fn unmount_events(container: &Container, now: Timestamp) -> Vec<Event> {
    let facts = |mount: &domain::MountPoint| [("container", container.id.to_string()), ("driver", mount.driver.clone())];
    let unmounted = |mount: &domain::MountPoint| {
        let facts = facts(mount);
        let facts = facts.each_ref().map(|(key, value)| (*key, value.as_str()));
        event(EventKind::Volume, Action::Unmount, &mount.name, now, &facts)
    };
    volumes_of(container).map(unmounted).collect()
}

/// Removes the anonymous volumes of a container that is gone, unless another container shares them.
pub(crate) fn release(core: &Core, container: &Container) {
    let own = volumes_of(container).filter(|mount| mount.owned);
    for mount in own {
        if users(core, &mount.name).iter().all(|user| *user == container.id) {
            destroy(core, &mount.name);
        }
    }
}

#[cfg(test)]
mod tests;
