//! The machine's own time and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use ports::{Clock, Ids};

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// The machine's source of randomness.
pub(crate) struct RandomIds;

impl Ids for RandomIds {
    fn bytes(&self) -> [u8; 32] {
        rand::random()
    }
}
