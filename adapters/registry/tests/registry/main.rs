//! The catalogue against registries: the one with the images that tests pull, real ones of the tests' own, and some that are made up.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests ask the environment themselves")]

mod answers;
mod choice;
mod helpers;
mod made_up;
mod mirrors;
mod named;
mod private;
mod push;
mod references;
mod server;
mod support;
