//! What can go wrong, in Docker's vocabulary.

/// The result of a decision or a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal or failure as the client is told it; the text is the message the client reads.
///
/// The variants are the classes that dockerd tells apart (moby `errdefs`); what an HTTP adapter makes of them is its business.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The credentials are missing or refused.
    #[error("{0}")]
    Unauthorized(String),
    /// The request is understood and not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// The object does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The object is in a state that does not allow the request.
    #[error("{0}")]
    Conflict(String),
    /// The object is already in the state asked for.
    #[error("not modified")]
    NotModified,
    /// The request cannot be fulfilled on this system, ever.
    #[error("{0}")]
    Unsupported(String),
    /// The request cannot be fulfilled now.
    #[error("{0}")]
    Unavailable(String),
    /// Something took longer than its limit.
    #[error("{0}")]
    Timeout(String),
    /// A failure that is not the client's.
    #[error("{0}")]
    Internal(String),
}
