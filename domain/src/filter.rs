//! Filters of list, prune and event requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, Result};

/// What a client asked a list to be narrowed to: keys, each with one or more values.
///
/// Source: API reference, parameter `filters`; semantics of the values are those of each list (moby `api/types/filters`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(BTreeMap<String, BTreeSet<String>>);

impl Filters {
    /// The values given for `key`; none if the key was not given.
    pub fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.get(key).into_iter().flatten().map(String::as_str)
    }

    /// Adds a value of `key`.
    pub fn add(&mut self, key: &str, value: &str) {
        self.0.entry(key.to_owned()).or_default().insert(value.to_owned());
    }

    /// Whether `key` was given.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses keys other than `known`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text for the first unknown key.
    pub fn allow(&self, known: &[&str]) -> Result<()> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Error::Invalid(format!("invalid filter '{key}'"))),
            None => Ok(()),
        }
    }

    /// Whether `key` was not given, or `test` holds for one of its values.
    pub fn any(&self, key: &str, test: impl FnMut(&str) -> bool) -> bool {
        !self.has(key) || self.values(key).any(test)
    }

    /// The value of a key that is yes or no; `None` if it was not given (moby `api/types/filters`, `GetBoolOrDefault`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text if it is neither, or both.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        if !self.has(key) {
            return Ok(None);
        }
        let given = |texts: [&str; 2]| self.values(key).any(|value| texts.contains(&value));
        let (yes, no) = (given(["1", "true"]), given(["0", "false"]));
        if yes == no {
            let values: Vec<&str> = self.values(key).collect();
            return Err(Error::Invalid(format!("invalid filter '{key}=[{}]'", values.join(" "))));
        }
        Ok(Some(yes))
    }

    /// Whether `labels` satisfy every value of the key `label` (`key` or `key=value`) and none of `label!`.
    #[must_use]
    pub fn labels_match(&self, labels: &BTreeMap<String, String>) -> bool {
        let holds = |wanted: &str| match wanted.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|have| have == value),
            None => labels.contains_key(wanted),
        };
        self.values("label").all(holds) && !self.values("label!").any(holds)
    }
}

impl FromIterator<(String, BTreeSet<String>)> for Filters {
    fn from_iter<T: IntoIterator<Item = (String, BTreeSet<String>)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Filters;

    fn filters(key: &str, values: &[&str]) -> Filters {
        [(key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())].into_iter().collect()
    }

    #[test]
    fn flags_are_yes_or_no() {
        for (values, expected) in [(&["true"][..], true), (&["1", "x"], true), (&["0"], false), (&["false", "0"], false)] {
            assert_eq!(filters("dangling", values).flag("dangling"), Ok(Some(expected)), "{values:?}");
        }
        assert_eq!(Filters::default().flag("dangling"), Ok(None));
        for (values, shown) in [(&["x"][..], "[x]"), (&["true", "false"], "[false true]"), (&["True"], "[True]")] {
            let text = filters("dangling", values).flag("dangling").unwrap_err().to_string();
            assert_eq!(text, format!("invalid filter 'dangling={shown}'"));
        }
    }

    #[test]
    fn labels_must_all_match_and_none_of_the_excluded() {
        let labels = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("c".to_owned(), String::new())]);
        for (key, values, expected) in [
            ("label", &["a"][..], true),
            ("label", &["a=b", "c"], true),
            ("label", &["a=b", "d"], false),
            ("label", &["a=x"], false),
            ("label", &["c="], true),
            ("label!", &["a=x"], true),
            ("label!", &["a"], false),
        ] {
            assert_eq!(filters(key, values).labels_match(&labels), expected, "{key} {values:?}");
        }
    }

    #[test]
    fn unknown_keys_are_named() {
        assert_eq!(filters("a", &["b"]).allow(&["b"]).unwrap_err().to_string(), "invalid filter 'a'");
        assert_eq!(filters("a", &["b"]).allow(&["b", "a"]), Ok(()));
    }
}
