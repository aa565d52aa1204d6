//! What was learnt lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// How much is remembered. What is forgotten is asked for again.
const KEPT: usize = 256;

/// A few things that were learnt, each for as long as it holds.
pub(super) struct Recent<K, V>(Mutex<HashMap<K, (V, Instant)>>);

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// What is known of `key`, if it still holds.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let kept = self.0.lock().expect("invariant: no panic while holding it");
        kept.get(key).filter(|(_, until)| *until > Instant::now()).map(|(value, _)| value.clone())
    }

    /// Remembers something, in place of what was known of `key`; if that is too much, what would be forgotten first anyway goes.
    pub(super) fn insert(&self, key: K, value: V, life: Duration) {
        let mut kept = self.0.lock().expect("invariant: no panic while holding it");
        if kept.len() >= KEPT
            && !kept.contains_key(&key)
            && let Some(first) = kept.iter().min_by_key(|(_, (_, until))| *until).map(|(key, _)| key.clone())
        {
            kept.remove(&first);
        }
        kept.insert(key, (value, Instant::now() + life));
    }

    /// Forgets what turned out to be wrong.
    pub(super) fn remove(&self, key: &K) {
        self.0.lock().expect("invariant: no panic while holding it").remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn things_are_known_for_their_life() {
        let recent = Recent::new();
        recent.insert("a", 1, Duration::from_secs(10));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(recent.get(&"a"), Some(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(recent.get(&"a"), None);
    }

    #[tokio::test]
    async fn there_is_a_limit_and_the_oldest_go_first() {
        let recent = Recent::new();
        for number in 0..2 * KEPT {
            recent.insert(number, number, Duration::from_secs(60 + number as u64));
        }
        assert_eq!(recent.0.lock().unwrap().len(), KEPT);
        assert_eq!((recent.get(&0), recent.get(&(2 * KEPT - 1))), (None, Some(2 * KEPT - 1)));
        recent.remove(&(2 * KEPT - 1));
        assert_eq!(recent.get(&(2 * KEPT - 1)), None);
    }
}
