//! Getting in: what a challenge asks for.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Credentials;
use ports::Kind;
use reqwest::header::HeaderValue;
use reqwest::{Response, Url};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::challenge::{Challenge, challenges};
use super::clients::Clients;
use super::failure::{Failure, shown};
use super::realm::may_see;
use super::recent::Recent;
use super::send::{Request, drain, read, refused, send};
use crate::settings::RegistrySettings;

/// The most that is read of a server of tokens.
const ANSWER: usize = 256 << 10;

/// How long a token lives that does not say so, and the longest that one is kept (distribution, token specification).
const LIVES: (u64, u64) = (60, 3600);

/// A token is not used in the last seconds of its life: the request may take as long.
const EARLY: u64 = 10;

/// For how long it is known that a name and a password are asked for.
const BASIC: Duration = Duration::from_secs(300);

/// Who wants in, and where.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// The registry, by the scheme it is spoken to in.
    pub(super) base: Url,
    /// The repository; `None` is the registry itself.
    pub(super) repository: Option<String>,
    /// What is to open it.
    pub(super) credentials: Option<Credentials>,
}

/// What a server of tokens answers.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    #[serde(default)]
    expires_in: serde_json::Value,
}

/// What opened registries lately.
pub(super) struct Passes {
    settings: Arc<RegistrySettings>,
    turns: Arc<Semaphore>,
    kept: Recent<Entry, HeaderValue>,
}

impl Passes {
    pub(super) fn new(settings: Arc<RegistrySettings>, turns: Arc<Semaphore>) -> Self {
        Self { settings, turns, kept: Recent::new() }
    }

    /// What got in lately.
    pub(super) fn known(&self, entry: &Entry) -> Option<HeaderValue> {
        self.kept.get(entry)
    }

    /// Forgets what does not get in any more.
    pub(super) fn forget(&self, entry: &Entry) {
        self.kept.remove(entry);
    }

    /// Gets what the challenge in `response` asks for.
    pub(super) async fn get(&self, clients: &Clients, entry: &Entry, insecure: bool, response: Response) -> Result<HeaderValue, Failure> {
        let challenges = challenges(response.headers());
        let bearer = challenges.iter().find(|challenge| challenge.is("Bearer"));
        let takes_password = challenges.iter().any(|challenge| challenge.is("Basic"));
        let (pass, life) = match (&entry.credentials, bearer) {
            (Some(Credentials::Token(token)), Some(_)) => (header("Bearer", token)?, BASIC),
            (_, Some(bearer)) => {
                drain(response).await;
                self.token(clients, entry, insecure, bearer).await.map_err(Failure::settled)?
            }
            (Some(Credentials::Password { username, password }), None) if takes_password => {
                drain(response).await;
                (basic(username, password)?, BASIC)
            }
            (None, None) if takes_password => {
                return Err(refused_as(format!("Get \"{}\": no basic auth credentials", shown(response.url()))));
            }
            _ => return Err(refused(response).await),
        };
        if !life.is_zero() {
            self.kept.insert(entry.clone(), pass.clone(), life);
        }
        Ok(pass)
    }

    /// Asks for a token, and how long it lives.
    async fn token(
        &self,
        clients: &Clients,
        entry: &Entry,
        insecure: bool,
        challenge: &Challenge,
    ) -> Result<(HeaderValue, Duration), Failure> {
        let mut realm = self.realm(entry, challenge)?;
        let named = shown(&realm);
        if let Some(service) = challenge.parameter("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        if let Some(repository) = &entry.repository {
            realm.query_pairs_mut().append_pair("scope", &format!("repository:{repository}:pull"));
        }
        let password = match &entry.credentials {
            Some(Credentials::Password { username, password }) => Some(basic(username, password)?),
            _ => None,
        };
        let host = entry.base.host_str().filter(|_| insecure);
        let request = Request { url: &realm, shown: &named, accept: "application/json", authorization: password.as_ref(), insecure: host };
        let (body, _) = read(send(clients, request).await?, ANSWER, &self.turns).await?;
        let nonsense = |why: &str| Failure::lasting(Kind::Internal, format!("Get \"{named}\": {why}"));
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| nonsense("the answer is no token"))?;
        let token = answer.token.filter(|token| !token.is_empty()).or(answer.access_token).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| nonsense("authorization server did not include a token in the response"))?;
        let lives = answer.expires_in.as_u64().unwrap_or(LIVES.0).min(LIVES.1);
        Ok((header("Bearer", &token)?, Duration::from_secs(lives.saturating_sub(EARLY))))
    }

    /// Where a token is asked for, if that is a place to show the credentials to.
    fn realm(&self, entry: &Entry, challenge: &Challenge) -> Result<Url, Failure> {
        let realm = challenge.parameter("realm").unwrap_or_default();
        let realm = Url::parse(realm).ok().filter(|realm| matches!(realm.scheme(), "http" | "https") && realm.has_host());
        let Some(mut realm) = realm else {
            return Err(refused_as("unauthorized: the registry does not say where tokens for it are given".to_owned()));
        };
        realm.set_fragment(None);
        // They would be sent as what opens the registry.
        let _ = realm.set_username("");
        let _ = realm.set_password(None);
        if realm.scheme() == "http" && entry.base.scheme() == "https" {
            return Err(refused_as(format!("unauthorized: tokens are given at {}, which is not encrypted", shown(&realm))));
        }
        if entry.credentials.is_some() && !may_see(&entry.base, &realm, &self.settings.token_hosts) {
            let (host, registry) = (realm.host_str().unwrap_or_default(), entry.base.host_str().unwrap_or_default());
            return Err(refused_as(format!(
                "unauthorized: tokens are given at {}, which is not shown credentials for {registry} unless registry.token-hosts names {host}",
                shown(&realm)
            )));
        }
        Ok(realm)
    }
}

/// A name and a password as a request carries them (RFC 7617).
fn basic(username: &str, password: &str) -> Result<HeaderValue, Failure> {
    header("Basic", &STANDARD.encode(format!("{username}:{password}")))
}

/// What a request carries, marked as secret.
fn header(scheme: &str, secret: &str) -> Result<HeaderValue, Failure> {
    let value = HeaderValue::try_from(format!("{scheme} {secret}"));
    let mut value = value.map_err(|_| Failure::lasting(Kind::Internal, "the token cannot be sent: it has characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn refused_as(text: String) -> Failure {
    Failure::lasting(Kind::Unauthorized, text)
}
