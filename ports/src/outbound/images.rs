//! Where images come from, and what opens it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Credentials, Distribution, Image, ImageRef, Platform};

use crate::PortResult;

/// Knows what images are.
///
/// Failures are told apart by what they say about the image: [`crate::Kind::NotFound`] if there is no such image (or none for the platform),
/// [`crate::Kind::Unauthorized`] if it may not be read with these credentials or without any, [`crate::Kind::Unavailable`],
/// [`crate::Kind::Timeout`] and [`crate::Kind::Forbidden`] if nobody could be asked, and [`crate::Kind::Internal`] if what was told makes no
/// sense. Nothing is held against an image for longer than its failure lasts, and no wait is longer than the settings say.
#[async_trait]
pub trait ImageCatalog: Send + Sync {
    /// Finds out what `reference` names on `platform`, of which system and architecture are said. Where a name stands for a single image it is
    /// that one, whatever its platform.
    ///
    /// An implementation that cannot look inside images MUST say so by `config: None`, and MUST NOT invent one.
    ///
    /// # Errors
    /// See [`ImageCatalog`].
    async fn resolve(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>>;

    /// As [`Self::resolve`], for whoever goes on without an answer: the wait is no longer than that for a connection.
    ///
    /// # Errors
    /// See [`ImageCatalog`].
    async fn resolve_soon(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        self.resolve(reference, platform, credentials).await
    }

    /// Finds out what `reference` stands for, without choosing an image.
    ///
    /// # Errors
    /// See [`ImageCatalog`]; [`crate::Kind::Unsupported`] if there is no registry.
    async fn distribution(&self, reference: &ImageRef, credentials: Option<&Credentials>) -> PortResult<Distribution>;

    /// Tries credentials.
    ///
    /// # Errors
    /// See [`ImageCatalog`].
    async fn login(&self, registry: &str, credentials: &Credentials) -> PortResult<()>;
}

/// Knows what opens registries: configuration of the server or the cluster.
#[async_trait]
pub trait Keychain: Send + Sync {
    /// What opens `registry`, named as by [`ImageRef::registry`]; `None` if nothing is configured.
    ///
    /// # Errors
    /// When the configuration cannot be read. Whoever asks goes on without, and says so.
    async fn credentials(&self, registry: &str) -> PortResult<Option<Credentials>>;
}
