//! Credentials of the server's own docker configuration.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use domain::{Credentials, server_address};
use moka::future::Cache;
use ports::{Keychain, Kind, PortError, PortResult};
use tokio::sync::Semaphore;

/// For how long it is not asked again what opens a registry, and of how many registries that is kept.
const KEPT: (Duration, u64) = (Duration::from_secs(60), 64);

/// How long reading the file, or a credential helper, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many are read at a time: a helper that hangs holds a thread.
const AT_A_TIME: usize = 4;

/// The most bytes of the file.
const LIMIT: u64 = 1 << 20;

/// The docker configuration of whoever runs the server, with its credential helpers.
pub struct DockerConfig {
    file: PathBuf,
    patience: Duration,
    turns: Arc<Semaphore>,
    /// What was found, or why nothing was.
    kept: Cache<String, Result<Option<Credentials>, Arc<str>>>,
}

impl DockerConfig {
    /// The configuration in `directory` (`$DOCKER_CONFIG`, or `.docker` at home). It need not be there.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            file: directory.join("config.json"),
            patience: PATIENCE,
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            kept: Cache::builder().time_to_live(KEPT.0).max_capacity(KEPT.1).build(),
        }
    }

    async fn read(&self, registry: &str) -> Result<Option<Credentials>, Arc<str>> {
        let read = async {
            let turn = self.turns.clone().acquire_owned().await.expect("invariant: it is never closed");
            let (file, server) = (self.file.clone(), server_address(registry).to_owned());
            tokio::task::spawn_blocking(move || {
                let _turn = turn;
                credentials(&file, &server)
            })
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
        };
        let found = tokio::time::timeout(self.patience, read).await;
        let found = found.unwrap_or_else(|_| Err(format!("no answer within {:?}", self.patience)));
        found.map_err(|why| format!("{}: {why}", self.file.display()).into())
    }
}

#[async_trait]
impl Keychain for DockerConfig {
    async fn credentials(&self, registry: &str) -> PortResult<Option<Credentials>> {
        let found = self.kept.get_with_by_ref(registry, Box::pin(self.read(registry))).await;
        found.map_err(|why| PortError::new(Kind::Internal, why.as_ref()))
    }
}

/// What the file or its helper says about a server. A helper's own words are not repeated: nobody knows what is among them.
fn credentials(file: &Path, server: &str) -> Result<Option<Credentials>, String> {
    let content = match File::open(file) {
        Ok(content) => content.take(LIMIT),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    match get_credential_from_reader(content, server) {
        Ok(DockerCredential::UsernamePassword(username, password)) => Ok(Some(Credentials::Password { username, password })),
        Ok(DockerCredential::IdentityToken(_)) => {
            Err(format!("it has an identity token for {server}, and these are not supported; log in with a password or an access token"))
        }
        Err(CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound) => Ok(None),
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => Ok(None),
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => Err(format!("{helper} failed for {server}")),
        Err(error) => Err(format!("{server}: {error}")),
    }
}

#[cfg(test)]
mod tests;
