//! Names of secrets.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, SeqAccess, Visitor};

/// Reads names: a list, or a text with commas between them, of which spaces are no part.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Names)
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names of secrets: a list, or a text with commas between them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        let text = text.replace(' ', "");
        text.split(',').filter(|name| !name.is_empty()).map(name).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut names = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            names.push(name(&text)?);
        }
        Ok(names)
    }
}

/// The characters that names of objects have; whether there is such an object turns out when it is needed.
fn name<E: Error>(text: &str) -> Result<String, E> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let edges = !text.starts_with(['-', '.']) && !text.ends_with(['-', '.']);
    if text.is_empty() || text.len() > 253 || !text.bytes().all(fits) || !edges {
        return Err(E::custom(format!("\"{text}\" is not the name of a secret")));
    }
    Ok(text.to_owned())
}
