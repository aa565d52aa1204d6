//! The use cases: what happens when a client of the Docker API asks for something.
//!
//! Deliberately absent: adapters. This library knows the domain and the ports only, and builds without any adapter; what it is connected
//! to is decided by the binary's `wiring`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod containers;
mod core;
mod daemon;
mod events;
mod execs;
mod filters;
mod images;
mod networks;
mod registry;
mod sessions;
mod supervisor;
mod system;
#[cfg(test)]
mod testing;
mod volumes;

pub use self::core::{EngineSettings, Outbound};
pub use daemon::Daemon;
