//! Waiting for a container.

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::Response;

pub(crate) async fn wait(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}
