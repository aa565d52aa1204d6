//! JSON that somebody else has written.

use serde::de::{DeserializeOwned, Error};

/// How many values a text may hold, about. What images have is far below; but two bytes of a text can take hundreds of memory.
const MOST_VALUES: usize = 1 << 17;

/// Reads an object. Lists are refused, which serde takes for the fields of a struct in their order.
pub(crate) fn object<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    if values(text) > MOST_VALUES {
        return Err(Error::custom(format!("it holds more than {MOST_VALUES} values")));
    }
    match text.trim_ascii_start().first() {
        Some(b'{') | None => serde_json::from_slice(text),
        Some(_) => Err(Error::custom("it is no JSON object")),
    }
}

/// How many values begin in a text, keys included: each has a sign before it that is in no string.
fn values(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' | b',' | b':' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{MOST_VALUES, object, values};

    #[test]
    fn values_are_counted_outside_of_strings() {
        for (text, count) in
            [("", 0), ("{}", 1), (r#"{"a": 1, "b": [2, 3]}"#, 6), (r#"{"a,:[{": "\",[{:\\"}"#, 2), (r#"{"a": "\\\"", "b": 1}"#, 4)]
        {
            assert_eq!(values(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn texts_that_take_much_more_memory_than_they_have_bytes_are_refused() {
        let of = |count: usize| format!(r#"{{"a":[{}0]}}"#, "0,".repeat(count));
        object::<Value>(of(MOST_VALUES - 3).as_bytes()).unwrap();
        let refused = object::<Value>(of(MOST_VALUES - 2).as_bytes()).unwrap_err();
        assert_eq!(refused.to_string(), "it holds more than 131072 values");
        // A text of any length is none.
        object::<Value>(format!(r#"{{"a":"{}"}}"#, ",".repeat(MOST_VALUES)).as_bytes()).unwrap();
    }
}
