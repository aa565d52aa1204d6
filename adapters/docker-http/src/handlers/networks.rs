//! Networks.

use domain::EndpointSettings;
use http::StatusCode;
use ports::NetworkRequest;

use crate::ctx::Ctx;
use crate::dto::network::{ConnectBody, DisconnectBody, NetworkCreateBody, NetworkCreated, NetworkJson, NetworksPruned};
use crate::error::ApiError;
use crate::response::{self, Response};

/// `GET /networks`
pub(crate) async fn list(ctx: Ctx) -> Result<Response, ApiError> {
    let views = ctx.engine().networks.list(&ctx.filters()?)?;
    let list: Vec<_> = views.iter().map(|view| NetworkJson::listed(&view.network, ctx.version)).collect();
    Ok(response::json(StatusCode::OK, &list))
}

/// `GET /networks/{id}`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    let verbose = ctx.query.text("verbose");
    if !matches!(verbose, "" | "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False") {
        let text = format!("invalid value for verbose: {verbose}: strconv.ParseBool: parsing {verbose:?}: invalid syntax");
        return Err(ApiError::invalid(text));
    }
    let view = ctx.engine().networks.inspect(ctx.name())?;
    let scope = ctx.query.text("scope");
    if !scope.is_empty() && scope != view.network.scope {
        return Err(ApiError::not_found(format!("network {} not found", ctx.name())));
    }
    Ok(response::json(StatusCode::OK, &NetworkJson::inspected(&view, ctx.version)))
}

/// `POST /networks/create`
pub(crate) async fn create(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: NetworkCreateBody = ctx.json_or_default().await?;
    let created = ctx.engine().networks.create(NetworkRequest::try_from(body)?)?;
    Ok(response::json(StatusCode::CREATED, &NetworkCreated::from(&created)))
}

/// `POST /networks/{id}/connect`
pub(crate) async fn connect(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: ConnectBody = ctx.json_or_default().await?;
    let (container, settings): (String, EndpointSettings) = body.into();
    ctx.engine().networks.connect(ctx.name(), &container, settings)?;
    Ok(response::empty(StatusCode::OK))
}

/// `POST /networks/{id}/disconnect`
pub(crate) async fn disconnect(mut ctx: Ctx) -> Result<Response, ApiError> {
    let body: DisconnectBody = ctx.json_or_default().await?;
    let (container, force): (String, bool) = body.into();
    ctx.engine().networks.disconnect(ctx.name(), &container, force)?;
    Ok(response::empty(StatusCode::OK))
}

/// `DELETE /networks/{id}`
pub(crate) async fn remove(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().networks.remove(ctx.name())?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /networks/prune`
pub(crate) async fn prune(ctx: Ctx) -> Result<Response, ApiError> {
    let report = ctx.engine().networks.prune(&ctx.filters()?)?;
    Ok(response::json(StatusCode::OK, &NetworksPruned::from(&report)))
}
