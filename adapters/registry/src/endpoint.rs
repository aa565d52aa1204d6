//! Where a registry is to be found.

use crate::settings::RegistrySettings;

/// One place that answers for a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme, host, port and path, without a slash at the end: `https://registry-1.docker.io`.
    pub(crate) url: String,
    /// Whether its certificate is not checked, and `http` tried where `https` does not answer.
    pub(crate) insecure: bool,
    /// Whether it is a mirror: what opens the registry is not shown to it.
    pub(crate) mirror: bool,
}

/// The places that answer for `registry`, in the order they are to be asked.
pub(crate) fn endpoints(registry: &str, settings: &RegistrySettings) -> Vec<Endpoint> {
    let mirrors = settings.mirrors.iter().filter(|mirror| mirror.registry == "*" || mirror.registry == registry);
    let mirrors = mirrors.map(|mirror| Endpoint { url: mirror.url.trim_end_matches('/').to_owned(), insecure: false, mirror: true });
    let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
    let own = Endpoint { url: format!("https://{host}"), insecure: settings.insecure.iter().any(|name| name == registry), mirror: false };
    mirrors.chain([own]).collect()
}
