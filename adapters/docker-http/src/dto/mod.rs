//! Docker's JSON: one type per shape, in both directions.
//!
//! What comes in is read as Go reads it (null and missing are the zero value, unknown keys are ignored) and turned into domain values by
//! `TryFrom`, which is where each refusal of a request's content is made. What goes out borrows from domain values. The defaults that
//! dockerd writes into a container at its creation (`LogConfig`, `ShmSize`, `MaskedPaths`…) are filled in on the way out, in
//! `inspect/host_config.rs` and nowhere else: a domain value holds only what the client said.

pub(crate) mod auth;
pub(crate) mod create;
pub(crate) mod disk_usage;
pub(crate) mod exec;
pub(crate) mod image;
pub(crate) mod info;
pub(crate) mod inspect;
mod lenient;
pub(crate) mod network;
pub(crate) mod progress;
#[cfg(test)]
mod sample;
pub(crate) mod summary;
pub(crate) mod time;
pub(crate) mod update;
pub(crate) mod version;
pub(crate) mod volume;
mod write;
