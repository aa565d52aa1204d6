//! Taking names from images, and deleting them (moby `daemon/images/image_delete.go`).

use domain::{Action, ContainerId, Error, EventKind, Filters, Image, ImageId, ImageRef, Result};
use ports::ImageDeletion;

use super::store::is_id_of;
use super::{image_event, list, user};
use crate::core::Core;
use crate::events::event;
use crate::filters::until;

/// Takes a name from an image, and deletes it with its last one; an id takes all names if they are of one repository, or if `force`.
pub(super) fn remove(core: &Core, name: &str, force: bool) -> Result<Vec<ImageDeletion>> {
    let image = core.images.find(name)?;
    let names = core.images.names(&image.id);
    let mut removal = Removal { core, image: &image, done: Vec::new() };
    if is_id_of(name, &image.id) {
        removal.by_id(&names, force)?;
    } else {
        removal.by_name(&ImageRef::parse(name)?, &names, force)?;
    }
    Ok(removal.done)
}

/// Deletes what no container uses: images without a tag, or all if the filter `dangling` says no.
pub(super) fn prune(core: &Core, filters: &Filters) -> Result<Vec<ImageDeletion>> {
    filters.allow(&["dangling", "label", "label!", "until"])?;
    let dangling_only = filters.flag("dangling")?.unwrap_or(true);
    let until = until(filters, core.now())?;
    let mut done = Vec::new();
    for (image, names) in core.images.all() {
        let in_time = until.is_none_or(|until| image.created.is_some_and(|created| created <= until));
        let tagged = names.iter().any(|name| name.tag().is_some());
        let unused = user(core, &image.id, |_| true).is_none();
        if in_time && unused && !(dangling_only && tagged) && list::labels_match(&image, filters) {
            let mut removal = Removal { core, image: &image, done: Vec::new() };
            removal.delete(&names);
            done.append(&mut removal.done);
        }
    }
    core.events.publish(event(EventKind::Image, Action::Prune, "", core.now(), &[("reclaimed", "0")]));
    Ok(done)
}

/// The container that needs an image.
enum Conflict {
    Running(ContainerId),
    Stopped(ContainerId),
}

/// The removal of one image, and what it has done so far.
struct Removal<'a> {
    core: &'a Core,
    image: &'a Image,
    done: Vec<ImageDeletion>,
}

impl Removal<'_> {
    fn by_name(&mut self, name: &ImageRef, names: &[ImageRef], force: bool) -> Result<()> {
        let id = &self.image.id;
        if !force
            && is_single(names)
            && let Some(user) = user(self.core, id, |_| true)
        {
            return Err(Error::Conflict(format!(
                "conflict: unable to remove repository reference \"{}\" (must force) - container {} is using its referenced image {}",
                name.familiar(),
                user.short(),
                short(id)
            )));
        }
        let name = name.digest().and_then(|digest| name.pinned(digest)).unwrap_or_else(|| name.clone());
        self.untag(&name, true);
        let of_repository = |other: &&ImageRef| other.familiar_name() == name.familiar_name();
        let mut left = self.core.images.names(id);
        if name.tag().is_some() && !left.iter().filter(of_repository).any(|other| other.tag().is_some()) {
            // Without a tag of the repository its digests go too.
            for other in left.iter().filter(of_repository) {
                self.untag(other, false);
            }
            left = self.core.images.names(id);
        }
        if left.is_empty() && self.conflict(force).is_none() {
            self.delete(&[]);
        }
        Ok(())
    }

    fn by_id(&mut self, names: &[ImageRef], force: bool) -> Result<()> {
        let conflict = self.conflict(force);
        let running = matches!(&conflict, Some(Conflict::Running(_)));
        if !running && !force && !is_single(names) {
            return Err(self.refused("must be forced", "image is referenced in multiple repositories"));
        }
        match conflict {
            Some(Conflict::Running(user)) => {
                Err(self.refused("cannot be forced", &format!("image is being used by running container {}", user.short())))
            }
            Some(Conflict::Stopped(user)) => {
                Err(self.refused("must be forced", &format!("image is being used by stopped container {}", user.short())))
            }
            None => {
                self.delete(names);
                Ok(())
            }
        }
    }

    /// Which container needs the image: one that runs in any case, any other unless `force`.
    fn conflict(&self, force: bool) -> Option<Conflict> {
        let id = &self.image.id;
        let running = user(self.core, id, |container| container.state.status().is_running());
        running.map(Conflict::Running).or_else(|| user(self.core, id, |_| !force).map(Conflict::Stopped))
    }

    fn refused(&self, can: &str, why: &str) -> Error {
        Error::Conflict(format!("conflict: unable to delete {} ({can}) - {why}", short(&self.image.id)))
    }

    fn delete(&mut self, names: &[ImageRef]) {
        let mut names: Vec<&ImageRef> = names.iter().collect();
        // A tag goes before the digest: dockerd's store sorts names as texts (moby `reference/store.go`, `References`).
        names.sort_by_cached_key(|name| name.to_string());
        for name in names {
            self.untag(name, true);
        }
        let event = image_event(self.core, Action::Delete, self.image.id.as_str(), self.image.id.as_str(), None);
        if self.core.images.delete(&self.image.id) {
            self.core.events.publish(event);
            self.done.push(ImageDeletion::Deleted(self.image.id.to_string()));
        }
    }

    fn untag(&mut self, name: &ImageRef, told: bool) {
        let id = &self.image.id;
        if !self.core.images.untag(name, id) {
            return;
        }
        if told {
            self.core.events.publish(image_event(self.core, Action::Untag, id.as_str(), id.as_str(), Some(self.image)));
        }
        self.done.push(ImageDeletion::Untagged(name.familiar()));
    }
}

/// Whether there is at most one tag, and all names are of its repository (moby `isSingleReference`).
fn is_single(names: &[ImageRef]) -> bool {
    let tags = names.iter().filter(|name| name.tag().is_some()).count();
    let mut repositories: Vec<String> = names.iter().map(ImageRef::familiar_name).collect();
    repositories.dedup();
    tags <= 1 && repositories.len() <= 1
}

fn short(image: &ImageId) -> &str {
    &image.digits()[..12]
}
