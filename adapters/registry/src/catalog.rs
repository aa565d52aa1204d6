//! The catalogue that asks registries.

mod cache;
mod failure;
mod lookup;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Credentials, Distribution, Image, ImageRef, Platform};
use moka::future::Cache;
use ports::{ImageCatalog, Kind, PortError, PortResult};
use tokio::time::Instant;

use crate::endpoint::{Endpoint, endpoints};
use crate::settings::RegistrySettings;
use crate::transport::Transport;
use cache::{Answers, Question};
use failure::Failures;
use lookup::Lookup;

/// For how long a mirror that cannot be reached is asked last.
const MIRROR_PAUSE: Duration = Duration::from_secs(30);

/// Of how many mirrors that is remembered.
const MOST_MIRRORS: u64 = 64;

/// Knows images by asking their registries.
pub struct RegistryImages {
    settings: RegistrySettings,
    transport: Transport,
    answers: Answers,
    /// Addresses of mirrors that could not be reached lately.
    silent: Cache<String, ()>,
}

impl RegistryImages {
    /// # Errors
    /// A certificate file that cannot be read.
    pub fn new(settings: RegistrySettings) -> PortResult<Self> {
        Ok(Self {
            transport: Transport::new(settings.clone())?,
            answers: Answers::new(settings.tag_life),
            silent: Cache::builder().max_capacity(MOST_MIRRORS).time_to_live(MIRROR_PAUSE).build(),
            settings,
        })
    }

    /// Asks one place after the other until one knows. Each may take its share of the time that is left, so that the last is asked, too.
    async fn ask<T, F>(&self, reference: &ImageRef, patience: Duration, ask: impl Fn(Endpoint) -> F) -> PortResult<T>
    where
        F: Future<Output = PortResult<T>>,
    {
        let deadline = Instant::now() + patience;
        let mut endpoints = endpoints(reference.registry(), &self.settings);
        endpoints.sort_by_key(|endpoint| self.silent.contains_key(&endpoint.url));
        let mut failures = Failures::default();
        for (endpoint, places) in endpoints.iter().zip((1..=endpoints.len()).rev()) {
            let share = deadline.saturating_duration_since(Instant::now()).div_f64(places as f64);
            let asked = tokio::time::timeout(share, ask(endpoint.clone())).await;
            let asked = asked.unwrap_or_else(|_| Err(too_slow(reference, endpoint, share)));
            match asked {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.note(endpoint, reference, &error).await;
                    failures.add(error, endpoint.mirror);
                }
            }
        }
        Err(failures.verdict())
    }

    /// What the name stands for, if that is known or can be found out in time.
    async fn find(
        &self,
        reference: &ImageRef,
        platform: &Platform,
        credentials: Option<&Credentials>,
        question: Question,
        patience: Duration,
    ) -> PortResult<Arc<Image>> {
        if let Some(digest) = reference.digest()
            && let Some(image) = self.answers.image(&question, digest).await
        {
            return Ok(image);
        }
        let ask = self.ask(reference, patience, |endpoint| async {
            let lookup = Lookup { transport: &self.transport, endpoint, reference, credentials };
            lookup.image(platform, &question, &self.answers).await
        });
        self.answers.get_or_ask(&question, ask).await
    }

    async fn note(&self, endpoint: &Endpoint, reference: &ImageRef, error: &PortError) {
        if !endpoint.mirror {
            return;
        }
        let (mirror, image) = (&endpoint.url, reference.familiar());
        if !matches!(error.kind, Kind::Unavailable | Kind::Timeout) {
            tracing::debug!(mirror, image, %error, "a mirror does not help; asking the next place");
        } else if !self.silent.contains_key(mirror) {
            // What is told of the image is what the registry itself says.
            tracing::warn!(mirror, image, %error, "a mirror cannot be asked; for a while it is asked last");
            self.silent.insert(mirror.clone(), ()).await;
        }
    }
}

fn too_slow(reference: &ImageRef, endpoint: &Endpoint, waited: Duration) -> PortError {
    let (place, name) = (&endpoint.url, reference.familiar());
    PortError::new(Kind::Timeout, format!("{place} did not tell what {name} is within {} s", waited.as_secs_f32()))
}

#[async_trait]
impl ImageCatalog for RegistryImages {
    async fn resolve(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        let question = Question::new(reference, platform, credentials);
        self.find(reference, platform, credentials, question, self.settings.timeout).await
    }

    async fn resolve_soon(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        let question = Question::new(reference, platform, credentials).hasty();
        self.find(reference, platform, credentials, question, self.settings.timeout.min(self.settings.connect_timeout)).await
    }

    async fn distribution(&self, reference: &ImageRef, credentials: Option<&Credentials>) -> PortResult<Distribution> {
        let ask = self.ask(reference, self.settings.timeout, |endpoint| async {
            Lookup { transport: &self.transport, endpoint, reference, credentials }.distribution().await
        });
        Box::pin(ask).await
    }

    async fn login(&self, registry: &str, credentials: &Credentials) -> PortResult<()> {
        match endpoints(registry, &self.settings).last() {
            Some(own) => self.transport.login(own, credentials).await,
            None => Ok(()),
        }
    }
}
