//! What has been found out, for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Credentials, Image, ImageRef, Platform};
use moka::Expiry;
use moka::future::Cache;
use ports::{Kind, PortError, PortResult};
use sha2::{Digest, Sha256};

/// How much memory images may take, about: by their names, and as much again by their digests, though most are the same.
const MOST_BYTES: u64 = 4 << 20;

/// What the smallest image is taken to weigh: at most 256 are kept.
const LEAST_BYTES: usize = 16 << 10;

/// For how long an image is kept by its digest. It cannot change, but what may no longer be read is forgotten, too.
const IMAGE_LIFE: Duration = Duration::from_hours(1);

/// For how long at most it is remembered that a registry could not tell.
const FAILURE_LIFE: Duration = Duration::from_secs(3);

/// For how long whoever pulls shares what somebody else has just been told. A pull is to find what was pushed a moment ago, but many at once
/// are to ask once.
const CROWD: Duration = Duration::from_secs(1);

/// What is asked: which image a name of a repository stands for, on a platform, for whoever has these credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    registry: String,
    repository: String,
    /// A tag or a digest.
    name: String,
    platform: Platform,
    /// The digest of the credentials, so that no secret is kept here.
    credentials: Option<[u8; 32]>,
    /// Whether whoever asks waits for a short time only. Those who have more do not share their failures.
    hasty: bool,
}

impl Question {
    pub(super) fn new(reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> Self {
        Self {
            registry: reference.registry().to_owned(),
            repository: reference.repository().to_owned(),
            name: reference.digest().or(reference.tag()).unwrap_or_default().to_owned(),
            platform: platform.clone(),
            credentials: credentials.map(fingerprint),
            hasty: false,
        }
    }

    /// The same, for an answer that is given soon.
    pub(super) fn hasty(self) -> Self {
        Self { hasty: true, ..self }
    }

    /// The same of a digest, whoever asks.
    fn of(&self, digest: &str) -> Self {
        Self { name: digest.to_owned(), hasty: false, ..self.clone() }
    }

    /// The same, of those who wait as long as it takes.
    fn unhurried(&self) -> Self {
        Self { hasty: false, ..self.clone() }
    }
}

fn fingerprint(credentials: &Credentials) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let parts = match credentials {
        Credentials::Password { username, password } => ["password", username, password],
        Credentials::Token(token) => ["token", token, ""],
    };
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[derive(Clone)]
enum Answer {
    Image(Arc<Image>),
    /// The registry could not tell, and whoever asks next need not wait for that again.
    Failure(Arc<PortError>),
}

/// What has been found out. Whoever asks what somebody is asking already shares the answer.
pub(super) struct Answers {
    by_name: Cache<Question, Answer>,
    by_digest: Cache<Question, Arc<Image>>,
}

impl Answers {
    /// `tag_life` is for how long a name means what it did.
    pub(super) fn new(tag_life: Duration) -> Self {
        let weigh = |answer: &Answer| match answer {
            Answer::Image(image) => weight(image),
            Answer::Failure(error) => size_of::<PortError>() + error.context.len(),
        };
        Self {
            by_name: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(move |_, answer| u32::try_from(weigh(answer)).unwrap_or(u32::MAX))
                .expire_after(Life(tag_life))
                .build(),
            by_digest: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(|_, image: &Arc<Image>| u32::try_from(weight(image)).unwrap_or(u32::MAX))
                .time_to_live(IMAGE_LIFE)
                .build(),
        }
    }

    /// The image of a digest, if it is known already.
    pub(super) async fn image(&self, question: &Question, digest: &str) -> Option<Arc<Image>> {
        self.by_digest.get(&question.of(digest)).await
    }

    /// What is known, or else what `ask` finds out. If whoever asks gives up, the next one that waits asks in its place.
    pub(super) async fn get_or_ask(
        &self,
        question: &Question,
        ask: impl Future<Output = PortResult<Arc<Image>>>,
    ) -> PortResult<Arc<Image>> {
        if question.hasty
            && let Some(Answer::Image(image)) = self.by_name.get(&question.unhurried()).await
        {
            return Ok(image);
        }
        let outcome = async {
            match ask.await {
                Ok(image) => {
                    if let Some(digest) = image.digest() {
                        self.by_digest.insert(question.of(digest), image.clone()).await;
                    }
                    if question.hasty {
                        // Clients look at an image, miss it and pull it in one breath.
                        self.by_name.insert(question.unhurried(), Answer::Image(image.clone())).await;
                    }
                    Ok(Answer::Image(image))
                }
                Err(error) => {
                    tracing::debug!(%error, cause = ?error.source, "no image");
                    match error.kind {
                        Kind::Unavailable | Kind::Timeout => Ok(Answer::Failure(Arc::new(error))),
                        _ => Err(error),
                    }
                }
            }
        };
        match self.by_name.try_get_with_by_ref(question, Box::pin(outcome)).await {
            Ok(Answer::Image(image)) => Ok(image),
            Ok(Answer::Failure(error)) | Err(error) => Err(PortError::new(error.kind, error.context.clone())),
        }
    }
}

struct Life(Duration);

impl Expiry<Question, Answer> for Life {
    fn expire_after_create(&self, question: &Question, answer: &Answer, _: Instant) -> Option<Duration> {
        Some(match answer {
            _ if !question.hasty => self.0.min(CROWD),
            Answer::Image(_) => self.0,
            Answer::Failure(_) => self.0.min(FAILURE_LIFE),
        })
    }
}

/// What an image weighs here.
fn weight(image: &Image) -> usize {
    image.weight().max(LEAST_BYTES)
}

#[cfg(test)]
mod tests;
