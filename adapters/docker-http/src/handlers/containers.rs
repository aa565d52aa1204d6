//! Containers.

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

pub(crate) async fn start(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn stop(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn restart(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn kill(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn pause(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn unpause(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn rename(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn resize(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn remove(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn prune(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}

pub(crate) async fn update(_ctx: Ctx) -> Result<Response, ApiError> {
    Err(ApiError::unsupported("being written"))
}
