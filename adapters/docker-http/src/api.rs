//! What all requests share.

use std::sync::Arc;

use ports::Engine;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::settings::HttpSettings;

/// The server, as a handler sees it.
#[derive(Clone)]
pub(crate) struct Api {
    /// What requests are put to.
    pub(crate) engine: Engine,
    /// The settings.
    pub(crate) settings: Arc<HttpSettings>,
    /// Cancelled when the server is told to stop: streams that would never end by themselves end then.
    pub(crate) stop: CancellationToken,
    /// Owns what goes on although its client may be gone.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when even that has to end.
    pub(crate) cut: CancellationToken,
}
