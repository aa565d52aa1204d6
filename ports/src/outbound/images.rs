//! Where images come from.

use async_trait::async_trait;
use domain::{Image, ImageRef, Platform};

use crate::PortResult;

/// Knows what images are.
#[async_trait]
pub trait ImageCatalog: Send + Sync {
    /// Finds out what `reference` names.
    ///
    /// An implementation that cannot look inside images MUST say so by `config: None`, and MUST NOT invent one.
    ///
    /// # Errors
    /// [`crate::Kind::NotFound`] if there is no such image, [`crate::Kind::Unauthorized`] if it may not be read.
    async fn resolve(&self, reference: &ImageRef, platform: Option<&Platform>) -> PortResult<Image>;
}
