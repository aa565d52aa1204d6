//! Failures of the outside.

use std::error::Error;

/// The result of an outbound call.
pub type PortResult<T> = Result<T, PortError>;

/// What class of failure it is, which decides what the use case does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The object is not there.
    NotFound,
    /// The object is there already, or in another state.
    Conflict,
    /// The outside refuses the request as wrong.
    Invalid,
    /// The outside does not allow the request.
    Forbidden,
    /// The outside needs other credentials.
    Unauthorized,
    /// This backend can never do it.
    Unsupported,
    /// The outside cannot be reached, or is overloaded.
    Unavailable,
    /// The outside took too long.
    Timeout,
    /// Anything else.
    Internal,
}

/// A failure of the outside: its class, and a sentence for the person who reads it.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct PortError {
    /// The class.
    pub kind: Kind,
    /// What failed, on which object, the outside's own reason, and what to do.
    pub context: String,
    /// The cause, for the log.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// A failure without a further cause.
    pub fn new(kind: Kind, context: impl Into<String>) -> Self {
        Self { kind, context: context.into(), source: None }
    }

    /// A failure with its cause.
    pub fn caused(kind: Kind, context: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self { kind, context: context.into(), source: Some(Box::new(source)) }
    }
}

impl From<PortError> for domain::Error {
    fn from(error: PortError) -> Self {
        match error.kind {
            Kind::NotFound => Self::NotFound(error.context),
            Kind::Conflict => Self::Conflict(error.context),
            Kind::Invalid => Self::Invalid(error.context),
            Kind::Forbidden => Self::Forbidden(error.context),
            Kind::Unauthorized => Self::Unauthorized(error.context),
            Kind::Unsupported => Self::Unsupported(error.context),
            Kind::Unavailable => Self::Unavailable(error.context),
            Kind::Timeout => Self::Timeout(error.context),
            Kind::Internal => Self::Internal(error.context),
        }
    }
}
