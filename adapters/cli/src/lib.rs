//! The command line: what can be typed, and nothing about what it means.
//!
//! Deliberately absent: defaults, validation and the environment. The flags become one layer of the settings; whoever reads the settings
//! decides. Nothing is printed here either.

mod command;
mod flags;

pub use command::{Invocation, parse};
pub use flags::{Cluster, General, InspectFlags, Kubernetes, Listening, Registry, ServerFlags};
