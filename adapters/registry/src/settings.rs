//! What the operator says about registries.

use std::path::PathBuf;
use std::time::Duration;

/// A stand-in for a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The registry, `docker.io`; `*` is every one.
    pub registry: String,
    /// Where it is: `http://` or `https://`, host, port, and a path if it has one. It may hold a name and a password; what clients gave for
    /// the registry is not shown to it.
    pub url: String,
}

/// What the operator says about registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    /// Tried in this order, then the registry itself.
    pub mirrors: Vec<Mirror>,
    /// Registries whose certificate is not checked, and which may answer without TLS. Those of this machine (`localhost`, 127.0.0.0/8, ::1)
    /// are among them, as in Docker.
    pub insecure: Vec<String>,
    /// Files in PEM format with certificates to trust besides the system's.
    pub ca_files: Vec<PathBuf>,
    /// Hosts that give tokens for registries elsewhere. Credentials are shown to a registry's own host and its siblings without this.
    pub token_hosts: Vec<String>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a registry may be silent.
    pub read_timeout: Duration,
    /// How long all that one answer needs may take, retries included.
    pub timeout: Duration,
    /// For how long it is not asked again what a tag stands for.
    pub tag_life: Duration,
}

impl Default for RegistrySettings {
    fn default() -> Self {
        Self {
            mirrors: Vec::new(),
            insecure: Vec::new(),
            ca_files: Vec::new(),
            token_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            tag_life: Duration::from_secs(5),
        }
    }
}
