//! What all requests share.

use std::sync::Arc;

use ports::Engine;
use tokio_util::sync::CancellationToken;

use crate::settings::HttpSettings;

/// The server, as a handler sees it.
#[derive(Clone)]
pub(crate) struct Api {
    /// What requests are put to.
    pub(crate) engine: Engine,
    /// The settings.
    pub(crate) settings: Arc<HttpSettings>,
    /// Cancelled when streams that would never end by themselves have to.
    pub(crate) stop: CancellationToken,
}
