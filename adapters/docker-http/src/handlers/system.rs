//! The server itself.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::ctx::Ctx;
use crate::dto::disk_usage::{DiskUsageJson, Kinds};
use crate::dto::info::Info;
use crate::dto::version::Version;
use crate::error::ApiError;
use crate::response::{self, Response};

/// `GET` and `HEAD /_ping`
pub(crate) async fn ping(ctx: Ctx) -> Result<Response, ApiError> {
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let mut response = if ctx.method == Method::HEAD {
        let mut response = response::with_body(StatusCode::OK, text, Bytes::new());
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        response
    } else {
        response::with_body(StatusCode::OK, text, Bytes::from_static(b"OK"))
    };
    for (name, value) in [
        // 2 would make clients build images through sessions.
        (HeaderName::from_static("builder-version"), "1"),
        (header::CACHE_CONTROL, "no-cache, no-store, must-revalidate"),
        (header::PRAGMA, "no-cache"),
        (HeaderName::from_static("swarm"), "inactive"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// `GET /version`
pub(crate) async fn version(ctx: Ctx) -> Result<Response, ApiError> {
    let host = ctx.engine().system.info().await?.host;
    Ok(response::json(StatusCode::OK, &Version::new(&ctx.api.settings.identity, &host)))
}

/// `GET /info`
pub(crate) async fn info(ctx: Ctx) -> Result<Response, ApiError> {
    let info = ctx.engine().system.info().await?;
    Ok(response::json(StatusCode::OK, &Info::from(&info)))
}

/// `GET /system/df`
pub(crate) async fn disk_usage(ctx: Ctx) -> Result<Response, ApiError> {
    let kinds = Kinds::parse(ctx.query.all("type"))?;
    let usage = ctx.engine().system.disk_usage()?;
    Ok(response::json(StatusCode::OK, &DiskUsageJson::new(&usage, kinds, ctx.version)))
}
