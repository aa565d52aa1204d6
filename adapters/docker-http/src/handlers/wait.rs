//! Waiting for a container.

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use ports::{WaitCondition, WaitOutcome};
use serde::Serialize;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::response::{self, JSON, Response};

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WaitResponse {
    status_code: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<WaitError>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WaitError {
    message: String,
}

impl From<domain::Result<WaitOutcome>> for WaitResponse {
    fn from(outcome: domain::Result<WaitOutcome>) -> Self {
        let outcome = outcome.unwrap_or_else(|error| WaitOutcome { code: -1, error: Some(error.to_string()) });
        Self { status_code: outcome.code, error: outcome.error.map(|message| WaitError { message }) }
    }
}

/// `POST /containers/{name}/wait`. Since API 1.30 the head is sent at once, and there are conditions: clients start the container only when
/// they know that somebody waits.
pub(crate) async fn wait(ctx: Ctx) -> Result<Response, ApiError> {
    let is_legacy = !ctx.version.is_at_least(30);
    let condition = if is_legacy { WaitCondition::NotRunning } else { condition(ctx.query.text("condition"))? };
    let waiting = ctx.engine().containers.wait(ctx.name(), condition)?;
    if is_legacy {
        return Ok(response::json(StatusCode::OK, &WaitResponse::from(waiting.await)));
    }
    // Before API 1.34 a removal that failed could not be told otherwise than by an empty body.
    let hides_error = condition == WaitCondition::Removed && !ctx.version.is_at_least(34);
    let body = async move {
        let answer = WaitResponse::from(waiting.await);
        if hides_error && answer.error.is_some() { Bytes::new() } else { response::json_line(&answer) }
    };
    Ok(response::stream(JSON, stream::once(body)))
}

fn condition(text: &str) -> Result<WaitCondition, ApiError> {
    match text {
        "" | "not-running" => Ok(WaitCondition::NotRunning),
        "next-exit" => Ok(WaitCondition::NextExit),
        "removed" => Ok(WaitCondition::Removed),
        _ => Err(ApiError::invalid(format!("invalid condition: {text:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use ports::WaitOutcome;

    use super::{WaitResponse, condition};
    use crate::response::json_line;

    #[test]
    fn answers_have_dockerds_shape() {
        let line = |outcome: domain::Result<WaitOutcome>| json_line(&WaitResponse::from(outcome));
        assert_eq!(line(Ok(WaitOutcome { code: 3, error: None })), "{\"StatusCode\":3}\n");
        let failed = WaitOutcome { code: 127, error: Some("no such file".to_owned()) };
        assert_eq!(line(Ok(failed)), "{\"StatusCode\":127,\"Error\":{\"Message\":\"no such file\"}}\n");
        assert_eq!(line(Err(Error::Internal("lost".to_owned()))), "{\"StatusCode\":-1,\"Error\":{\"Message\":\"lost\"}}\n");
    }

    #[test]
    fn unknown_conditions_are_refused() {
        assert_eq!(condition("foo").unwrap_err().message, "invalid condition: \"foo\"");
    }
}
