//! Requests that take their connection over, as Go's `http.Hijacker` does: after the head of the response both sides send raw bytes.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::io::Io;
use crate::mux::RAW_STREAM;
use crate::response::{self, Response};

/// A connection that no longer speaks HTTP.
pub(crate) struct Hijacked {
    /// The connection.
    pub(crate) io: Box<dyn Io>,
    /// What the client had sent already.
    pub(crate) early: Bytes,
}

/// What goes on on the connection.
pub(crate) type Session = Box<dyn FnOnce(Hijacked) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Marks a response whose connection is taken over once its head is sent.
#[derive(Clone)]
pub(crate) struct Hijack(Arc<Mutex<Option<Session>>>);

impl Hijack {
    /// The session, once.
    pub(crate) fn take(&self) -> Option<Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A response that takes the connection over: `101 UPGRADED` for a client that asked for an upgrade, `200 OK` for one that did not.
pub(crate) fn respond<F>(request: &HeaderMap, content_type: HeaderValue, session: impl FnOnce(Hijacked) -> F + Send + 'static) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = request.contains_key(header::UPGRADE);
    let mut response = response::empty(if upgrade { StatusCode::SWITCHING_PROTOCOLS } else { StatusCode::OK });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, if upgrade { content_type } else { RAW_STREAM });
    if upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("tcp"));
    }
    let session: Session = Box::new(move |hijacked| Box::pin(session(hijacked)));
    response.extensions_mut().insert(Hijack(Arc::new(Mutex::new(Some(session)))));
    response
}

/// The head of a response as bytes, with the reason phrase of Docker's daemon.
pub(crate) fn head(response: &Response) -> Bytes {
    let reason = match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => "UPGRADED",
        status => status.canonical_reason().unwrap_or_default(),
    };
    let mut head = BytesMut::with_capacity(512);
    head.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", response.status().as_u16()).as_bytes());
    for (name, value) in response.headers() {
        head.extend_from_slice(title_case(name).as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head.freeze()
}

fn title_case(name: &HeaderName) -> String {
    let mut upper = true;
    let cased = |c: char| {
        let cased = if upper { c.to_ascii_uppercase() } else { c };
        upper = c == '-';
        cased
    };
    name.as_str().chars().map(cased).collect()
}
