//! JSON as Go reads it: what is null or missing is the zero value.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A map of texts.
pub(crate) type Texts = Option<BTreeMap<String, Option<String>>>;

/// A list of texts in which null stands for an empty one.
pub(crate) type List = Option<Vec<Option<String>>>;

/// The texts of a list; `None` if it was not said.
pub(crate) fn list(list: List) -> Option<Vec<String>> {
    list.map(|list| list.into_iter().map(Option::unwrap_or_default).collect())
}

/// The pairs of a map.
pub(crate) fn texts(map: Texts) -> BTreeMap<String, String> {
    map.into_iter().flatten().map(|(key, value)| (key, value.unwrap_or_default())).collect()
}

/// A command: a list of words, or one text that is one word (moby `strslice.StrSlice`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;

        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, word: &str) -> Result<Words, E> {
                Ok(Words(vec![word.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Words, A::Error> {
                let mut list = Vec::with_capacity(words.size_hint().unwrap_or(0).min(64));
                while let Some(word) = words.next_element::<Option<String>>()? {
                    list.push(word.unwrap_or_default());
                }
                Ok(Words(list))
            }
        }

        deserializer.deserialize_any(WordsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_come_in_three_forms() {
        for (json, words) in [
            (r#""echo hi""#, Some(vec!["echo hi"])),
            (r#"["echo", null, "hi"]"#, Some(vec!["echo", "", "hi"])),
            ("[]", Some(vec![])),
            ("null", None),
        ] {
            let read: Option<Words> = serde_json::from_str(json).unwrap();
            assert_eq!(read.map(|words| words.0), words.map(|words| words.into_iter().map(str::to_owned).collect()), "{json}");
        }
        for bad in ["5", "{}", "[1]", r#"[["a"]]"#, "true"] {
            assert!(serde_json::from_str::<Option<Words>>(bad).is_err(), "{bad}");
        }
    }
}
