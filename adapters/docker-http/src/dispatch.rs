//! From a request to its handler, and from the handler's answer to the response: what happens to every request alike.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use futures_util::{FutureExt, Stream, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tracing::Instrument;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::path::FullPath;

use crate::api::Api;
use crate::ctx::{Body, Ctx};
use crate::error::ApiError;
use crate::query::Query;
use crate::response::{self, Response};
use crate::router::{Found, Miss, Router, clean, decode, split_version, version_of};
use crate::version::{API_VERSION, ENGINE_VERSION};

/// The one filter: takes a request apart and gives it to the table of routes.
pub(crate) fn filter(router: Router, api: Api) -> BoxedFilter<(Response,)> {
    let shared = Arc::new(Shared { router, api, headers: common_headers() });
    warp::method()
        .and(warp::path::full())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream().map(body))
        .then(move |method, path: FullPath, query, headers, body| {
            let shared = shared.clone();
            async move { shared.answer(Parts { method, path, query, headers, body }).await }
        })
        .boxed()
}

fn body(stream: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static) -> Body {
    Box::pin(stream.map_ok(|mut piece| piece.copy_to_bytes(piece.remaining())))
}

/// A request taken apart.
struct Parts {
    method: Method,
    path: FullPath,
    query: String,
    headers: HeaderMap,
    body: Body,
}

struct Shared {
    router: Router,
    api: Api,
    headers: [(HeaderName, HeaderValue); 4],
}

impl Shared {
    async fn answer(&self, parts: Parts) -> Response {
        let began = Instant::now();
        let span = tracing::info_span!("request", method = %parts.method, path = parts.path.as_str(), route = tracing::field::Empty);
        async {
            let mut response = self.route(parts).await;
            for (name, value) in &self.headers {
                response.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            tracing::info!(status = response.status().as_u16(), micros = began.elapsed().as_micros(), "request");
            response
        }
        .instrument(span)
        .await
    }

    async fn route(&self, Parts { method, path, query, headers, body }: Parts) -> Response {
        let path = decode(path.as_str());
        if let Some(clean) = clean(&path) {
            return moved(&clean, &query);
        }
        let (version_text, path) = split_version(&path);
        let Found { route, params } = match self.router.find(&method, path) {
            Ok(found) => found,
            Err(Miss::Path) => return ApiError::not_found("page not found").into_response(),
            Err(Miss::Method(allowed)) => return not_allowed(&allowed),
        };
        tracing::Span::current().record("route", route.pattern());
        let version = version_of(version_text);
        if let Err(error) = version_text.map_or(Ok(()), |text| version.check(text)) {
            return error.into_response();
        }
        let query = match Query::parse(&query) {
            Ok(query) => query,
            Err(error) => return error.into_response(),
        };
        let changes = !matches!(method, Method::GET | Method::HEAD);
        let ctx = Ctx { api: self.api.clone(), method, version, query, headers, body, path: path.to_owned(), params };
        let answer = AssertUnwindSafe(route.call(ctx)).catch_unwind();
        // What changes something is not left half done when the client goes away.
        let answer = if changes {
            let cut = self.api.cut.clone();
            let task = async move { cut.run_until_cancelled(answer).await };
            match self.api.tasks.spawn(task.in_current_span()).await {
                Ok(Some(answer)) => answer,
                Ok(None) | Err(_) => return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down").into_response(),
            }
        } else {
            answer.await
        };
        answer.unwrap_or_else(|panic| Err(panicked(&*panic))).unwrap_or_else(|error| {
            if error.status == StatusCode::INTERNAL_SERVER_ERROR {
                tracing::warn!(error = error.message, "request failed");
            }
            error.into_response()
        })
    }
}

/// One request that went wrong must not take others with it.
fn panicked(panic: &(dyn Any + Send)) -> ApiError {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = said.unwrap_or("?"), "a handler panicked");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error: see the log of the server")
}

fn not_allowed(allowed: &[Method]) -> Response {
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let mut response = ApiError::method_not_allowed().into_response();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// Points a client that asked for a path like `//version` to `/version` (as the router of Docker's daemon does).
fn moved(path: &str, query: &str) -> Response {
    let path = percent_encoding::utf8_percent_encode(path, ESCAPED);
    let location = if query.is_empty() { path.to_string() } else { format!("{path}?{query}") };
    let mut response = response::empty(StatusCode::MOVED_PERMANENTLY);
    if let Ok(value) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// What may not stand in a path as it is.
const ESCAPED: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

/// The headers that every response of Docker's daemon has.
fn common_headers() -> [(HeaderName, HeaderValue); 4] {
    let value = |text: String| HeaderValue::try_from(text).expect("invariant: versions are plain text");
    [
        (HeaderName::from_static("api-version"), value(API_VERSION.to_string())),
        (HeaderName::from_static("docker-experimental"), HeaderValue::from_static("false")),
        (HeaderName::from_static("ostype"), HeaderValue::from_static("linux")),
        (header::SERVER, value(format!("Docker/{ENGINE_VERSION} (linux)"))),
    ]
}
