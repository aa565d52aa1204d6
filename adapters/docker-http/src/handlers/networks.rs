//! Networks.

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::Response;

pub(crate) async fn create(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn list(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn inspect(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn remove(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn connect(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn disconnect(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn prune(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}
