//! Routes of Docker's API reference that are refused, each with its reason.

use http::Method;

use crate::error::ApiError;
use crate::router::Router;

const NO_SWARM: &str = "kubedock runs containers as pods: swarm mode does not exist here";
const NO_BUILD: &str = "kubedock does not build images: build them elsewhere and push them to a registry the cluster can pull from";
const NO_STORE: &str = "kubedock stores no images, the nodes of the cluster pull them: move images through a registry";
const NO_PLUGINS: &str = "kubedock has no plugins: storage and networks are the cluster's";
const NO_CHECKPOINTS: &str = "pods cannot be checkpointed";
const NO_SEARCH: &str = "kubedock does not search registries: only the Docker Hub can be searched, with its own website or API";
const NO_WEBSOCKET: &str = "attaching through a WebSocket is not supported: use POST /containers/{id}/attach";
const NOT_YET: &str = "not supported yet: it needs a helper inside the pod that this version does not have";

/// The routes.
const REFUSED: [(Method, &str, &str); 33] = [
    (Method::POST, "/swarm/init", NO_SWARM),
    (Method::POST, "/swarm/join", NO_SWARM),
    (Method::POST, "/build", NO_BUILD),
    (Method::POST, "/build/prune", NO_BUILD),
    (Method::POST, "/build/cancel", NO_BUILD),
    (Method::POST, "/session", NO_BUILD),
    (Method::POST, "/grpc", NO_BUILD),
    (Method::POST, "/commit", NO_STORE),
    (Method::GET, "/images/get", NO_STORE),
    (Method::GET, "/images/{name}/get", NO_STORE),
    (Method::POST, "/images/load", NO_STORE),
    (Method::POST, "/images/{name}/push", NO_STORE),
    (Method::GET, "/images/search", NO_SEARCH),
    (Method::GET, "/plugins/privileges", NO_PLUGINS),
    (Method::POST, "/plugins/pull", NO_PLUGINS),
    (Method::POST, "/plugins/create", NO_PLUGINS),
    (Method::POST, "/plugins/{name}/enable", NO_PLUGINS),
    (Method::POST, "/plugins/{name}/disable", NO_PLUGINS),
    (Method::POST, "/plugins/{name}/push", NO_PLUGINS),
    (Method::POST, "/plugins/{name}/upgrade", NO_PLUGINS),
    (Method::POST, "/plugins/{name}/set", NO_PLUGINS),
    (Method::DELETE, "/plugins/{name}", NO_PLUGINS),
    (Method::GET, "/containers/{name}/checkpoints", NO_CHECKPOINTS),
    (Method::POST, "/containers/{name}/checkpoints", NO_CHECKPOINTS),
    (Method::DELETE, "/containers/{name}/checkpoints/{checkpoint}", NO_CHECKPOINTS),
    (Method::GET, "/containers/{name}/attach/ws", NO_WEBSOCKET),
    (Method::HEAD, "/containers/{name}/archive", NOT_YET),
    (Method::GET, "/containers/{name}/archive", NOT_YET),
    (Method::PUT, "/containers/{name}/archive", NOT_YET),
    (Method::GET, "/containers/{name}/changes", NOT_YET),
    (Method::GET, "/containers/{name}/export", NOT_YET),
    (Method::GET, "/containers/{name}/stats", NOT_YET),
    (Method::GET, "/containers/{name}/top", NOT_YET),
];

/// Adds the routes.
pub(crate) fn refuse(router: Router) -> Router {
    REFUSED.into_iter().fold(router, |router, (method, pattern, reason)| {
        router.on(method, pattern, move |_| async move { Err(ApiError::unsupported(reason)) })
    })
}
