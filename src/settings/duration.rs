//! Spans of time as people write them.

use std::fmt;
use std::time::Duration;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a span with its unit, such as `90s`; Go's notation, which the original takes, is read too.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(Span)
}

/// The same where nothing need be said.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize(deserializer).map(Some)
}

struct Span;

impl Visitor<'_> for Span {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 90s or 1h30m")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        let refuse = |reason: &dyn fmt::Display| E::custom(format!("\"{text}\" is not a duration such as 90s or 1h30m: {reason}"));
        match humantime::parse_duration(text) {
            Ok(Duration::ZERO) => Err(refuse(&"it must be more than nothing")),
            Ok(duration) => Ok(duration),
            Err(error) => Err(refuse(&error)),
        }
    }
}
