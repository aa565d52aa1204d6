//! Images: which are known, and by which names.

mod choose;
mod credentials;
mod limit;
mod list;
mod lookup;
mod outages;
mod pattern;
mod pull;
mod remove;
mod store;

use async_trait::async_trait;
use domain::{
    Action, Container, Credentials, Distribution, Error, Event, EventKind, Filters, Image, ImageId, ImageRef, Platform, RegistryLogin,
    Result,
};
use ports::{ImageDeletion, ImageSummary, Images, PulledImage};

pub(crate) use choose::choose;
pub(crate) use credentials::CredentialStore;
pub(crate) use outages::Outages;
pub(crate) use store::ImageStore;

use crate::core::Core;
use crate::daemon::Handle;
use crate::events::event;

#[async_trait]
impl Images for Handle {
    async fn pull(&self, reference: &ImageRef, platform: Option<&Platform>, credentials: Option<Credentials>) -> Result<PulledImage> {
        pull::pull(&self.0, reference, platform, credentials).await
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
        if target.familiar_name() == "sha256" {
            return Err(Error::Invalid("refusing to create an ambiguous tag using digest algorithm as name".to_owned()));
        }
        let image = core.images.find(name)?;
        core.images.tag(target, &image.id)?;
        limit::limit(core);
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
