//! Volumes.

use domain::Error;
use http::StatusCode;
use ports::VolumeRequest;

use crate::ctx::Ctx;
use crate::dto::volume::{VolumeCreateBody, VolumeJson, VolumeList, VolumesPruned};
use crate::error::ApiError;
use crate::handlers::swarm::NOT_A_MANAGER;
use crate::response::{self, Response};

/// `GET /volumes`
pub(crate) async fn list(ctx: Ctx) -> Result<Response, ApiError> {
    let filters = ctx.filters().map_err(|error| ApiError::new(error.status, format!("error reading volume filters: {}", error.message)))?;
    let views = ctx.engine().volumes.list(&filters)?;
    Ok(response::json(StatusCode::OK, &VolumeList::new(&views)))
}

/// `GET /volumes/{name}`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    let view = ctx.engine().volumes.inspect(ctx.name())?;
    Ok(response::json(StatusCode::OK, &VolumeJson::new(&view.volume)))
}

/// `POST /volumes/create`
pub(crate) async fn create(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: VolumeCreateBody = ctx.json_or_default().await?;
    if body.is_for_swarm() {
        return Err(Error::Unavailable(NOT_A_MANAGER.to_owned()).into());
    }
    let view = ctx.engine().volumes.create(VolumeRequest::from(body))?;
    Ok(response::json(StatusCode::CREATED, &VolumeJson::new(&view.volume)))
}

/// `PUT /volumes/{name}`
pub(crate) async fn update(_: Ctx) -> Result<Response, ApiError> {
    let message = "volume update only valid for cluster volumes, but swarm is unavailable";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message))
}

/// `DELETE /volumes/{name}`
pub(crate) async fn remove(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().volumes.remove(ctx.name(), ctx.query.flag("force"))?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /volumes/prune`
pub(crate) async fn prune(ctx: Ctx) -> Result<Response, ApiError> {
    let mut filters = ctx.filters()?;
    if !ctx.version.is_at_least(42) {
        // Named volumes were not spared before there was a choice.
        filters.add("all", "true");
    }
    let report = ctx.engine().volumes.prune(&filters)?;
    Ok(response::json(StatusCode::OK, &VolumesPruned::from(&report)))
}
