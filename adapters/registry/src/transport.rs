//! One request to a registry, within limits.
//!
//! The client of `oci_distribution` is not used: it reads answers of any length, does not tell how long a registry asks to wait, and shows
//! credentials to whoever a registry names.

mod auth;
mod challenge;
mod clients;
mod failure;
mod realm;
mod recent;
mod refusal;
mod retry;
mod secrets;
mod send;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Credentials;
use ports::{Kind, PortError, PortResult};
use reqwest::{Response, StatusCode, Url};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use self::auth::{Entry, Passes};
use self::clients::Clients;
use self::failure::{Failure, Next};
use self::recent::Recent;
use self::send::{LONG_AT_A_TIME, Request, Turn, address, media_type, read, same_origin, send};
use crate::endpoint::{Endpoint, mirrored};
use crate::settings::RegistrySettings;

/// For how long it is known whether an insecure registry speaks TLS.
const SCHEME: Duration = Duration::from_secs(300);

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

/// An answer. While it is held, fewer others can be long.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The media type it is said to have, without parameters; empty if nothing is said.
    pub(crate) media_type: String,
    /// The whole body.
    pub(crate) body: Bytes,
    /// Its turn, if it is long.
    pub(crate) _turn: Turn,
}

/// Connections to registries, with their tokens.
pub(crate) struct Transport {
    settings: Arc<RegistrySettings>,
    clients: Clients,
    passes: Passes,
    /// Where insecure registries answered.
    bases: Recent<String, Url>,
    /// The turns of long answers.
    turns: Arc<Semaphore>,
}

/// What is asked for, below the registry's address.
#[derive(Clone, Copy)]
struct Question<'a> {
    /// The repository and what of it; `None` is whether one gets in.
    object: Option<(&'a str, Object<'a>)>,
    accept: &'a str,
    limit: usize,
    credentials: Option<&'a Credentials>,
}

impl Transport {
    /// # Errors
    /// A certificate file that cannot be read, a mirror that is no address.
    pub(crate) fn new(settings: RegistrySettings) -> PortResult<Self> {
        for mirror in &settings.mirrors {
            mirrored(mirror, &settings)?;
        }
        let settings = Arc::new(settings);
        let clients = Clients::new(Arc::clone(&settings))?;
        let turns = Arc::new(Semaphore::new(LONG_AT_A_TIME));
        Ok(Self { clients, passes: Passes::new(Arc::clone(&settings), Arc::clone(&turns)), settings, bases: Recent::new(), turns })
    }

    /// Gets something from one endpoint: follows its challenge and its redirects, and asks again when told to wait.
    ///
    /// The text of a refusal begins with the registry's code as Docker writes it: `manifest unknown: …`, `denied: …`.
    ///
    /// # Errors
    /// As [`ports::ImageCatalog`] says.
    pub(crate) async fn get(&self, endpoint: &Endpoint, get: Get<'_>) -> PortResult<Fetched> {
        let object = Some((get.repository, get.object));
        let accept = get.accept.join(", ");
        self.ask(endpoint, Question { object, accept: &accept, limit: get.limit, credentials: get.credentials }).await
    }

    /// Tries credentials at one endpoint.
    ///
    /// # Errors
    /// As [`ports::ImageCatalog`] says.
    pub(crate) async fn login(&self, endpoint: &Endpoint, credentials: &Credentials) -> PortResult<()> {
        // What the answer is does not matter, as long as it is one.
        self.ask(endpoint, Question { object: None, accept: "", limit: 64 << 10, credentials: Some(credentials) }).await.map(|_| ())
    }

    /// Asks until there is an answer, it makes no sense to ask again, or it took too long.
    async fn ask(&self, endpoint: &Endpoint, question: Question<'_>) -> PortResult<Fetched> {
        let deadline = Instant::now() + self.settings.timeout;
        let answered = timeout_at(deadline, async {
            let mut failed = 0;
            loop {
                let Failure { mut error, next } = match self.attempt(endpoint, question).await {
                    Ok(fetched) => return Ok(fetched),
                    Err(failure) => failure,
                };
                let pause = match next {
                    Next::Again => retry::pause(failed),
                    Next::After(told) => told,
                    Next::GiveUp | Next::WithoutTls => return Err(error),
                };
                if failed == retry::AGAIN {
                    return Err(error);
                }
                if pause >= deadline.saturating_duration_since(Instant::now()) {
                    error.context.push_str(&format!(" (asked to wait {} s, which is too long)", pause.as_secs()));
                    return Err(error);
                }
                tracing::debug!(registry = endpoint.url, %error, ?pause, "asking a registry again");
                tokio::time::sleep(pause).await;
                failed += 1;
            }
        });
        answered.await.unwrap_or_else(|_| {
            let text = format!("Get \"{}/v2/\": context deadline exceeded", endpoint.url);
            Err(PortError::new(Kind::Timeout, text))
        })
    }

    /// Asks once, wherever the endpoint answers.
    async fn attempt(&self, endpoint: &Endpoint, question: Question<'_>) -> Result<Fetched, Failure> {
        let https = address(&endpoint.url)?;
        if !endpoint.insecure || endpoint.mirror {
            return self.exchange(endpoint, https, question).await;
        }
        if let Some(base) = self.bases.get(&endpoint.url) {
            return self.exchange(endpoint, base, question).await;
        }
        match self.exchange(endpoint, https, question).await {
            Err(failure) if failure.next == Next::WithoutTls => {
                self.exchange(endpoint, address(&endpoint.url.replacen("https://", "http://", 1))?, question).await
            }
            answered => answered,
        }
    }

    /// One request, and a second one if there is a challenge. Nobody is told what opened the registry, even if that says it.
    async fn exchange(&self, endpoint: &Endpoint, base: Url, question: Question<'_>) -> Result<Fetched, Failure> {
        let credentials = if endpoint.mirror { endpoint.credentials.as_ref() } else { question.credentials };
        let repository = question.object.map(|(repository, _)| repository.to_owned());
        let entry = Entry { base, repository, credentials: credentials.cloned() };
        self.converse(endpoint, &entry, question).await.map_err(|mut failure| {
            secrets::hide(&mut failure.error.context, entry.credentials.as_ref(), self.passes.known(&entry).as_ref());
            failure
        })
    }

    async fn converse(&self, endpoint: &Endpoint, entry: &Entry, question: Question<'_>) -> Result<Fetched, Failure> {
        let ping = format!("{}/v2/", entry.base.as_str().trim_end_matches('/'));
        let url = place(&entry.base, question.object);
        // Whoever tries credentials wants to know whether they are right now.
        let known = question.object.and_then(|_| self.passes.known(entry));
        let insecure = entry.base.host_str().filter(|_| endpoint.insecure);
        let request = Request { url: &url, shown: &ping, accept: question.accept, authorization: known.as_ref(), insecure };
        let mut response = send(&self.clients, request).await?;
        if endpoint.insecure && !endpoint.mirror {
            self.bases.insert(endpoint.url.clone(), entry.base.clone(), SCHEME);
        }
        if is_challenge(&response, &entry.base) {
            self.passes.forget(entry);
            let pass = self.passes.get(&self.clients, entry, endpoint.insecure, response).await;
            let pass = pass.map_err(|failure| named(failure, &ping, question))?;
            response = send(&self.clients, Request { authorization: Some(&pass), ..request }).await.map_err(Failure::settled)?;
        }
        let media_type = media_type(&response);
        let (body, turn) = read(response, question.limit, &self.turns).await.map_err(|failure| named(failure, &ping, question))?;
        Ok(Fetched { media_type, body, _turn: turn })
    }
}

/// Whether it is the registry that wants to see something: whoever a request was sent on to gets nothing.
fn is_challenge(response: &Response, base: &Url) -> bool {
    response.status() == StatusCode::UNAUTHORIZED && same_origin(response.url(), base)
}

/// The address of an object, whatever its name is.
fn place(base: &Url, object: Option<(&str, Object<'_>)>) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("v2");
        match object {
            None => path.push(""),
            Some((repository, Object::Manifest(name))) => path.extend(repository.split('/')).push("manifests").push(name),
            Some((repository, Object::Blob(digest))) => path.extend(repository.split('/')).push("blobs").push(digest),
        };
    }
    url
}

/// Where credentials are tried, a refusal names the place, as dockerd's does.
fn named(mut failure: Failure, ping: &str, question: Question<'_>) -> Failure {
    if question.object.is_none() && failure.error.kind == Kind::Unauthorized && !failure.error.context.starts_with("Get ") {
        failure.error.context = format!("Get \"{ping}\": {}", failure.error.context);
    }
    failure
}

#[cfg(test)]
mod tests;
