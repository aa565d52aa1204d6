//! Images of an engine that does what their names say.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Credentials, Descriptor, Distribution, Error, Filters, HistoryEntry, Image, ImageId, ImageRef, Platform, RegistryLogin, Result,
};
use ports::{ImageDeletion, ImageSummary, Images, PulledImage};

use super::{Fake, no};

impl Fake {
    /// Remembers what it was asked and with what credentials.
    pub(super) fn note_image(&self, verb: &str, name: &str, credentials: Option<&Credentials>) {
        let credentials = match credentials {
            Some(Credentials::Password { username, password }) => format!("{username}:{password}"),
            Some(Credentials::Token(token)) => token.clone(),
            None => "-".to_owned(),
        };
        self.images.lock().unwrap().push(format!("{verb} {name} {credentials}"));
    }
}

fn descriptor() -> Descriptor {
    Descriptor {
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        digest: format!("sha256:{}", "d".repeat(64)),
        size: 5,
    }
}

/// An image, or what its registry makes of the name.
fn image(name: &str) -> Result<Arc<Image>> {
    let text = format!("as asked: {name}");
    match name.split([':', '@']).next().unwrap_or_default() {
        "missing" => Err(Error::NotFound(text)),
        "secret" => Err(Error::Unauthorized(text)),
        "down" => Err(Error::Unavailable(text)),
        "slow" => Err(Error::Timeout(text)),
        _ => Ok(Arc::new(Image {
            descriptor: Some(descriptor()),
            history: vec![HistoryEntry::default()],
            ..Image::bare(ImageId::parse(&format!("sha256:{}", "1a".repeat(32))).unwrap(), Platform::linux("x86_64"))
        })),
    }
}

#[async_trait]
impl Images for Fake {
    async fn pull(&self, reference: &ImageRef, platform: Option<&Platform>, credentials: Option<Credentials>) -> Result<PulledImage> {
        self.note_image("pull", &reference.familiar(), credentials.as_ref());
        let image = image(&reference.familiar())?;
        let mismatch = platform.filter(|platform| !platform.admits(&image.platform)).map(|platform| format!("not for {platform}"));
        Ok(PulledImage { reference: reference.clone(), image, new: true, mismatch })
    }
    fn list(&self, _: &Filters) -> Result<Vec<ImageSummary>> {
        Ok(Vec::new())
    }
    async fn distribution(&self, reference: &ImageRef, credentials: Option<Credentials>) -> Result<Distribution> {
        self.note_image("distribution", &reference.familiar(), credentials.as_ref());
        image(&reference.familiar()).map(|_| Distribution { descriptor: descriptor(), platforms: Vec::new() })
    }
    async fn login(&self, login: RegistryLogin) -> Result<()> {
        self.note_image("login", &login.registry, Some(&login.credentials));
        image(&login.registry).map(drop)
    }
    async fn inspect(&self, name: &str) -> Result<ImageSummary> {
        Ok(ImageSummary { image: image(name)?, tags: vec![name.to_owned()], digests: Vec::new(), containers: 0 })
    }
    fn tag(&self, _: &str, _: &ImageRef) -> Result<()> {
        no()
    }
    fn remove(&self, _: &str, _: bool) -> Result<Vec<ImageDeletion>> {
        no()
    }
    fn prune(&self, _: &Filters) -> Result<Vec<ImageDeletion>> {
        no()
    }
}
