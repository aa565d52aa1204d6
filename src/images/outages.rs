//! Registries that did not answer in time.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::Timestamp;
use ports::{Kind, PortError, PortResult};

/// For how long nobody who only wants to know what an image does waits again for a registry that did not answer in time. Where the server's
/// way to registries is barred by silence, each container would else be made to wait; a pull always asks.
const PATIENCE: Duration = Duration::from_mins(5);

/// Of how many registries that is remembered.
const REMEMBERED: usize = 256;

/// When a registry did not answer the last time, and what was said about it.
#[derive(Default)]
pub(crate) struct Outages(Mutex<HashMap<String, (Timestamp, String)>>);

impl Outages {
    /// How a registry failed to answer lately.
    pub(super) fn lately(&self, registry: &str, now: Timestamp) -> Option<PortError> {
        let outages = self.0.lock().expect("invariant: no panic while holding it");
        let (at, reason) = outages.get(registry)?;
        (now < at.plus(PATIENCE)).then(|| PortError::new(Kind::Timeout, reason.clone()))
    }

    /// Notes how a registry was asked.
    pub(super) fn note<T>(&self, registry: &str, now: Timestamp, outcome: &PortResult<T>) {
        let mut outages = self.0.lock().expect("invariant: no panic while holding it");
        match outcome {
            Err(error) if error.kind == Kind::Timeout => {
                if outages.len() >= REMEMBERED {
                    outages.clear();
                }
                outages.insert(registry.to_owned(), (now, error.to_string()));
            }
            _ => drop(outages.remove(registry)),
        }
    }
}
