//! Tests on a real cluster: the one that `KUBEDOCK_TEST_KUBECONFIG` names, each in a namespace of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests ask the environment and the clock themselves")]

mod contract;
mod interruptions;
mod logins;
mod pods;
mod proxy;
mod registry;
mod support;
