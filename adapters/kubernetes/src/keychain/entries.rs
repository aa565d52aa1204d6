//! Docker configurations in secrets, read and matched as the kubelet does (`pkg/credentialprovider`, `config.go` and `keyring.go`).

use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::Credentials;
use k8s_openapi::api::core::v1::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::logins::{KEY, TYPE};

/// The older type, and the key it holds its configuration under.
const OLD_TYPE: &str = "kubernetes.io/dockercfg";
const OLD_KEY: &str = ".dockercfg";

/// Base64 with padding or without.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// Which registries credentials open.
pub(super) struct Entry {
    /// The host, or a pattern of one; its parts are matched one by one.
    host: String,
    port: Option<String>,
    /// Whether it is for some repositories of a registry only.
    partial: bool,
    credentials: Credentials,
}

#[derive(Deserialize)]
struct Configuration {
    auths: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Auth {
    username: Option<String>,
    password: Option<String>,
    auth: Option<String>,
}

/// What a secret says; `None` if it holds no docker configuration. Of that only what stands there counts: programs it names are never run.
pub(super) fn entries(secret: &Secret) -> Option<Vec<Entry>> {
    let held = |key: &str| secret.data.as_ref()?.get(key).map(|bytes| bytes.0.as_slice());
    let auths = match secret.type_.as_deref() {
        Some(TYPE) => serde_json::from_slice::<Configuration>(held(KEY)?).ok()?.auths,
        Some(OLD_TYPE) => serde_json::from_slice(held(OLD_KEY)?).ok()?,
        _ => return None,
    };
    Some(auths.into_iter().filter_map(|(address, auth)| entry(&address, auth)).collect())
}

/// What opens a registry: of what fits it what says most about it.
pub(super) fn find<'a>(entries: &'a [Entry], registry: &str) -> Option<&'a Credentials> {
    let (host, port) = host_and_port(registry);
    let fitting = entries.iter().filter(|entry| entry.port.as_deref() == port && is_like(host, &entry.host));
    // Which repository is asked for is not known here; one that is opened by more than its registry may need something else.
    fitting.min_by_key(|entry| (entry.partial, entry.host.contains(['*', '?']))).map(|entry| &entry.credentials)
}

fn entry(address: &str, auth: Value) -> Option<Entry> {
    let credentials = credentials(serde_json::from_value(auth).ok()?)?;
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        return None;
    }
    let (host, port) = host_and_port(domain::registry_of(name));
    let path = path.strip_prefix("v1").or_else(|| path.strip_prefix("v2")).unwrap_or(path);
    Some(Entry { host: host.to_owned(), port: port.map(str::to_owned), partial: !path.trim_matches('/').is_empty(), credentials })
}

fn credentials(auth: Auth) -> Option<Credentials> {
    let (username, password) = match auth.auth.filter(|auth| !auth.is_empty()) {
        Some(auth) => {
            let text = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
            let (username, password) = text.split_once(':')?;
            (username.to_owned(), password.to_owned())
        }
        None => (auth.username?, auth.password?),
    };
    (!username.is_empty()).then_some(Credentials::Password { username, password })
}

fn host_and_port(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (name, None),
    }
}

/// Whether a host is like a pattern: as many parts, and each like its counterpart.
fn is_like(host: &str, pattern: &str) -> bool {
    let (parts, patterns) = (host.split('.'), pattern.split('.'));
    parts.clone().count() == patterns.clone().count()
        && parts.zip(patterns).all(|(part, pattern)| part_is_like(part.as_bytes(), pattern.as_bytes()))
}

/// Goes back to the last star only, so that no pattern takes long.
fn part_is_like(part: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut wanted) = (0, 0);
    let mut star = None;
    while at < part.len() {
        match pattern.get(wanted) {
            Some(b'*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(sign) if *sign == b'?' || sign.eq_ignore_ascii_case(&part[at]) => (at, wanted) = (at + 1, wanted + 1),
            _ => {
                let Some((sign, begin)) = star else { return false };
                star = Some((sign, begin + 1));
                (at, wanted) = (begin + 1, sign + 1);
            }
        }
    }
    pattern[wanted..].iter().all(|sign| *sign == b'*')
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    fn secret(type_: &str, key: &str, text: &str) -> Secret {
        Secret {
            type_: Some(type_.to_owned()),
            data: Some(BTreeMap::from([(key.to_owned(), ByteString(text.as_bytes().to_vec()))])),
            ..Secret::default()
        }
    }

    /// Whose credentials open a registry, according to a secret of addresses and names.
    fn opener(addresses: &[(&str, &str)], registry: &str) -> Option<String> {
        let auths: BTreeMap<_, _> =
            addresses.iter().map(|(address, username)| (*address, serde_json::json!({ "username": username, "password": "p" }))).collect();
        let text = serde_json::json!({ "auths": auths }).to_string();
        let entries = entries(&secret(TYPE, KEY, &text)).unwrap();
        find(&entries, registry).map(|credentials| match credentials {
            Credentials::Password { username, .. } => username.clone(),
            Credentials::Token(_) => panic!("no secret holds a token"),
        })
    }

    #[test]
    fn addresses_match_as_in_the_kubelet() {
        for (address, registry, fits) in [
            ("https://index.docker.io/v1/", "docker.io", true),
            ("docker.io", "docker.io", true),
            ("index.docker.io", "docker.io", true),
            ("quay.io", "quay.io", true),
            ("https://quay.io/v2/", "quay.io", true),
            ("http://quay.io/v1", "quay.io", true),
            ("quay.io", "docker.io", false),
            ("quay.io", "quay.io:443", false),
            ("registry:5000", "registry:5000", true),
            ("registry", "registry:5000", false),
            ("*.example.com", "eu.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.eu.example.com", false),
            ("*.example.com:5000", "eu.example.com:5000", true),
            ("*.example.com", "eu.example.com:5000", false),
            ("r*y-?.example.com", "registry-1.example.com", true),
            ("r*y-?.example.com", "registry-12.example.com", false),
            ("[::1]:5000", "[::1]:5000", true),
            ("quay.io/team", "quay.io", true),
            ("", "docker.io", false),
        ] {
            assert_eq!(opener(&[(address, "ann")], registry).is_some(), fits, "{address} {registry}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let host = "a".repeat(200);
        assert!(!part_is_like(host.as_bytes(), format!("{}b", "a*".repeat(60)).as_bytes()));
        assert!(part_is_like(host.as_bytes(), "a*".repeat(60).as_bytes()));
        for (part, pattern, like) in
            [("abcab", "*ab", true), ("abcab", "*a?", true), ("", "**", true), ("", "?", false), ("ab", "a", false)]
        {
            assert_eq!(part_is_like(part.as_bytes(), pattern.as_bytes()), like, "{part} {pattern}");
        }
    }

    #[test]
    fn what_says_most_counts() {
        let all = [("*.example.com", "glob"), ("eu.example.com", "exact"), ("eu.example.com/a", "team")];
        assert_eq!(opener(&all, "eu.example.com").as_deref(), Some("exact"));
        assert_eq!(opener(&all, "us.example.com").as_deref(), Some("glob"));
    }

    #[test]
    fn both_types_and_both_ways_to_write_credentials_are_read() {
        let bob = |password: &str| Credentials::Password { username: "bob".to_owned(), password: password.to_owned() };
        // `bob:a:b`, without its padding and with it.
        for auth in ["Ym9iOmE6Yg", "Ym9iOmE6Yg=="] {
            let old = entries(&secret(OLD_TYPE, OLD_KEY, &format!("{{\"quay.io\":{{\"auth\":\"{auth}\"}}}}"))).unwrap();
            assert_eq!(find(&old, "quay.io"), Some(&bob("a:b")));
        }
        let text = r#"{"auths":{"a":{"username":"x","password":"x","auth":"Ym9iOmE6Yg=="},"b":{"username":"bob","password":"c","auth":null},
            "c":{"identitytoken":"t"},"d":{"auth":"%"},"e":7},"credHelpers":{"f":"run-me"},"credsStore":"run-me"}"#;
        let new = entries(&secret(TYPE, KEY, text)).unwrap();
        assert_eq!(find(&new, "a"), Some(&bob("a:b")), "auth counts more");
        assert_eq!(find(&new, "b"), Some(&bob("c")));
        assert_eq!(new.len(), 2, "the others say nothing that can be used");
    }

    #[test]
    fn other_secrets_hold_nothing() {
        for (type_, key, text) in
            [("Opaque", KEY, r#"{"auths":{}}"#), (TYPE, "other", r#"{"auths":{}}"#), (TYPE, KEY, "{"), (TYPE, KEY, "{}")]
        {
            assert!(entries(&secret(type_, key, text)).is_none(), "{type_} {key} {text}");
        }
    }
}
