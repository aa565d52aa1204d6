//! What a handler knows about its request.

use std::ops::Range;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use domain::Filters;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, Method, header};
use ports::Engine;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::error::ApiError;
use crate::query::Query;
use crate::version::ApiVersion;

/// The body of a request as it arrives.
pub(crate) type Body = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>;

/// A request that has found its handler.
pub(crate) struct Ctx {
    /// The server.
    pub(crate) api: Api,
    /// The method.
    pub(crate) method: Method,
    /// The version of the API the client speaks.
    pub(crate) version: ApiVersion,
    /// The query.
    pub(crate) query: Query,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Body,
    /// The path without the version, decoded.
    pub(crate) path: String,
    /// Where in the path the variable parts of the route's pattern are.
    pub(crate) params: Vec<Range<usize>>,
}

impl Ctx {
    /// What the request is put to.
    pub(crate) fn engine(&self) -> &Engine {
        &self.api.engine
    }

    /// The object the request is about: the first variable part of the path, decoded; empty if the pattern has none.
    pub(crate) fn name(&self) -> &str {
        self.params.first().map_or("", |range| &self.path[range.clone()])
    }

    /// The query's `filters`.
    ///
    /// # Errors
    /// 400 if they cannot be read.
    pub(crate) fn filters(&self) -> Result<Filters, ApiError> {
        self.query.filters()
    }

    /// The body, which must be there, as JSON; `null` is the default value, as in Go.
    ///
    /// # Errors
    /// 400 for another content type, no body, and what is not such JSON; 413 for too much of it.
    pub(crate) async fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T, ApiError> {
        let body = self.read_json_body().await?;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(ApiError::invalid("invalid JSON: got EOF while reading request body"));
        }
        decode(&body)
    }

    /// The body as JSON; without a body it is the default value (moby `httputils.ReadJSON`).
    ///
    /// # Errors
    /// 400 for another content type and what is not such JSON; 413 for too much of it.
    pub(crate) async fn json_or_default<T: DeserializeOwned + Default>(&mut self) -> Result<T, ApiError> {
        let body = self.read_json_body().await?;
        if body.is_empty() { Ok(T::default()) } else { decode(&body) }
    }

    async fn read_json_body(&mut self) -> Result<Bytes, ApiError> {
        let body = self.read_body().await?;
        match self.headers.get(header::CONTENT_TYPE) {
            None if body.is_empty() => {}
            content_type => check_json(content_type.map_or("", |value| value.to_str().unwrap_or("?")))?,
        }
        Ok(body)
    }

    /// All of the body, up to the limit.
    pub(crate) async fn read_body(&mut self) -> Result<Bytes, ApiError> {
        let limit = self.api.settings.max_body;
        let announced = self.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(ApiError::too_large(limit));
        }
        let Some(first) = self.next_chunk().await? else { return Ok(Bytes::new()) };
        let mut whole = BytesMut::from(first);
        while let Some(chunk) = self.next_chunk().await? {
            if whole.len() + chunk.len() > limit {
                return Err(ApiError::too_large(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        if whole.len() > limit { Err(ApiError::too_large(limit)) } else { Ok(whole.freeze()) }
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        let chunk = self.body.next().await.transpose();
        chunk.map_err(|error| ApiError::invalid(format!("the request body could not be read: {error}")))
    }
}

fn decode<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, ApiError> {
    // serde would read a list as the fields of a struct in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::invalid("invalid JSON: expected an object, found an array"));
    }
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Option<T>>();
    let value = match values.next() {
        None => return Err(ApiError::invalid("invalid JSON: got EOF while reading request body")),
        Some(Ok(value)) => value.unwrap_or_default(),
        Some(Err(error)) if error.is_eof() => return Err(ApiError::invalid("invalid JSON: unexpected EOF")),
        Some(Err(error)) => return Err(ApiError::invalid(format!("invalid JSON: {error}"))),
    };
    if body[values.byte_offset()..].iter().all(u8::is_ascii_whitespace) {
        Ok(value)
    } else {
        Err(ApiError::invalid("unexpected content after JSON"))
    }
}

/// Refuses a body that is not declared as JSON (moby `httputils.matchesContentType`).
fn check_json(content_type: &str) -> Result<(), ApiError> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.is_empty() {
        return Err(ApiError::invalid(format!("malformed Content-Type header ({content_type}): mime: no media type")));
    }
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::invalid(format!("unsupported Content-Type header ({content_type}): must be 'application/json'")))
}
