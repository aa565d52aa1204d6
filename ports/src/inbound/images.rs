//! Images.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Credentials, Distribution, Filters, Image, ImageRef, Platform, RegistryLogin, Result};

/// An image and its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// The image.
    pub image: Arc<Image>,
    /// Its names as Docker shows them, `redis:7`.
    pub tags: Vec<String>,
    /// Its names by digest, `redis@sha256:…`.
    pub digests: Vec<String>,
    /// How many containers use it.
    pub containers: u64,
}

/// A pulled image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// What was pulled.
    pub reference: ImageRef,
    /// What it is.
    pub image: Arc<Image>,
    /// Whether it was not there before, or is another one now.
    pub new: bool,
    /// Why it is not what was asked for, although it is there: it is for another platform.
    pub mismatch: Option<String>,
}

/// One step of an image's removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageDeletion {
    /// A name was taken from it.
    Untagged(String),
    /// It was deleted.
    Deleted(String),
}

/// Images. `name` is a name, a short name, a digest, an id or a unique beginning of an id.
#[async_trait]
pub trait Images: Send + Sync {
    /// Makes an image known: asks its registry what it is. The layers are pulled by whoever runs it.
    ///
    /// `credentials` are kept for its registry, unless it refuses them.
    ///
    /// # Errors
    /// [`domain::Error::NotFound`] for an image that does not exist or may not be read; a registry that cannot be asked.
    async fn pull(&self, reference: &ImageRef, platform: Option<&Platform>, credentials: Option<Credentials>) -> Result<PulledImage>;

    /// Asks a registry what a name stands for; nothing becomes known by it.
    ///
    /// # Errors
    /// As [`Images::pull`].
    async fn distribution(&self, reference: &ImageRef, credentials: Option<Credentials>) -> Result<Distribution>;

    /// Tries credentials, and keeps them if they open their registry.
    ///
    /// # Errors
    /// Credentials that are refused, a registry that cannot be asked.
    async fn login(&self, login: RegistryLogin) -> Result<()>;

    /// Lists images, newest first.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn list(&self, filters: &Filters) -> Result<Vec<ImageSummary>>;

    /// Looks at one. Where no registry can tell, a whole name that nobody has pulled is shown with what little is known of it.
    ///
    /// # Errors
    /// An unknown image.
    async fn inspect(&self, name: &str) -> Result<ImageSummary>;

    /// Gives it a further name.
    ///
    /// # Errors
    /// An unknown image.
    fn tag(&self, name: &str, target: &ImageRef) -> Result<()>;

    /// Takes a name from it, and deletes it with its last name.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if containers use it and `force` is not set.
    fn remove(&self, name: &str, force: bool) -> Result<Vec<ImageDeletion>>;

    /// Deletes images that no container uses.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn prune(&self, filters: &Filters) -> Result<Vec<ImageDeletion>>;
}
