//! Images.

use async_trait::async_trait;
use domain::{Filters, Image, ImageRef, Platform, Result};

/// An image and its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// The image.
    pub image: Image,
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
    pub image: Image,
    /// Whether it was not there before, or is another one now.
    pub new: bool,
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
    /// Makes an image known.
    ///
    /// # Errors
    /// An image that does not exist or may not be read.
    async fn pull(&self, reference: &ImageRef, platform: Option<&Platform>) -> Result<PulledImage>;

    /// Lists images, newest first.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn list(&self, filters: &Filters) -> Result<Vec<ImageSummary>>;

    /// Looks at one.
    ///
    /// # Errors
    /// An unknown image.
    fn inspect(&self, name: &str) -> Result<ImageSummary>;

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
