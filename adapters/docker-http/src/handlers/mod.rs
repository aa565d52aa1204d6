//! One function per route: reads the request, asks the engine, writes the answer.

pub(crate) mod attach;
pub(crate) mod containers;
pub(crate) mod events;
pub(crate) mod exec;
pub(crate) mod images;
pub(crate) mod logs;
pub(crate) mod networks;
pub(crate) mod plugins;
pub(crate) mod registries;
pub(crate) mod swarm;
pub(crate) mod system;
pub(crate) mod unsupported;
pub(crate) mod volumes;
pub(crate) mod wait;
