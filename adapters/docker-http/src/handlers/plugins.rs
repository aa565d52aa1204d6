//! Plugins, of which there are none; the docker command line asks for them when a name is unknown.

use http::StatusCode;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::{self, Response};

/// `GET /plugins`
pub(crate) async fn list(_: Ctx) -> Result<Response, ApiError> {
    Ok(response::json(StatusCode::OK, &[(); 0]))
}

/// `GET /plugins/{name}/json`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::not_found(format!("plugin {:?} not found", ctx.name())))
}
