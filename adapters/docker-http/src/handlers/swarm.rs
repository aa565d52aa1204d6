//! Swarm mode: answered as by an engine that is in no swarm.

use http::{Method, StatusCode};

use crate::error::ApiError;
use crate::response::Response;
use crate::router::Router;

pub(super) const NOT_A_MANAGER: &str = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node \
                             to swarm and try again.";

const NOT_IN_A_SWARM: &str = "This node is not part of a swarm";

/// Routes that only a manager of a swarm can answer.
const MANAGER: [(Method, &str); 27] = [
    (Method::GET, "/swarm"),
    (Method::POST, "/swarm/update"),
    (Method::GET, "/swarm/unlockkey"),
    (Method::POST, "/swarm/unlock"),
    (Method::GET, "/services"),
    (Method::POST, "/services/create"),
    (Method::GET, "/services/{id}"),
    (Method::POST, "/services/{id}/update"),
    (Method::GET, "/services/{id}/logs"),
    (Method::DELETE, "/services/{id}"),
    (Method::GET, "/nodes"),
    (Method::GET, "/nodes/{id}"),
    (Method::POST, "/nodes/{id}/update"),
    (Method::DELETE, "/nodes/{id}"),
    (Method::GET, "/tasks"),
    (Method::GET, "/tasks/{id}"),
    (Method::GET, "/tasks/{id}/logs"),
    (Method::GET, "/secrets"),
    (Method::POST, "/secrets/create"),
    (Method::GET, "/secrets/{id}"),
    (Method::POST, "/secrets/{id}/update"),
    (Method::DELETE, "/secrets/{id}"),
    (Method::GET, "/configs"),
    (Method::POST, "/configs/create"),
    (Method::GET, "/configs/{id}"),
    (Method::POST, "/configs/{id}/update"),
    (Method::DELETE, "/configs/{id}"),
];

/// Adds the routes.
pub(crate) fn refuse(router: Router) -> Router {
    MANAGER.into_iter().fold(router, |router, (method, pattern)| router.on(method, pattern, |_| unavailable(NOT_A_MANAGER))).on(
        Method::POST,
        "/swarm/leave",
        |_| unavailable(NOT_IN_A_SWARM),
    )
}

async fn unavailable(message: &'static str) -> Result<Response, ApiError> {
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message))
}
