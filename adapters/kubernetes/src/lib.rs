//! Runs containers as pods of a Kubernetes cluster, in direct mode: the container's own program is the pod's first process, and everything
//! else is done with what the Kubernetes API offers.
//!
//! This is the only crate that knows Kubernetes' objects. Deliberately absent: decisions about containers (they are in `domain`), and
//! polling (state comes from one watch).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod attach;
mod client;
mod cluster;
mod connect;
mod error;
mod exec;
mod keychain;
mod logins;
mod logs;
mod names;
mod pod;
mod pump;
mod settings;
mod state;
mod stop;
#[cfg(test)]
mod testing;
mod watch;

pub use cluster::KubeCluster;
pub use settings::KubeSettings;
