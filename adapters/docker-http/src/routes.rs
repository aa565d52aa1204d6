//! The table of routes.

use http::Method;

use crate::handlers::{
    attach, containers, events, exec, images, logs, networks, plugins, registries, swarm, system, unsupported, volumes, wait,
};
use crate::router::Router;

const GET: Method = Method::GET;
const HEAD: Method = Method::HEAD;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// Every route that is served, and every route of Docker's API reference that is refused with a reason.
pub(crate) fn routes() -> Router {
    let router = Router::default()
        .on(GET, "/_ping", system::ping)
        .on(HEAD, "/_ping", system::ping)
        .on(GET, "/version", system::version)
        .on(GET, "/info", system::info)
        .on(GET, "/system/df", system::disk_usage)
        .on(GET, "/events", events::events)
        .on(POST, "/auth", registries::login)
        .on(GET, "/distribution/{name}/json", registries::distribution)
        .on(POST, "/containers/create", containers::create)
        .on(POST, "/containers/prune", containers::prune)
        .on(GET, "/containers/json", containers::list)
        .on(GET, "/containers/{name}/json", containers::inspect)
        .on(GET, "/containers/{name}/logs", logs::logs)
        .on(POST, "/containers/{name}/start", containers::start)
        .on(POST, "/containers/{name}/stop", containers::stop)
        .on(POST, "/containers/{name}/restart", containers::restart)
        .on(POST, "/containers/{name}/kill", containers::kill)
        .on(POST, "/containers/{name}/pause", containers::pause)
        .on(POST, "/containers/{name}/unpause", containers::unpause)
        .on(POST, "/containers/{name}/wait", wait::wait)
        .on(POST, "/containers/{name}/rename", containers::rename)
        .on(POST, "/containers/{name}/resize", containers::resize)
        .on(POST, "/containers/{name}/update", containers::update)
        .on(POST, "/containers/{name}/attach", attach::attach)
        .on(POST, "/containers/{name}/exec", exec::create)
        .on(DELETE, "/containers/{name}", containers::remove)
        .on(POST, "/exec/{id}/start", exec::start)
        .on(POST, "/exec/{id}/resize", exec::resize)
        .on(GET, "/exec/{id}/json", exec::inspect)
        .on(POST, "/images/create", images::create)
        .on(POST, "/images/prune", images::prune)
        .on(GET, "/images/json", images::list)
        .on(GET, "/images/{name}/json", images::inspect)
        .on(GET, "/images/{name}/history", images::history)
        .on(POST, "/images/{name}/tag", images::tag)
        .on(DELETE, "/images/{name}", images::remove)
        .on(GET, "/networks", networks::list)
        .on(GET, "/networks/{id}", networks::inspect)
        .on(POST, "/networks/create", networks::create)
        .on(POST, "/networks/prune", networks::prune)
        .on(POST, "/networks/{id}/connect", networks::connect)
        .on(POST, "/networks/{id}/disconnect", networks::disconnect)
        .on(DELETE, "/networks/{id}", networks::remove)
        .on(GET, "/volumes", volumes::list)
        .on(GET, "/volumes/{name}", volumes::inspect)
        .on(POST, "/volumes/create", volumes::create)
        .on(POST, "/volumes/prune", volumes::prune)
        .on(PUT, "/volumes/{name}", volumes::update)
        .on(DELETE, "/volumes/{name}", volumes::remove)
        .on(GET, "/plugins", plugins::list)
        .on(GET, "/plugins/{name}/json", plugins::inspect);
    unsupported::refuse(swarm::refuse(router))
}
