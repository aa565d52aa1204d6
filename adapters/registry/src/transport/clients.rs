//! Connections.
//!
//! There are three kinds, each made when it is first needed: an address with `http` costs no memory for certificates.

use std::sync::Arc;
use std::time::Duration;

use ports::{Kind, PortError, PortResult};
use reqwest::{Certificate, Client, ClientBuilder, Url, redirect};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::OnceCell;

use super::failure::no_client;
use crate::endpoint::{authority, is_insecure, is_local};
use crate::settings::RegistrySettings;

/// How long a connection is kept for the next request, and how many to one host.
const IDLE: (Duration, usize) = (Duration::from_secs(30), 2);

/// Connections to registries, by how much they are trusted.
pub(super) struct Clients {
    settings: Arc<RegistrySettings>,
    authorities: Vec<Certificate>,
    /// Certificates are checked.
    checked: OnceCell<Client>,
    /// They are not, or there are none.
    unchecked: OnceCell<Client>,
    /// They are not, and no proxy is asked to connect to this machine.
    local: OnceCell<Client>,
}

impl Clients {
    /// # Errors
    /// A certificate file that cannot be read.
    pub(super) fn new(settings: Arc<RegistrySettings>) -> PortResult<Self> {
        let mut authorities = Vec::new();
        for file in &settings.ca_files {
            let invalid = |why: String| PortError::new(Kind::Invalid, format!("registry.ca-files: {}: {why}", file.display()));
            let text = std::fs::read(file).map_err(|error| invalid(error.to_string()))?;
            let found = authorities.len();
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
                // A certificate that nothing can be checked with would only be found when a registry is asked.
                RootCertStore::empty().add(certificate.clone()).map_err(|error| invalid(error.to_string()))?;
                authorities.push(Certificate::from_der(&certificate).map_err(|error| invalid(error.to_string()))?);
            }
            if authorities.len() == found {
                return Err(invalid("no certificate in it".to_owned()));
            }
        }
        Ok(Self { settings, authorities, checked: OnceCell::new(), unchecked: OnceCell::new(), local: OnceCell::new() })
    }

    /// What connects to `url`. `insecure` is a host whose certificates are not checked, besides those of the settings.
    ///
    /// # Errors
    /// [`Kind::Unavailable`] if there are no certificates to check others with.
    pub(super) async fn to(&self, url: &Url, insecure: Option<&str>) -> PortResult<&Client> {
        let local = is_local(authority(url));
        let unchecked = url.scheme() == "http"
            || is_insecure(authority(url), &self.settings)
            || insecure.is_some_and(|host| url.host_str() == Some(host));
        let (cell, builder) = match (local, unchecked) {
            (true, _) => (&self.local, self.builder().no_proxy().tls_danger_accept_invalid_certs(true)),
            (_, true) => (&self.unchecked, self.builder().tls_danger_accept_invalid_certs(true)),
            _ => (&self.checked, self.builder().tls_certs_merge(self.authorities.iter().cloned())),
        };
        cell.get_or_try_init(|| build(builder)).await
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .user_agent(concat!("kubedock/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.settings.connect_timeout)
            .read_timeout(self.settings.read_timeout)
            .redirect(redirect::Policy::none())
            .http1_only()
            .tcp_nodelay(true)
            .pool_idle_timeout(IDLE.0)
            .pool_max_idle_per_host(IDLE.1);
        #[cfg(test)]
        let builder = builder.dns_resolver(Arc::new(super::tests::Names));
        builder
    }
}

/// Reads the system's certificates, which are files.
async fn build(builder: ClientBuilder) -> PortResult<Client> {
    let built = tokio::task::spawn_blocking(|| {
        // Whoever was first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder.build()
    });
    built.await.map_err(|error| no_client(&error))?.map_err(|error| no_client(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn certificates_are_read_when_they_are_needed() {
        let insecure = vec!["plain.example:5000".to_owned()];
        let settings = Arc::new(RegistrySettings { insecure, ..RegistrySettings::default() });
        let clients = Clients::new(settings).unwrap();
        let made = || [&clients.checked, &clients.unchecked, &clients.local].map(OnceCell::initialized);
        assert_eq!(made(), [false, false, false]);
        for (address, insecure, expected) in [
            ("http://127.0.0.1:5000", None, [false, false, true]),
            ("https://localhost", None, [false, false, true]),
            ("http://a.example", None, [false, true, true]),
            ("https://plain.example:5000", None, [false, true, true]),
            ("https://a.example:1", Some("a.example"), [false, true, true]),
            ("https://b.example", Some("a.example"), [true, true, true]),
        ] {
            clients.to(&Url::parse(address).unwrap(), insecure).await.unwrap();
            assert_eq!(made(), expected, "{address}");
        }
    }
}
