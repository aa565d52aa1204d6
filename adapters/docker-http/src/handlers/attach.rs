//! Sessions with a container's process.

use domain::DetachKeys;
use ports::AttachRequest;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::hijack;
use crate::mux::Framing;
use crate::response::Response;
use crate::session;

/// `POST /containers/{name}/attach`
pub(crate) async fn attach(mut ctx: Ctx) -> Result<Response, ApiError> {
    // What comes after the body is input, so the body must be out of the way.
    ctx.read_body().await?;
    let stream = ctx.query.flag("stream");
    let (input, stdin) = if stream && ctx.query.flag("stdin") {
        let (input, stdin) = session::input();
        (Some(input), Some(stdin))
    } else {
        (None, None)
    };
    let request = AttachRequest {
        logs: ctx.query.flag("logs"),
        stream,
        stdin,
        stdout: ctx.query.flag("stdout"),
        stderr: ctx.query.flag("stderr"),
        detach_keys: DetachKeys::parse(ctx.query.text("detachKeys"))?,
    };
    let attached = ctx.engine().containers.attach(ctx.name(), request).await?;
    let framing = Framing::of(attached.tty);
    let output = framing.chunks(attached.output);
    Ok(hijack::respond(&ctx.headers, framing.content_type(ctx.version), move |hijacked| session::run(hijacked, input, output)))
}
