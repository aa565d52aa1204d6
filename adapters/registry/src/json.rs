//! JSON that somebody else has written.

use serde::de::{DeserializeOwned, Error};

/// Reads an object. Lists are refused, which serde takes for the fields of a struct in their order.
pub(crate) fn object<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    match text.trim_ascii_start().first() {
        Some(b'{') | None => serde_json::from_slice(text),
        Some(_) => Err(Error::custom("it is no JSON object")),
    }
}
