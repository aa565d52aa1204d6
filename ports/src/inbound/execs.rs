//! Execs.

use async_trait::async_trait;
use domain::{Exec, ExecId, ExecSpec, Result, TermSize};

use crate::{Attached, ByteStream};

/// How to start an exec.
pub struct ExecStart {
    /// Whether nobody listens.
    pub detach: bool,
    /// The client's input, if it sends any.
    pub stdin: Option<ByteStream>,
    /// The first size of the terminal, if it changed since the exec was created.
    pub size: Option<TermSize>,
}

/// Execs.
#[async_trait]
pub trait Execs: Send + Sync {
    /// Makes an exec in a running container.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] with dockerd's text if the container does not run or is paused.
    fn create(&self, container: &str, spec: ExecSpec) -> Result<ExecId>;

    /// Starts it. With `detach` the session's output ends at once.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it was started already or the container does not run any more.
    async fn start(&self, id: &str, request: ExecStart) -> Result<Attached>;

    /// Looks at it.
    ///
    /// # Errors
    /// An unknown exec.
    fn inspect(&self, id: &str) -> Result<Exec>;

    /// Tells its terminal a new size.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it does not run.
    fn resize(&self, id: &str, size: TermSize) -> Result<()>;
}
