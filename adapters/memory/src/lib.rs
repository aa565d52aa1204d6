//! A cluster that lives in the process: the fake for tests, and `--backend memory` for whoever has no cluster.
//!
//! Containers run small built-in programs with real behaviour: streams, exit codes, signals, terminals, a shell for a part of the POSIX
//! language, files in memory. Deliberately absent: images (every image has the same programs), networks, isolation, resource limits, and
//! anything that outlives the process. What it cannot do it says.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attach;
mod cluster;
mod exec;
mod faults;
mod files;
mod host;
mod images;
mod instance;
mod io;
mod journal;
mod process;
mod programs;
mod registry;
mod shell;
mod system;
#[cfg(test)]
mod testing;
mod users;
mod workloads;

pub use cluster::{MemoryCluster, Settings};
pub use faults::Op;
