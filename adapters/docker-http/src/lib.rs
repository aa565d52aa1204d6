//! The Docker Engine API over HTTP: what a client sends becomes a call of an inbound port, and what comes back becomes Docker's JSON.
//!
//! One table of routes (`routes`), one function per route (`handlers`), one type per JSON shape (`dto`), one place that turns a refusal
//! into a status code (`error`). Deliberately absent: decisions about containers, and everything that knows Kubernetes.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod api;
mod connection;
mod ctx;
mod dispatch;
mod dto;
mod error;
mod handlers;
mod hijack;
mod io;
mod listener;
mod moment;
mod mux;
mod query;
mod response;
mod router;
mod routes;
mod serve;
mod session;
mod settings;
#[cfg(test)]
mod testing;
mod version;

pub use dto::image::image_json;
pub use listener::Listener;
pub use serve::serve;
pub use settings::{HttpSettings, Identity};
