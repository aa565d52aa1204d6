//! When a registry is asked again.

use std::time::Duration;

use jiff::Timestamp;

/// How often it is asked again.
pub(super) const AGAIN: u32 = 2;

/// What is waited before it is asked again for the first time, if it says nothing; then twice as long each time.
const FIRST: Duration = Duration::from_millis(200);

/// How long to wait after `failed` failures: with others who wait for the same registry not all at once.
pub(super) fn pause(failed: u32) -> Duration {
    (FIRST * 2_u32.pow(failed)).mul_f64(rand::random_range(0.5..1.0))
}

/// How long a `Retry-After` tells to wait: seconds, or the time of an HTTP date.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Duration::try_from(date.timestamp().duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_seconds_or_dates() {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Tue, 24 Nov 2026 10:00:30 GMT", Some(30)),
            ("Tue, 24 Nov 2026 09:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn pauses_grow() {
        for _ in 0..100 {
            assert!((Duration::from_millis(100)..Duration::from_millis(200)).contains(&pause(0)));
            assert!((Duration::from_millis(200)..Duration::from_millis(400)).contains(&pause(1)));
        }
    }
}
