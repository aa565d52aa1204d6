//! Points and spans of time as Go writes them.

use std::time::Duration;

use domain::Timestamp;
use serde::{Serialize, Serializer};

/// What Go writes for a point in time that was never set.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A point in time as Go's `time.RFC3339Nano` in UTC: zeros at the end of the fraction are left out. `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rfc3339(pub(crate) Option<Timestamp>);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(at) => serializer.serialize_str(Text::write(at, 9).as_str()),
            None => serializer.serialize_str(NEVER),
        }
    }
}

/// As [`Rfc3339`], cut to whole milliseconds: docker-java reads a network's `Created` with a parser that trips over nine digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rfc3339Millis(pub(crate) Timestamp);

impl Serialize for Rfc3339Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::write(self.0, 3).as_str())
    }
}

/// As [`Rfc3339`], cut to whole seconds, as volumes show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rfc3339Secs(pub(crate) Timestamp);

impl Serialize for Rfc3339Secs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::write(self.0, 0).as_str())
    }
}

/// A point in time with all nine digits of its fraction, as log lines begin with it (moby `RFC3339NanoFixed`).
pub(crate) struct FixedTime(Text);

impl FixedTime {
    /// Writes `at`.
    pub(crate) fn new(at: Timestamp) -> Self {
        let mut text = Text::write(at, 9);
        text.bytes[19] = b'.';
        text.digits(20..29, at.as_nanos().rem_euclid(1_000_000_000));
        text.bytes[29] = b'Z';
        text.length = 30;
        Self(text)
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A date being written. It is done by hand because each inspected container holds several, and it is by far cheaper.
struct Text {
    bytes: [u8; 30],
    length: usize,
}

impl Text {
    /// Writes `at` with at most `digits` digits of its fraction.
    fn write(at: Timestamp, digits: usize) -> Self {
        let seconds = at.as_secs();
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let clock = seconds.rem_euclid(86_400);
        let mut text = Self { bytes: *b"0000-00-00T00:00:00.000000000Z", length: 19 };
        text.digits(0..4, year);
        text.digits(5..7, month);
        text.digits(8..10, day);
        text.digits(11..13, clock / 3600);
        text.digits(14..16, clock / 60 % 60);
        text.digits(17..19, clock % 60);
        text.digits(20..29, at.as_nanos().rem_euclid(1_000_000_000));
        let fraction = &text.bytes[20..20 + digits];
        if let Some(last) = fraction.iter().rposition(|digit| *digit != b'0') {
            text.length = 21 + last;
        }
        text.bytes[text.length] = b'Z';
        text.length += 1;
        text
    }

    fn digits(&mut self, at: std::ops::Range<usize>, mut number: i64) {
        for byte in self.bytes[at].iter_mut().rev() {
            *byte = b'0' + u8::try_from(number % 10).expect("invariant: a digit is at most 9");
            number /= 10;
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("invariant: only ASCII was written")
    }
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A span of time in words (docker/go-units `HumanDuration`).
pub(crate) fn human(span: Duration) -> String {
    let seconds = span.as_secs();
    let minutes = seconds / 60;
    let hours = (seconds + 1800) / 3600;
    if seconds < 1 {
        "Less than a second".to_owned()
    } else if seconds == 1 {
        "1 second".to_owned()
    } else if seconds < 60 {
        format!("{seconds} seconds")
    } else if minutes == 1 {
        "About a minute".to_owned()
    } else if minutes < 60 {
        format!("{minutes} minutes")
    } else if hours == 1 {
        "About an hour".to_owned()
    } else if hours < 48 {
        format!("{hours} hours")
    } else if hours < 24 * 7 * 2 {
        format!("{} days", hours / 24)
    } else if hours < 24 * 30 * 2 {
        format!("{} weeks", hours / 24 / 7)
    } else if hours < 24 * 365 * 2 {
        format!("{} months", hours / 24 / 30)
    } else {
        format!("{} years", seconds / 3600 / 24 / 365)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Rfc3339, Rfc3339Millis, Rfc3339Secs, human};

    fn text(value: impl serde::Serialize) -> String {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn fractions_are_trimmed_as_go_trims_them() {
        let at = |nanos: i64| Timestamp::from_nanos(1_795_501_404_000_000_000 + nanos);
        assert_eq!(text(Rfc3339(None)), "0001-01-01T00:00:00Z");
        assert_eq!(text(Rfc3339(Some(at(0)))), "2026-11-24T06:23:24Z");
        assert_eq!(text(Rfc3339(Some(at(236_131_737)))), "2026-11-24T06:23:24.236131737Z");
        assert_eq!(text(Rfc3339(Some(at(80_100_000)))), "2026-11-24T06:23:24.0801Z");
        assert_eq!(text(Rfc3339Millis(at(80_999_999))), "2026-11-24T06:23:24.08Z");
        assert_eq!(text(Rfc3339Millis(at(999))), "2026-11-24T06:23:24Z");
        assert_eq!(text(Rfc3339Secs(at(999_999_999))), "2026-11-24T06:23:24Z");
    }

    proptest! {
        #[test]
        fn dates_read_back(nanos in any::<i64>()) {
            let read: jiff::Timestamp = text(Rfc3339(Some(Timestamp::from_nanos(nanos)))).parse().unwrap();
            prop_assert_eq!(read.as_nanosecond(), i128::from(nanos));
        }
    }

    #[test]
    fn spans_in_words() {
        for (seconds, words) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (119, "About a minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"),
            (3600, "About an hour"),
            (5399, "About an hour"),
            (5400, "2 hours"),
            (47 * 3600, "47 hours"),
            (48 * 3600, "2 days"),
            (15 * 86_400, "2 weeks"),
            (70 * 86_400, "2 months"),
            (800 * 86_400, "2 years"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), words, "{seconds}");
        }
    }
}
