//! Responses.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use warp::Reply;

/// What a handler answers with.
pub(crate) type Response = warp::reply::Response;

/// JSON.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `body` as JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    with_body(status, JSON, json_line(body))
}

/// `value` as one line of JSON, with the line end that Go's encoder leaves.
pub(crate) fn json_line<T: Serialize>(value: &T) -> Bytes {
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, value).expect("invariant: our own types can be written as JSON");
    bytes.push(b'\n');
    bytes.into()
}

/// No body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new().into());
    *response.status_mut() = status;
    response
}

/// A body that is complete.
pub(crate) fn with_body(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// A body that is sent as it comes, in chunks; dropped when the client goes away.
pub(crate) fn stream(content_type: HeaderValue, body: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = SyncStream(Mutex::new(Box::pin(body)));
    let mut response = warp::reply::stream(body.map(Ok::<_, Infallible>)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// Makes a stream `Sync`, which warp asks for although nobody polls it from two places: the lock is never taken.
struct SyncStream<S>(Mutex<Pin<Box<S>>>);

impl<S: Stream> Stream for SyncStream<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        match self.0.get_mut() {
            Ok(stream) => stream.as_mut().poll_next(cx),
            Err(poisoned) => poisoned.into_inner().as_mut().poll_next(cx),
        }
    }
}
