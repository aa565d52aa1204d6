//! Containers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Container, ContainerId, ContainerSpec, Credentials, DetachKeys, Filters, Resources, RestartPolicy, Result, Signal, TermSize, Timestamp,
};

use crate::{ByteStream, LogQuery, LogStream, OutputStream};

/// A request for a new container.
#[derive(Debug, Clone, Default)]
pub struct CreateContainer {
    /// The name asked for; `None` lets the server choose.
    pub name: Option<String>,
    /// All the rest.
    pub spec: ContainerSpec,
    /// What opens the registry of its image, for this and later containers.
    pub credentials: Option<Credentials>,
}

/// A new container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: ContainerId,
    /// What it asked for and does not get.
    pub warnings: Vec<String>,
}

/// A container and what belongs to it but is kept elsewhere.
#[derive(Debug, Clone)]
pub struct ContainerView {
    /// The container at one moment.
    pub container: Arc<Container>,
    /// The ids of its running execs.
    pub execs: Vec<String>,
    /// The name to show for its image: what was asked for, or the image's id when that name now belongs to another image.
    pub image_name: String,
    /// The present point in time, for texts like `Up 3 seconds`.
    pub now: Timestamp,
}

/// Which containers to list.
#[derive(Debug, Clone, Default)]
pub struct ContainerFilter {
    /// Whether to list those that do not run.
    pub all: bool,
    /// The newest so many, running or not; `None` is without limit.
    pub limit: Option<usize>,
    /// Anything else.
    pub filters: Filters,
}

/// How to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StopRequest {
    /// The signal, if not the container's.
    pub signal: Option<Signal>,
    /// Seconds before force, if not the container's; negative is for ever.
    pub timeout: Option<i64>,
}

/// What to wait for (API reference, `POST /containers/{id}/wait`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WaitCondition {
    /// It does not run; satisfied at once if it does not.
    #[default]
    NotRunning,
    /// Its next end, even if it does not run now.
    NextExit,
    /// Its removal.
    Removed,
}

/// How a wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitOutcome {
    /// The exit code.
    pub code: i32,
    /// Why it could not be removed or started; `None` usually.
    pub error: Option<String>,
}

/// How to attach.
pub struct AttachRequest {
    /// Whether what was printed so far is wanted first.
    pub logs: bool,
    /// Whether what is printed from now on is wanted.
    pub stream: bool,
    /// The client's input, if it sends any.
    pub stdin: Option<ByteStream>,
    /// Whether standard output is wanted.
    pub stdout: bool,
    /// Whether standard error is wanted.
    pub stderr: bool,
    /// What ends the session and leaves the process alone.
    pub detach_keys: DetachKeys,
}

/// A session with a container's process.
pub struct Attached {
    /// Whether it has a terminal, which means raw bytes.
    pub tty: bool,
    /// What it prints; ends with the session.
    pub output: OutputStream,
}

/// Which part of a log is wanted; see [`LogQuery`].
pub type LogRequest = LogQuery;

/// A log that is being read.
pub struct LogSession {
    /// Whether the container has a terminal, which means raw bytes.
    pub tty: bool,
    /// The lines.
    pub lines: LogStream,
}

/// New settings of a container (API reference, `POST /containers/{id}/update`).
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// New limits; `None` keeps the old ones.
    pub resources: Option<Resources>,
    /// A new policy; `None` keeps the old one.
    pub restart: Option<RestartPolicy>,
}

/// What a prune removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// Ids or names.
    pub removed: Vec<String>,
    /// Bytes.
    pub reclaimed: u64,
}

/// The end of a wait that began when the future was handed out.
pub type WaitFuture = Pin<Box<dyn Future<Output = Result<WaitOutcome>> + Send>>;

/// Containers. `reference` is an id, a unique beginning of one, or a name, as dockerd resolves them: [`domain::Error::NotFound`] if there
/// is none, [`domain::Error::Invalid`] if the beginning is not unique.
#[async_trait]
pub trait Containers: Send + Sync {
    /// Makes a container.
    ///
    /// # Errors
    /// A taken name, an unknown image or network, settings that make no sense.
    async fn create(&self, request: CreateContainer) -> Result<Created>;

    /// Lists containers, newest first.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn list(&self, filter: &ContainerFilter) -> Result<Vec<ContainerView>>;

    /// Looks at one container. Costs no call to the cluster.
    ///
    /// # Errors
    /// An unknown container.
    fn inspect(&self, reference: &str) -> Result<ContainerView>;

    /// Starts it, and returns when its process runs (or has run).
    ///
    /// # Errors
    /// [`domain::Error::NotModified`] if it runs; otherwise why it cannot.
    async fn start(&self, reference: &str) -> Result<()>;

    /// Stops it, and returns when its process has ended.
    ///
    /// # Errors
    /// [`domain::Error::NotModified`] if it does not run.
    async fn stop(&self, reference: &str, request: StopRequest) -> Result<()>;

    /// Stops it if it runs, and starts it.
    ///
    /// # Errors
    /// Why it cannot be started.
    async fn restart(&self, reference: &str, request: StopRequest) -> Result<()>;

    /// Sends a signal to its process, and for SIGKILL returns when it has ended.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it does not run.
    async fn kill(&self, reference: &str, signal: Signal) -> Result<()>;

    /// Freezes its processes.
    ///
    /// # Errors
    /// [`domain::Error::Unsupported`] where the backend cannot.
    async fn pause(&self, reference: &str) -> Result<()>;

    /// Lets its processes go on.
    ///
    /// # Errors
    /// [`domain::Error::Unsupported`] where the backend cannot.
    async fn unpause(&self, reference: &str) -> Result<()>;

    /// Begins to wait; whatever happens after this call returned is noticed by the future.
    ///
    /// # Errors
    /// An unknown container.
    fn wait(&self, reference: &str, condition: WaitCondition) -> Result<WaitFuture>;

    /// Gives it another name.
    ///
    /// # Errors
    /// A taken or malformed name.
    fn rename(&self, reference: &str, name: &str) -> Result<()>;

    /// Tells its terminal a new size.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it does not run.
    fn resize(&self, reference: &str, size: TermSize) -> Result<()>;

    /// Begins a session with its process, running or not started yet.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it is paused or being restarted.
    async fn attach(&self, reference: &str, request: AttachRequest) -> Result<Attached>;

    /// Reads its log.
    ///
    /// # Errors
    /// An unknown container.
    async fn logs(&self, reference: &str, request: LogRequest) -> Result<LogSession>;

    /// Removes it, and its anonymous volumes if `volumes`.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if it runs and `force` is not set.
    async fn remove(&self, reference: &str, force: bool, volumes: bool) -> Result<()>;

    /// Removes those that do not run.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    async fn prune(&self, filters: &Filters) -> Result<PruneReport>;

    /// Changes its settings and returns warnings.
    ///
    /// # Errors
    /// Settings that make no sense, or that the backend cannot change.
    fn update(&self, reference: &str, update: Update) -> Result<Vec<String>>;
}
