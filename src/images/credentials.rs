//! What opens registries: what clients gave, kept in memory, and what is configured.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::{Credentials, ImageRef, RegistryLogin};

use crate::core::Core;

/// Of how many registries credentials are kept. Whoever has more than that loses some, and gives them again with the next pull.
const KEPT: usize = 256;

/// What clients gave, by registry.
#[derive(Default)]
pub(crate) struct CredentialStore(Mutex<HashMap<String, Credentials>>);

impl CredentialStore {
    /// Keeps what opens a registry, in place of what did.
    pub(crate) fn keep(&self, login: RegistryLogin) {
        let mut kept = self.0.lock().expect("invariant: no panic while holding it");
        if kept.len() >= KEPT
            && !kept.contains_key(&login.registry)
            && let Some(other) = kept.keys().next().cloned()
        {
            kept.remove(&other);
        }
        kept.insert(login.registry, login.credentials);
    }

    /// What a client gave for a registry.
    pub(crate) fn find(&self, registry: &str) -> Option<Credentials> {
        self.0.lock().expect("invariant: no panic while holding it").get(registry).cloned()
    }
}

/// Keeps what a client gave for the registry of an image.
pub(super) fn keep(core: &Core, reference: &ImageRef, credentials: Option<Credentials>) {
    if let Some(credentials) = credentials {
        core.credentials.keep(RegistryLogin { registry: reference.registry().to_owned(), credentials });
    }
}

/// What opens a registry: what this client gives, else what one gave before, else what is configured.
pub(super) async fn credentials(core: &Core, registry: &str, given: Option<&Credentials>) -> Option<Credentials> {
    if let Some(known) = given.cloned().or_else(|| core.credentials.find(registry)) {
        return Some(known);
    }
    for keychain in &core.outbound.keychains {
        match keychain.credentials(registry).await {
            Ok(Some(credentials)) => return Some(credentials),
            Ok(None) => {}
            Err(error) => tracing::warn!(registry, %error, "cannot read configured credentials; going on without"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(registry: &str, token: &str) -> RegistryLogin {
        RegistryLogin { registry: registry.to_owned(), credentials: Credentials::Token(token.to_owned()) }
    }

    #[test]
    fn the_last_of_a_registry_counts_and_there_is_a_limit() {
        let store = CredentialStore::default();
        store.keep(login("quay.io", "1"));
        store.keep(login("quay.io", "2"));
        assert_eq!(store.find("quay.io"), Some(Credentials::Token("2".to_owned())));
        assert_eq!(store.find("docker.io"), None);
        for number in 0..2 * KEPT {
            store.keep(login(&number.to_string(), "x"));
        }
        assert_eq!(store.0.lock().unwrap().len(), KEPT);
        assert!(store.find(&(2 * KEPT - 1).to_string()).is_some());
    }
}
