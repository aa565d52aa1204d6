//! Sessions with a container's process.

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::Response;

pub(crate) async fn attach(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}
