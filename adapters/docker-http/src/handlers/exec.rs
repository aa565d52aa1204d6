//! Commands run beside a container's process.

use bytes::BytesMut;
use domain::{Error, ExecState};
use futures_util::stream;
use http::StatusCode;
use ports::ExecStart;

use crate::ctx::Ctx;
use crate::dto::exec::{Exec, ExecConfig, ExecCreated, ExecStartConfig};
use crate::error::ApiError;
use crate::hijack;
use crate::mux::{Framing, Source};
use crate::response::{self, Response};
use crate::session;

/// `POST /containers/{name}/exec`
pub(crate) async fn create(mut ctx: Ctx) -> Result<Response, ApiError> {
    let config: ExecConfig = ctx.json_or_default().await?;
    let spec = config.into_spec(ctx.version)?;
    let id = ctx.engine().execs.create(ctx.name(), spec)?;
    Ok(response::json(StatusCode::CREATED, &ExecCreated { id: id.as_str() }))
}

/// `POST /exec/{id}/start`
pub(crate) async fn start(mut ctx: Ctx) -> Result<Response, ApiError> {
    let config: ExecStartConfig = ctx.json_or_default().await?;
    let execs = &ctx.engine().execs;
    let exec = execs.inspect(ctx.name())?;
    let (input, stdin) = if exec.spec.attach_stdin && !config.detach() {
        let (input, stdin) = session::input();
        (Some(input), Some(stdin))
    } else {
        (None, None)
    };
    let request = ExecStart { detach: config.detach(), stdin, size: config.size(ctx.version) };
    let framing = Framing::of(config.tty());
    let content_type = framing.content_type(ctx.version);
    match execs.start(ctx.name(), request).await {
        Ok(_) if config.detach() => Ok(response::empty(StatusCode::OK)),
        Ok(attached) => {
            let output = framing.chunks(attached.output);
            Ok(hijack::respond(&ctx.headers, content_type, move |hijacked| session::run(hijacked, input, output)))
        }
        // An exec that was started before is told of within the stream (moby `postContainerExecStart` has sent the head by then).
        Err(Error::Conflict(message)) if exec.state != ExecState::Created && !config.detach() => {
            let mut text = BytesMut::new();
            framing.put(&mut text, Source::Stdout, &[message.as_bytes(), b"\r\n"]);
            let output = stream::iter([text.freeze()]);
            Ok(hijack::respond(&ctx.headers, content_type, move |hijacked| session::run(hijacked, None, output)))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /exec/{id}/json`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    let exec = ctx.engine().execs.inspect(ctx.name())?;
    Ok(response::json(StatusCode::OK, &Exec::from(&exec)))
}

/// `POST /exec/{id}/resize`
pub(crate) async fn resize(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().execs.resize(ctx.name(), ctx.query.term_size()?)?;
    Ok(response::empty(StatusCode::OK))
}
