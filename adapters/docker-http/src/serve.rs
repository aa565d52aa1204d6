//! Accepts connections and serves them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use ports::Engine;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;
use tracing::Instrument;

use crate::api::Api;
use crate::connection;
use crate::listener::Listener;
use crate::response::Response;
use crate::settings::HttpSettings;
use crate::{dispatch, routes};

/// How long to wait when the system has no more connections to give, before asking again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the Docker API on `listeners` until `stop`. Then it accepts no more clients, ends idle connections and event streams, lets
/// requests and sessions under way come to their end, and cuts off what has not ended when the drain timeout has passed.
pub async fn serve(listeners: Vec<Listener>, engine: Engine, settings: HttpSettings, stop: CancellationToken) {
    let settings = Arc::new(settings);
    let work = Work { tasks: TaskTracker::new(), stop, cut: CancellationToken::new() };
    let api = Api { engine, settings: settings.clone(), stop: work.stop.clone(), tasks: work.tasks.clone(), cut: work.cut.clone() };
    let service = warp::service(dispatch::filter(routes::routes(), api));

    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, service.clone(), work.clone(), settings.header_read_timeout));
    }
    while let Some(ended) = accepting.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a listener failed");
        }
    }
    work.tasks.close();
    if tokio::time::timeout(settings.drain_timeout, work.tasks.wait()).await.is_err() {
        tracing::warn!(tasks = work.tasks.len(), "requests and sessions are cut off: the drain timeout has passed");
        work.cut.cancel();
        work.tasks.wait().await;
    }
}

/// The tasks of connections and requests, and what ends them.
#[derive(Clone)]
struct Work {
    tasks: TaskTracker,
    /// Ends what is idle.
    stop: CancellationToken,
    /// Ends everything.
    cut: CancellationToken,
}

async fn accept<S>(listener: Listener, service: S, work: Work, header_read_timeout: Duration)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + Unpin + 'static,
    S::Future: Send,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = work.stop.cancelled() => return,
        };
        match accepted {
            Ok(client) => {
                let span = tracing::debug_span!("connection", peer = client.peer);
                let serving = connection::serve(client, service.clone(), header_read_timeout, work.stop.clone());
                let cut = work.cut.clone();
                work.tasks.spawn(async move { cut.run_until_cancelled(serving).await }.instrument(span));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
