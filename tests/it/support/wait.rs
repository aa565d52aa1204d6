//! Waiting with a limit: a test never sleeps and hopes.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(5);

/// Asks `probe` until it has an answer.
///
/// # Panics
/// When there is none within [`LIMIT`].
pub(crate) fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Asks `probe` until it answers `wanted`.
///
/// # Panics
/// When it does not within [`LIMIT`]; the last answer is part of the message.
pub(crate) fn until_equal<T: PartialEq + Debug>(what: &str, wanted: &T, mut probe: impl FnMut() -> T) {
    let begin = Instant::now();
    loop {
        let now = probe();
        if now == *wanted {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "not within {LIMIT:?}: {what} is {now:?}, not {wanted:?}");
        std::thread::sleep(PAUSE);
    }
}
