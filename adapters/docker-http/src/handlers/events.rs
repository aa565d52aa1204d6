//! What happens.

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::Response;

pub(crate) async fn events(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}
