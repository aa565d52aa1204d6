//! Registries that cannot be asked, and let one wait to find out.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::Timestamp;
use ports::{Kind, PortError, PortResult};

/// How long a failure takes that nobody is to wait for again.
const LONG: Duration = Duration::from_secs(1);

/// For how long nobody who only wants to know what an image does waits again for a registry that could not be asked. Where the server's way to
/// registries is barred by silence, each container would else be made to wait; a pull always asks.
const PATIENCE: Duration = Duration::from_mins(5);

/// Of how many registries that is remembered.
const REMEMBERED: usize = 256;

/// When a registry could not be asked the last time, and what was said about it.
#[derive(Default)]
pub(crate) struct Outages(Mutex<HashMap<String, (Timestamp, String)>>);

impl Outages {
    /// Why a registry could not be asked lately.
    pub(super) fn lately(&self, registry: &str, now: Timestamp) -> Option<PortError> {
        let outages = self.0.lock().expect("invariant: no panic while holding it");
        let (at, reason) = outages.get(registry)?;
        (now < at.plus(PATIENCE)).then(|| PortError::new(Kind::Timeout, reason.clone()))
    }

    /// Notes how a registry was asked, from `begun` to `now`.
    pub(super) fn note<T>(&self, registry: &str, begun: Timestamp, now: Timestamp, outcome: &PortResult<T>) {
        let mut outages = self.0.lock().expect("invariant: no panic while holding it");
        match outcome {
            Err(error) if nobody_asked(error) && now.since(begun) >= LONG => {
                if outages.len() >= REMEMBERED {
                    outages.clear();
                }
                outages.insert(registry.to_owned(), (now, error.to_string()));
            }
            _ => drop(outages.remove(registry)),
        }
    }
}

/// Whether a failure says nothing about the image, since nobody could be asked.
pub(super) fn nobody_asked(error: &PortError) -> bool {
    matches!(error.kind, Kind::Unavailable | Kind::Timeout | Kind::Forbidden)
}
