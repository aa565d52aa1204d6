//! Refusals and failures as the client is told them: the one place that knows status codes of errors.

use domain::Error;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::response::{self, Response};

/// The body of every refusal and failure.
#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

/// A refusal or failure: a status code and the message of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The status code.
    pub(crate) status: StatusCode,
    /// What the client reads.
    pub(crate) message: String,
}

impl ApiError {
    /// A refusal or failure with any status code.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404: the object does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 501: the request can never be fulfilled here.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, message)
    }

    /// 413: the request is larger than the server takes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("request body too large: the limit is {limit} bytes"))
    }

    /// What came of asking a registry. One that cannot be asked is 500, as in dockerd, although it is not our failure: clients try again then.
    pub(crate) fn of_registry(error: Error) -> Self {
        match error {
            Error::Unavailable(message) | Error::Timeout(message) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, message),
            other => other.into(),
        }
    }

    /// 405: another method would do.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
    }

    /// The response.
    pub(crate) fn into_response(self) -> Response {
        if self.status == StatusCode::NOT_MODIFIED {
            return response::empty(self.status);
        }
        let mut response = response::json(self.status, &Message { message: &self.message });
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            // What is left of the body will not be read, so the connection is of no further use.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Error> for ApiError {
    /// As moby `api/server/httpstatus` maps the same classes.
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::NotModified => StatusCode::NOT_MODIFIED,
            Error::Unsupported(_) => StatusCode::NOT_IMPLEMENTED,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Timeout(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}
