//! What opens a registry.

use std::fmt;

/// What opens a registry. Shown for debugging it hides its secrets, and nothing else shows it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// A name and a password, or what stands in for one (a personal access token).
    Password {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// A token for the registry itself, which it takes as it is (API reference, Authentication: `registrytoken`).
    Token(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => write!(f, "Password({username:?}, hidden)"),
            Self::Token(_) => f.write_str("Token(hidden)"),
        }
    }
}

/// Credentials and the registry they open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    /// The registry as [`crate::ImageRef::registry`] names it.
    pub registry: String,
    /// What opens it.
    pub credentials: Credentials,
}

/// What Docker calls Docker Hub where it keeps credentials.
pub const INDEX_SERVER: &str = "https://index.docker.io/v1/";

/// The server address of Docker's credentials for a registry that is named as by [`crate::ImageRef::registry`] (docker/cli
/// `registry.GetAuthConfigKey`). What it means is told by [`registry_of`].
#[must_use]
pub fn server_address(registry: &str) -> &str {
    if registry == super::reference::DEFAULT_REGISTRY { INDEX_SERVER } else { registry }
}

/// The registry that a server address of Docker's credentials means, as [`crate::ImageRef::registry`] names it: `https://index.docker.io/v1/`
/// and nothing at all are `docker.io`, `https://quay.io/v2/` is `quay.io` (docker/cli `credentials.ConvertToHostname`).
#[must_use]
pub fn registry_of(server_address: &str) -> &str {
    let address = server_address.trim();
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    match rest.split('/').next().unwrap_or_default() {
        "" | "index.docker.io" | "registry-1.docker.io" | "docker.io" => super::reference::DEFAULT_REGISTRY,
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, registry_of, server_address};

    #[test]
    fn secrets_are_never_shown() {
        let password = Credentials::Password { username: "ann".to_owned(), password: "secret".to_owned() };
        let shown = format!("{password:?} {:?}", Credentials::Token("secret".to_owned()));
        assert!(shown.contains("ann") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn addresses_are_registries() {
        for (address, registry) in [
            ("", "docker.io"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("registry-1.docker.io", "docker.io"),
            ("https://quay.io/v2/", "quay.io"),
            ("http://localhost:5000", "localhost:5000"),
            ("ghcr.io", "ghcr.io"),
        ] {
            assert_eq!(registry_of(address), registry, "{address}");
            assert_eq!(registry_of(server_address(registry)), registry);
        }
    }
}
