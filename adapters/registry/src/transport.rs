//! One request to a registry, within limits.

use bytes::Bytes;
use domain::Credentials;
use ports::{Kind, PortError, PortResult};

use crate::endpoint::Endpoint;
use crate::settings::RegistrySettings;

/// What is wanted from a repository.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Object<'a> {
    /// A manifest, by tag or digest.
    Manifest(&'a str),
    /// A blob, by digest.
    Blob(&'a str),
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Get<'a> {
    /// The repository, `library/redis`.
    pub(crate) repository: &'a str,
    /// What of it.
    pub(crate) object: Object<'a>,
    /// The media types that can be read; empty is any.
    pub(crate) accept: &'a [&'a str],
    /// The most bytes that are read; more is a failure.
    pub(crate) limit: usize,
    /// What opens the registry. Shown to nobody but its own host.
    pub(crate) credentials: Option<&'a Credentials>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// The media type it is said to have, without parameters; empty if nothing is said.
    pub(crate) media_type: String,
    /// The whole body.
    pub(crate) body: Bytes,
}

/// Connections to registries, with their tokens.
pub(crate) struct Transport {
    settings: RegistrySettings,
}

impl Transport {
    /// # Errors
    /// A certificate file that cannot be read.
    pub(crate) fn new(settings: RegistrySettings) -> PortResult<Self> {
        Ok(Self { settings })
    }

    /// Gets something from one endpoint: follows its challenge and its redirects, and asks again when told to wait.
    ///
    /// # Errors
    /// As [`ports::ImageCatalog`] says.
    pub(crate) async fn get(&self, endpoint: &Endpoint, get: Get<'_>) -> PortResult<Fetched> {
        let _ = (endpoint, get, &self.settings);
        Err(PortError::new(Kind::Unavailable, "not connected"))
    }

    /// Tries credentials at one endpoint.
    ///
    /// # Errors
    /// As [`ports::ImageCatalog`] says.
    pub(crate) async fn login(&self, endpoint: &Endpoint, credentials: &Credentials) -> PortResult<()> {
        let _ = (endpoint, credentials, &self.settings);
        Err(PortError::new(Kind::Unavailable, "not connected"))
    }
}
