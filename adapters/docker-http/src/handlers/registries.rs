//! Registries.

use domain::{ContainerId, ImageId, ImageRef};
use http::StatusCode;

use crate::ctx::Ctx;
use crate::dto::auth::{self, AuthConfig, LoggedIn};
use crate::dto::image::DistributionJson;
use crate::error::ApiError;
use crate::response::{self, Response};

/// `POST /auth`
pub(crate) async fn login(mut ctx: Ctx) -> Result<Response, ApiError> {
    let login = ctx.json::<AuthConfig>().await?.into_login()?;
    ctx.engine().images.login(login).await.map_err(ApiError::of_registry)?;
    Ok(response::json(StatusCode::OK, &LoggedIn::ANSWER))
}

/// `GET /distribution/{name}/json`
pub(crate) async fn distribution(ctx: Ctx) -> Result<Response, ApiError> {
    let name = ctx.name();
    if ContainerId::parse(name).is_some() || ImageId::parse(name).is_some() {
        return Err(ApiError::invalid("no manifest found for full image ID"));
    }
    let (reference, credentials) = (ImageRef::parse(name)?, auth::of_header(&ctx.headers)?);
    let found = ctx.engine().images.distribution(&reference, credentials).await.map_err(ApiError::of_registry)?;
    Ok(response::json(StatusCode::OK, &DistributionJson::from(&found)))
}
