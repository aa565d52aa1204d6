//! The catalogue that asks registries.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Credentials, Distribution, Image, ImageRef, Platform};
use ports::{ImageCatalog, Kind, PortError, PortResult};

use crate::endpoint::endpoints;
use crate::settings::RegistrySettings;
use crate::transport::{Get, Object, Transport};

/// Knows images by asking their registries.
pub struct RegistryImages {
    settings: RegistrySettings,
    transport: Transport,
}

impl RegistryImages {
    /// # Errors
    /// A certificate file that cannot be read.
    pub fn new(settings: RegistrySettings) -> PortResult<Self> {
        Ok(Self { transport: Transport::new(settings.clone())?, settings })
    }
}

#[async_trait]
impl ImageCatalog for RegistryImages {
    async fn resolve(&self, reference: &ImageRef, _: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        for endpoint in endpoints(reference.registry(), &self.settings) {
            let object = Object::Manifest(reference.tag().unwrap_or_default());
            self.transport.get(&endpoint, Get { repository: reference.repository(), object, accept: &[], limit: 1, credentials }).await?;
        }
        Err(PortError::new(Kind::Unavailable, "not connected"))
    }

    async fn distribution(&self, _: &ImageRef, _: Option<&Credentials>) -> PortResult<Distribution> {
        Err(PortError::new(Kind::Unavailable, "not connected"))
    }

    async fn login(&self, registry: &str, credentials: &Credentials) -> PortResult<()> {
        match endpoints(registry, &self.settings).last() {
            Some(own) => self.transport.login(own, credentials).await,
            None => Ok(()),
        }
    }
}
