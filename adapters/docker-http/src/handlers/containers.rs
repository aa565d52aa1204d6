//! Containers.

mod lifecycle;

use domain::Error;
use http::StatusCode;
use ports::{ContainerFilter, Update};

pub(crate) use self::lifecycle::{kill, pause, resize, restart, start, stop, unpause};

use crate::ctx::Ctx;
use crate::dto::auth;
use crate::dto::create::{ContainerCreated, CreateBody};
use crate::dto::inspect::ContainerJson;
use crate::dto::summary::{ContainerSummary, ContainersPruned};
use crate::dto::update::{UpdateBody, Updated};
use crate::error::ApiError;
use crate::response::{self, Response};

/// `POST /containers/create`
pub(crate) async fn create(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: CreateBody = ctx.json().await?;
    let mut request = body.into_request(ctx.version, ctx.query.text("name"), ctx.query.text("platform"))?;
    request.create.credentials = auth::of_header(&ctx.headers)?;
    let created = ctx.engine().containers.create(request.create).await?;
    let warnings: Vec<String> = request.warnings.into_iter().chain(created.warnings).collect();
    Ok(response::json(StatusCode::CREATED, &ContainerCreated { id: created.id.as_str(), warnings: &warnings }))
}

/// `GET /containers/json`
pub(crate) async fn list(ctx: Ctx) -> Result<Response, ApiError> {
    let filter = ContainerFilter {
        all: ctx.query.flag("all"),
        limit: ctx.query.int("limit")?.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0),
        filters: ctx.filters()?,
    };
    let views = ctx.engine().containers.list(&filter)?;
    let list: Vec<_> = views.iter().map(|view| ContainerSummary::new(view, ctx.version)).collect();
    Ok(response::json(StatusCode::OK, &list))
}

/// `GET /containers/{name}/json`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    let view = ctx.engine().containers.inspect(ctx.name())?;
    Ok(response::json(StatusCode::OK, &ContainerJson::new(&view, ctx.version, ctx.query.flag("size"))))
}

/// `POST /containers/{name}/rename`
pub(crate) async fn rename(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().containers.rename(ctx.name(), ctx.query.text("name"))?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/update`
pub(crate) async fn update(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: UpdateBody = ctx.json_or_default().await?;
    let warnings = ctx.engine().containers.update(ctx.name(), Update::try_from(body)?)?;
    Ok(response::json(StatusCode::OK, &Updated::new(&warnings)))
}

/// `DELETE /containers/{name}`
pub(crate) async fn remove(ctx: Ctx) -> Result<Response, ApiError> {
    let containers = &ctx.engine().containers;
    if ctx.query.flag("link") {
        // There are no links between containers, so the name given can only be the container's own.
        containers.inspect(ctx.name())?;
        return Err(Error::Conflict("Conflict, cannot remove the default link name of the container".to_owned()).into());
    }
    containers.remove(ctx.name(), ctx.query.flag("force"), ctx.query.flag("v")).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/prune`
pub(crate) async fn prune(ctx: Ctx) -> Result<Response, ApiError> {
    let report = ctx.engine().containers.prune(&ctx.filters()?).await?;
    Ok(response::json(StatusCode::OK, &ContainersPruned::from(&report)))
}

#[cfg(test)]
mod tests;
