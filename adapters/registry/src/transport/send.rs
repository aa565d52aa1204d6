//! One request and where it is sent on to.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ports::{Kind, PortResult};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::clients::Clients;
use super::failure::{Failure, Next, shown, tidy};
use super::refusal::refusal;

/// How often a request may be sent on.
const REDIRECTS: usize = 5;

/// The most that is read of an answer that is a failure.
const FAILURE: usize = 64 << 10;

/// An answer of more bytes than this is a long one.
pub(super) const LONG: usize = 256 << 10;

/// How many long answers are held at a time: what honest images say of themselves is short, and is never made to wait.
pub(super) const LONG_AT_A_TIME: usize = 4;

/// The turn of a long answer.
pub(super) type Turn = Option<OwnedSemaphorePermit>;

/// A request.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) url: &'a Url,
    /// How the address is shown where nothing answers.
    pub(super) shown: &'a str,
    /// The media types that can be read; empty is any.
    pub(super) accept: &'a str,
    /// What it is to carry; only its own host sees it.
    pub(super) authorization: Option<&'a HeaderValue>,
    /// The host whose certificate is not checked.
    pub(super) insecure: Option<&'a str>,
}

/// Sends a request and follows where it is sent on to, which is never from `https` to `http`.
///
/// Followed here, not by the client: each host is connected to as its own address demands.
pub(super) async fn send(clients: &Clients, request: Request<'_>) -> Result<Response, Failure> {
    let mut response = hop(clients, request, request.url).await?;
    let mut authorization = request.authorization;
    for _ in 0..REDIRECTS {
        let Some(target) = target(&response)? else { return Ok(response) };
        if !same_origin(&target, response.url()) {
            // And does not get it back by being sent back.
            authorization = None;
        }
        drain(response).await;
        let next = Request { shown: &shown(&target), authorization, ..request };
        response = hop(clients, next, &target).await.map_err(Failure::settled)?;
    }
    match target(&response)? {
        None => Ok(response),
        Some(_) => Err(nonsense(request.url, &format!("stopped after {REDIRECTS} redirects"))),
    }
}

async fn hop(clients: &Clients, request: Request<'_>, url: &Url) -> Result<Response, Failure> {
    let mut builder = clients.to(url, request.insecure).await?.get(url.clone());
    if !request.accept.is_empty() {
        builder = builder.header(ACCEPT, request.accept);
    }
    if let Some(authorization) = request.authorization {
        builder = builder.header(AUTHORIZATION, authorization);
    }
    builder.send().await.map_err(|error| Failure::no_answer(request.shown, url, &error))
}

/// Where an answer sends the request on to.
fn target(response: &Response) -> Result<Option<Url>, Failure> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let from = response.url();
    let location = location.to_str().ok().and_then(|location| from.join(location).ok());
    let Some(mut target) = location.filter(|target| matches!(target.scheme(), "http" | "https") && target.has_host()) else {
        return Err(nonsense(from, "redirected to what is no address"));
    };
    if from.scheme() == "https" && target.scheme() == "http" {
        return Err(nonsense(from, &format!("redirected to {}, which is not encrypted", shown(&target))));
    }
    // A name and a password would be sent along.
    if target.set_username("").is_err() || target.set_password(None).is_err() {
        return Err(nonsense(from, "redirected to what is no address"));
    }
    Ok(Some(target))
}

/// Whether two addresses are served by the same process.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Reads a whole answer of at most `limit` bytes. What is no success is a failure.
///
/// A long one waits for its turn, which goes with the answer.
pub(super) async fn read(mut response: Response, limit: usize, turns: &Arc<Semaphore>) -> Result<(Bytes, Turn), Failure> {
    if response.status() != StatusCode::OK {
        return Err(refused(response).await);
    }
    let url = response.url().clone();
    let too_long = || nonsense(&url, &format!("the answer is longer than {limit} bytes"));
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_long());
    }
    let (mut body, mut turn) = (BytesMut::new(), None);
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::no_end(&url, &error))? {
        if body.len() + chunk.len() > limit {
            return Err(too_long());
        }
        if body.len() + chunk.len() > LONG && turn.is_none() {
            turn = Some(Arc::clone(turns).acquire_owned().await.expect("invariant: it is never closed"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), turn))
}

/// Makes a failure of an answer.
pub(super) async fn refused(response: Response) -> Failure {
    let (status, headers) = (response.status(), response.headers().clone());
    refusal(status, &headers, &drain(response).await)
}

/// Reads what there is of an answer of which little is expected, so that its connection can be used again.
pub(super) async fn drain(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < FAILURE {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(FAILURE - body.len())]);
    }
    body
}

/// The media type of an answer, without parameters.
pub(super) fn media_type(response: &Response) -> String {
    let header = response.headers().get(reqwest::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    tidy(header.unwrap_or_default().split(';').next().unwrap_or_default()).to_ascii_lowercase()
}

/// The address that `text` is.
pub(super) fn address(text: &str) -> PortResult<Url> {
    // Whoever logs in names any address.
    let url = Url::parse(text).ok().filter(|_| !text.contains(['?', '#', '\\'])).filter(|url| url.has_host() && url.username().is_empty());
    url.ok_or_else(|| ports::PortError::new(Kind::Invalid, format!("\"{}\" is not the address of a registry", tidy(text))))
}

/// An answer that makes no sense.
fn nonsense(url: &Url, why: &str) -> Failure {
    Failure::lasting(Kind::Internal, format!("Get \"{}\": {why}", shown(url)))
}

impl Failure {
    /// The same, where no other scheme is to be tried.
    pub(super) fn settled(self) -> Self {
        let next = if self.next == Next::WithoutTls { Next::GiveUp } else { self.next };
        Self { next, ..self }
    }
}
