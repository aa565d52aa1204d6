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

    /// The value of a key that is yes or no; `None` if it was not given.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text if it is neither, or both.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        let mut seen = None;
        for value in self.values(key) {
            let value = match value {
                "1" | "t" | "T" | "true" | "True" | "TRUE" => true,
                "0" | "f" | "F" | "false" | "False" | "FALSE" => false,
                _ => return Err(invalid(key, self)),
            };
            if seen.replace(value).is_some_and(|earlier| earlier != value) {
                return Err(invalid(key, self));
            }
        }
        Ok(seen)
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

fn invalid(key: &str, filters: &Filters) -> Error {
    let values: Vec<&str> = filters.values(key).collect();
    Error::Invalid(format!("invalid filter '{key}={}'", values.join(",")))
}

impl FromIterator<(String, BTreeSet<String>)> for Filters {
    fn from_iter<T: IntoIterator<Item = (String, BTreeSet<String>)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}
