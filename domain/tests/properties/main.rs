//! What holds for every input: the state machine, the readers of texts, the detach scan, and the plan.
#![allow(clippy::unwrap_used)]

mod detach;
mod plan;
mod state;
mod text;
