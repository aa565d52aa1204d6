//! What goes wrong between a registry and us, in the words of dockerd.

use std::error::Error;
use std::io;

use ports::{Kind, PortError};
use reqwest::Url;
use rustls::CertificateError;

/// The longest text of a registry that is repeated, in bytes.
const LONGEST: usize = 512;

/// Why an attempt failed, and what to do about it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: PortError,
    pub(super) next: Next,
}

/// What may help after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    GiveUp,
    /// The same again, after a while.
    Again,
    /// The same again, after as long as the registry said.
    After(std::time::Duration),
    /// `http`, if the registry may answer without TLS.
    WithoutTls,
}

impl Failure {
    /// A failure that stays.
    pub(super) fn lasting(kind: Kind, context: impl Into<String>) -> Self {
        Self { error: PortError::new(kind, context), next: Next::GiveUp }
    }

    /// No answer came from `url`, which is shown as `shown`.
    pub(super) fn no_answer(shown: &str, url: &Url, error: &reqwest::Error) -> Self {
        let cause = root_cause(error);
        let (kind, next, why) = if error.is_connect() {
            unconnected(url, error, cause)
        } else if error.is_timeout() {
            let why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned();
            (Kind::Timeout, Next::GiveUp, why)
        } else if error.is_builder() {
            (Kind::Internal, Next::GiveUp, cause.to_string())
        } else {
            (Kind::Unavailable, Next::Again, broken_off(cause))
        };
        Self { error: PortError::new(kind, format!("Get \"{shown}\": {}", tidy(&why))), next }
    }

    /// An answer from `url` broke off.
    pub(super) fn no_end(url: &Url, error: &reqwest::Error) -> Self {
        let shown = shown(url);
        if error.is_timeout() {
            let why = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
            return Self::lasting(Kind::Timeout, format!("Get \"{shown}\": {why}"));
        }
        let why = tidy(&broken_off(root_cause(error)));
        Self { error: PortError::new(Kind::Unavailable, format!("Get \"{shown}\": {why}")), next: Next::Again }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self { error, next: Next::GiveUp }
    }
}

/// Nothing can connect to a registry.
pub(super) fn no_client(error: &(dyn Error + 'static)) -> PortError {
    let why = match chain(error).find_map(tls_error) {
        // The system has no certificates, as in an image made from nothing.
        Some(rustls::Error::General(why)) => format!("{why}; name some in registry.ca-files"),
        _ => root_cause(error).to_string(),
    };
    PortError::new(Kind::Unavailable, format!("cannot connect to registries: {}", tidy(&why)))
}

/// Why no connection was made.
fn unconnected(url: &Url, error: &reqwest::Error, cause: &(dyn Error + 'static)) -> (Kind, Next, String) {
    let host = url.host_str().unwrap_or_default();
    let address = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    if error.is_timeout() {
        return (Kind::Timeout, Next::GiveUp, format!("dial tcp {address}: i/o timeout"));
    }
    if error.is_dns() || chain(error).any(|error| error.to_string() == "dns error") {
        return (Kind::Unavailable, Next::GiveUp, format!("dial tcp: lookup {host}: no such host"));
    }
    if let Some(error) = chain(error).find_map(tls_error) {
        return (Kind::Unavailable, Next::WithoutTls, tls_text(host, error));
    }
    let why = match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connect: connection refused".to_owned(),
        Some(io::ErrorKind::HostUnreachable) => "connect: no route to host".to_owned(),
        Some(io::ErrorKind::NetworkUnreachable) => "connect: network is unreachable".to_owned(),
        // In the middle of the handshake: it does not speak TLS.
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => "read: connection reset by peer".to_owned(),
        _ => cause.to_string(),
    };
    (Kind::Unavailable, Next::WithoutTls, format!("dial tcp {address}: {why}"))
}

/// What is wrong with how the host proves that it is itself.
fn tls_text(host: &str, error: &rustls::Error) -> String {
    let why = match error {
        rustls::Error::InvalidMessage(_) => return "http: server gave HTTP response to HTTPS client".to_owned(),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "certificate signed by unknown authority (trust it with registry.ca-files)".to_owned()
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "certificate has expired or is not yet valid".to_owned()
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            format!("certificate is not valid for {host}")
        }
        rustls::Error::InvalidCertificate(other) => format!("{other:?}"),
        other => return format!("remote error: tls: {other}"),
    };
    format!("tls: failed to verify certificate: x509: {why}")
}

/// Why an answer ended too early.
fn broken_off(cause: &(dyn Error + 'static)) -> String {
    match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionReset) => "read: connection reset by peer".to_owned(),
        Some(io::ErrorKind::UnexpectedEof) => "unexpected EOF".to_owned(),
        _ => cause.to_string(),
    }
}

/// An address without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // An address that cannot have them has none.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    tidy(shown.as_str())
}

/// What others wrote, so that it can be shown: not too much of it, and nothing that moves a terminal.
pub(super) fn tidy(text: &str) -> String {
    let clean: String = text.trim().chars().take(LONGEST).filter(|c| !c.is_control()).collect();
    clean[..clean.floor_char_boundary(LONGEST)].to_owned()
}

/// The last cause of an error, which names no address.
fn root_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What rustls says, which one `io::Error` or several hide.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => tls_error(error.get_ref()?),
        None => error.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_certificates_is_told_what_to_do() {
        let error = io::Error::other(io::Error::other(rustls::Error::General("No CA certificates".to_owned())));
        let text = no_client(&error).context;
        assert_eq!(text, "cannot connect to registries: No CA certificates; name some in registry.ca-files");
    }

    #[test]
    fn secrets_of_addresses_are_not_shown() {
        let url = Url::parse("https://ann:secret@m.example/v2/?token=secret#secret").unwrap();
        assert_eq!(shown(&url), "https://m.example/v2/");
    }

    #[test]
    fn texts_of_others_are_cut_and_cleaned() {
        assert_eq!(tidy(" a\x1b[31m\r\nb\u{9b}\0 "), "a[31mb");
        assert_eq!(tidy(&"ä".repeat(1000)).len(), LONGEST);
        assert_eq!(tidy(&"€".repeat(1000)).len(), LONGEST / 3 * 3);
    }
}
