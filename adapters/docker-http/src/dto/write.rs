//! Ways in which values are written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::{Serialize, Serializer};

/// The driver that is named as the store of images and containers, in `/info` too. The nodes keep them, each as it likes.
pub(crate) const STORAGE_DRIVER: &str = "kubedock";

/// For `skip_serializing_if`: Go's `omitempty`.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A list or map that is null when it is empty, as an unset one is in Go.
pub(super) fn some<T: Emptiness + ?Sized>(value: &T) -> Option<&T> {
    (!value.is_empty()).then_some(value)
}

/// What can be empty.
pub(super) trait Emptiness {
    fn is_empty(&self) -> bool;
}

impl<T> Emptiness for [T] {
    fn is_empty(&self) -> bool {
        <[T]>::is_empty(self)
    }
}

impl<K, V> Emptiness for BTreeMap<K, V> {
    fn is_empty(&self) -> bool {
        BTreeMap::is_empty(self)
    }
}

impl<T> Emptiness for BTreeSet<T> {
    fn is_empty(&self) -> bool {
        BTreeSet::is_empty(self)
    }
}

/// A value as the text it displays as; nothing is an empty text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<T>(pub(super) Option<T>);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }
}

/// The empty object that Go writes for `struct{}`.
#[derive(Serialize)]
struct Nothing {}

/// A set as Go writes it: a map of empty objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set<'a, T>(pub(super) &'a BTreeSet<T>);

impl<T: Display> Serialize for Set<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|key| (Shown(Some(key)), Nothing {})))
    }
}

/// A map whose values are written as something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mapped<'a, K, V, F>(pub(super) &'a BTreeMap<K, V>, pub(super) F);

impl<'a, K: Display, V, T: Serialize, F: Fn(&'a V) -> T> Serialize for Mapped<'a, K, V, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (Shown(Some(key)), (self.1)(value))))
    }
}
