//! Credentials of the server's own docker configuration.

use async_trait::async_trait;
use domain::Credentials;
use ports::{Keychain, PortResult};

/// The docker configuration of whoever runs the server (`$DOCKER_CONFIG` or `~/.docker`), with its credential helpers.
#[derive(Debug, Default)]
pub struct DockerConfig;

#[async_trait]
impl Keychain for DockerConfig {
    async fn credentials(&self, _: &str) -> PortResult<Option<Credentials>> {
        Ok(None)
    }
}
