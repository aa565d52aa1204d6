//! What black box tests need: a server of their own, a raw HTTP client, registries, the docker CLI, and waiting with a limit.

pub(crate) mod docker;
pub(crate) mod frames;
pub(crate) mod http;
pub(crate) mod registry;
pub(crate) mod server;
pub(crate) mod wait;
