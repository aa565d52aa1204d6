//! Tests from outside: one binary, so that the tests link once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests stand outside: they read the environment of the run, and wait by sleeping")]

mod architecture;
mod blackbox;
mod cli;
mod differential;
mod documentation;
mod support;
