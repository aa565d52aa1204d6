//! Black box tests: one binary, so that the tests link once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod differential;
mod support;
