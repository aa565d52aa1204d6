//! What a container is told to do.

use domain::Signal;
use http::StatusCode;
use ports::StopRequest;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::{self, Response};

/// How long a body of a start may be; anything more was a host configuration, long ago (moby `postContainersStart`).
const START_BODY: usize = 7;

/// `POST /containers/{name}/start`
pub(crate) async fn start(mut ctx: Ctx) -> Result<Response, ApiError> {
    if ctx.read_body().await?.len() > START_BODY {
        return Err(ApiError::invalid(
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        ));
    }
    if !ctx.query.text("checkpoint").is_empty() {
        return Err(ApiError::invalid("checkpoint is only supported in experimental mode"));
    }
    ctx.engine().containers.start(ctx.name()).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/stop`
pub(crate) async fn stop(ctx: Ctx) -> Result<Response, ApiError> {
    let request = stop_request(&ctx, "cannot stop container:")?;
    ctx.engine().containers.stop(ctx.name(), request).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/restart`
pub(crate) async fn restart(ctx: Ctx) -> Result<Response, ApiError> {
    let request = stop_request(&ctx, "Cannot restart container")?;
    ctx.engine().containers.restart(ctx.name(), request).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// The signal can be chosen since API 1.42; one that does not exist fails with `failure` before the container's name.
fn stop_request(ctx: &Ctx, failure: &str) -> Result<StopRequest, ApiError> {
    let name = Some(ctx.query.text("signal")).filter(|name| !name.is_empty() && ctx.version.is_at_least(42));
    let signal = name.map(Signal::parse).transpose();
    let signal = signal.map_err(|error| ApiError::invalid(format!("{failure} {}: {error}", ctx.name())))?;
    Ok(StopRequest { signal, timeout: ctx.query.int("t")? })
}

/// `POST /containers/{name}/kill`
pub(crate) async fn kill(ctx: Ctx) -> Result<Response, ApiError> {
    let signal = match ctx.query.text("signal") {
        "" => Signal::KILL,
        name => Signal::parse(name).map_err(|error| ApiError::invalid(format!("cannot kill container: {}: {error}", ctx.name())))?,
    };
    ctx.engine().containers.kill(ctx.name(), signal).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/pause`
pub(crate) async fn pause(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().containers.pause(ctx.name()).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/unpause`
pub(crate) async fn unpause(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().containers.unpause(ctx.name()).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// `POST /containers/{name}/resize`
pub(crate) async fn resize(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().containers.resize(ctx.name(), ctx.query.term_size()?)?;
    Ok(response::empty(StatusCode::OK))
}
