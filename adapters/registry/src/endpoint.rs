//! Where a registry is to be found.

use std::net::IpAddr;

use domain::Credentials;
use percent_encoding::percent_decode_str;
use ports::{Kind, PortError, PortResult};
use reqwest::Url;

use crate::settings::{Mirror, RegistrySettings};

/// One place that answers for a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme, host, port and path, without a slash at the end: `https://registry-1.docker.io`.
    pub(crate) url: String,
    /// Whether its certificate is not checked, and `http` tried where `https` does not answer.
    pub(crate) insecure: bool,
    /// Whether it is a mirror: what opens the registry is not shown to it.
    pub(crate) mirror: bool,
    /// What opens this place and no other: the name and password in a mirror's address.
    pub(crate) credentials: Option<Credentials>,
}

/// The places that answer for `registry`, in the order they are to be asked.
pub(crate) fn endpoints(registry: &str, settings: &RegistrySettings) -> Vec<Endpoint> {
    let mirrors = settings.mirrors.iter().filter(|mirror| mirror.registry == "*" || mirror.registry == registry);
    // Those that are none were refused with the settings.
    let mirrors = mirrors.filter_map(|mirror| mirrored(mirror, settings).ok());
    let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
    let insecure = is_insecure(registry, settings);
    let own = Endpoint { url: format!("https://{host}"), insecure, mirror: false, credentials: None };
    mirrors.chain([own]).collect()
}

/// The place a mirror is at.
///
/// # Errors
/// [`Kind::Invalid`] if its address is none.
pub(crate) fn mirrored(mirror: &Mirror, settings: &RegistrySettings) -> PortResult<Endpoint> {
    // The address may hold a password, so it is not repeated.
    let invalid = |why: &str| PortError::new(Kind::Invalid, format!("registry.mirrors: the url of \"{}\" {why}", mirror.registry));
    let mut url = Url::parse(&mirror.url).map_err(|error| invalid(&format!("is none: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("must begin with http:// or https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("must end with its path"));
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let credentials = (!url.username().is_empty())
        .then(|| Credentials::Password { username: decoded(url.username()), password: decoded(url.password().unwrap_or_default()) });
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return Err(invalid("has no host"));
    }
    let insecure = is_insecure(authority(&url), settings);
    Ok(Endpoint { url: url.as_str().trim_end_matches('/').to_owned(), insecure, mirror: true, credentials })
}

/// Whether the certificate of a registry, named `host` or `host:port`, is not checked.
pub(crate) fn is_insecure(registry: &str, settings: &RegistrySettings) -> bool {
    settings.insecure.iter().any(|name| name.eq_ignore_ascii_case(registry)) || is_local(registry)
}

/// Whether a host, `host:port` or not, is this machine: `localhost`, 127.0.0.0/8 and ::1.
pub(crate) fn is_local(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && (!host.contains(':') || host.ends_with(']')) => host,
        _ => authority,
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// `host` or `host:port` of an address.
pub(crate) fn authority(url: &Url) -> &str {
    let authority = url.authority();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(mirrors: &[(&str, &str)], insecure: &[&str]) -> RegistrySettings {
        let mirror = |(registry, url): &(&str, &str)| Mirror { registry: (*registry).to_owned(), url: (*url).to_owned() };
        RegistrySettings {
            mirrors: mirrors.iter().map(mirror).collect(),
            insecure: insecure.iter().map(|name| (*name).to_owned()).collect(),
            ..RegistrySettings::default()
        }
    }

    #[test]
    fn mirrors_come_first_and_in_order() {
        let settings = settings(
            &[("docker.io", "https://a.example/path/"), ("quay.io", "https://q.example"), ("*", "http://b.example:5000")],
            &["b.example:5000"],
        );
        let asked = |registry: &str| {
            let endpoints = endpoints(registry, &settings).into_iter();
            endpoints.map(|endpoint| (endpoint.url, endpoint.mirror, endpoint.insecure)).collect::<Vec<_>>()
        };
        assert_eq!(
            asked("docker.io"),
            [
                ("https://a.example/path".to_owned(), true, false),
                ("http://b.example:5000".to_owned(), true, true),
                ("https://registry-1.docker.io".to_owned(), false, false),
            ]
        );
        assert_eq!(asked("ghcr.io")[1..], [("https://ghcr.io".to_owned(), false, false)]);
    }

    #[test]
    fn this_machine_is_insecure() {
        let settings = settings(&[], &["registry.local:5000"]);
        for (registry, insecure) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.9.9.9", true),
            ("[::1]:5000", true),
            ("[::1]", true),
            ("registry.local:5000", true),
            ("registry.local", false),
            ("registry.local:5001", false),
            ("localhost.example", false),
            ("127.0.0.1.example", false),
            ("128.0.0.1:5000", false),
            ("[::2]:5000", false),
        ] {
            assert_eq!(endpoints(registry, &settings)[0].insecure, insecure, "{registry}");
        }
    }

    #[test]
    fn a_mirrors_password_is_its_own_and_is_not_shown() {
        let settings = settings(&[("*", "https://ann:p%40ss@m.example/x")], &[]);
        let endpoint = endpoints("docker.io", &settings).remove(0);
        assert_eq!(endpoint.url, "https://m.example/x");
        assert_eq!(endpoint.credentials, Some(Credentials::Password { username: "ann".to_owned(), password: "p@ss".to_owned() }));
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("p@ss") && !shown.contains("p%40ss"), "{shown}");
    }

    #[test]
    fn mirrors_without_an_address_are_refused() {
        for url in ["", "m.example", "ftp://m.example", "https://", "https://m.example/?a=b", "unix:///run/x", "https://ann:secret@:99999/"]
        {
            let mirror = Mirror { registry: "docker.io".to_owned(), url: url.to_owned() };
            let error = mirrored(&mirror, &RegistrySettings::default()).unwrap_err();
            assert_eq!(error.kind, Kind::Invalid, "{url}");
            assert!(
                error.context.starts_with("registry.mirrors: the url of \"docker.io\"") && !error.context.contains("secret"),
                "{error}"
            );
        }
    }
}
