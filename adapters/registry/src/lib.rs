//! What images are, as their registries tell.
//!
//! Nothing is pulled: manifests and configurations are read, layers never are. Deliberately absent: decisions about containers, and the order
//! in which credentials are tried.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assumed;
mod catalog;
mod digest;
mod docker_config;
mod endpoint;
mod image;
mod json;
mod manifest;
mod platform;
mod settings;
mod transport;

pub use assumed::AssumedImages;
pub use catalog::RegistryImages;
pub use docker_config::DockerConfig;
pub use settings::{Mirror, RegistrySettings};
