//! Images: which are known, and by which names.

mod credentials;
mod list;
mod lookup;
mod outages;
mod pattern;
mod remove;
mod store;

use async_trait::async_trait;
use domain::{
    Action, Container, Credentials, Distribution, Error, Event, EventKind, Filters, Image, ImageId, ImageRef, Platform, PullPolicy,
    RegistryLogin, Result,
};
use ports::{ImageDeletion, ImageSummary, Images, Kind, PulledImage};

pub(crate) use credentials::CredentialStore;
pub(crate) use lookup::find;
pub(crate) use outages::Outages;
pub(crate) use store::{ImageStore, Known};

use crate::core::Core;
use crate::daemon::Handle;
use crate::events::event;

#[async_trait]
impl Images for Handle {
    async fn pull(&self, reference: &ImageRef, platform: Option<&Platform>, credentials: Option<Credentials>) -> Result<PulledImage> {
        let core = &self.0;
        let asked = lookup::ask(core, reference, platform, credentials.as_ref()).await;
        if !matches!(&asked, Err(error) if error.kind == Kind::Unauthorized) {
            keep(core, reference, credentials);
        }
        let (image, new) = match asked {
            Ok(image) => (image.clone(), core.images.add(reference, image)),
            Err(error) if core.settings.pull_policy == PullPolicy::Never => {
                (lookup::assume(core, reference, platform, &error).await.image, false)
            }
            Err(error) => return Err(error.into()),
        };
        core.events.publish(image_event(core, Action::Pull, &reference.familiar(), &reference.familiar_name(), Some(&image)));
        let mismatch = match platform {
            Some(asked) => check_platform(core, &reference.to_string(), asked, &image).await.err().map(|error| error.to_string()),
            None => None,
        };
        Ok(PulledImage { reference: reference.clone(), image, new, mismatch })
    }

    async fn distribution(&self, reference: &ImageRef, credentials: Option<Credentials>) -> Result<Distribution> {
        let core = &self.0;
        let credentials = credentials::credentials(core, reference.registry(), credentials.as_ref()).await;
        Ok(core.outbound.images.distribution(reference, credentials.as_ref()).await?)
    }

    async fn login(&self, login: RegistryLogin) -> Result<()> {
        self.0.outbound.images.login(&login.registry, &login.credentials).await?;
        self.0.credentials.keep(login);
        Ok(())
    }

    fn list(&self, filters: &Filters) -> Result<Vec<ImageSummary>> {
        list::list(&self.0, filters)
    }

    async fn inspect(&self, name: &str) -> Result<ImageSummary> {
        let core = &self.0;
        let image = match core.images.find(name) {
            // A bare word is the name of anything: clients ask for it as an image, too, when it is a network or a volume.
            Err(Error::NotFound(_)) if name.contains(['/', ':', '@']) => lookup::find(core, name, None).await?.image,
            found => found?,
        };
        let names = core.images.names(&image.id);
        Ok(list::summary(image, names, &list::uses(core)))
    }

    fn tag(&self, name: &str, target: &ImageRef) -> Result<()> {
        let core = &self.0;
        if target.digest().is_some() {
            return Err(Error::Invalid("cannot import digest reference".to_owned()));
        }
        let image = core.images.find(name)?;
        core.images.tag(target, &image.id)?;
        core.events.publish(image_event(core, Action::Tag, image.id.as_str(), &target.familiar(), Some(&image)));
        Ok(())
    }

    fn remove(&self, name: &str, force: bool) -> Result<Vec<ImageDeletion>> {
        remove::remove(&self.0, name, force)
    }

    fn prune(&self, filters: &Filters) -> Result<Vec<ImageDeletion>> {
        remove::prune(&self.0, filters)
    }
}

/// Keeps what a client gave for the registry of an image.
pub(crate) fn keep(core: &Core, reference: &ImageRef, credentials: Option<Credentials>) {
    if let Some(credentials) = credentials {
        core.credentials.keep(RegistryLogin { registry: reference.registry().to_owned(), credentials });
    }
}

/// Refuses an image that is known to be made for something else than what was asked for (moby `daemon/images/image.go`, `GetImage`).
pub(crate) async fn check_platform(core: &Core, name: &str, asked: &Platform, image: &Image) -> Result<()> {
    let asked = asked.clone().or(core.platform().await);
    if image.config.is_none() || asked.admits(&image.platform) {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "image with reference {name} was found but does not match the specified platform: wanted {asked}, actual: {}",
        image.platform
    )))
}

/// An event about an image; its labels belong to it while it is known.
fn image_event(core: &Core, action: Action, id: &str, name: &str, image: Option<&Image>) -> Event {
    let mut event = event(EventKind::Image, action, id, core.now(), &[]);
    if let Some(config) = image.and_then(|image| image.config.as_ref()) {
        event.attributes.clone_from(&config.labels);
    }
    event.attributes.insert("name".to_owned(), name.to_owned());
    event
}

/// A container made from this image.
fn user(core: &Core, image: &ImageId, test: impl Fn(&Container) -> bool) -> Option<domain::ContainerId> {
    let mut all = core.containers.all().into_iter().map(|entry| entry.container());
    all.find(|container| container.image == *image && test(container)).map(|container| container.id.clone())
}

#[cfg(test)]
mod tests;
