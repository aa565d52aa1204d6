//! Values of JSON that somebody else has written.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::Value;

/// A text; numbers count as such (`"User": 1000`), and everything else as none.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A list of texts, or one by itself (moby `strslice`). What is no text in a list is left out.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

/// The keys of an object: Go's way to write a set.
pub(super) fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

/// An object whose values are texts.
pub(super) fn map(value: &Value) -> BTreeMap<String, String> {
    let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    value.as_object().into_iter().flatten().filter_map(pair).collect()
}

/// A whole number; 0 if it is none.
pub(super) fn integer(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A point in time (RFC 3339), if it can be told in nanoseconds: Go's zero time, the year 1, cannot.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok().map(Timestamp::from_nanos)
}
