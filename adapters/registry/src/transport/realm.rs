//! Who may see what opens a registry.
//!
//! A registry names the server that gives tokens for it, so it could have the credentials sent anywhere.

use reqwest::Url;

/// Second parts of names under which anybody can have one: `co.uk`, `com.au`.
const PUBLIC: [&str; 15] = ["ac", "co", "com", "edu", "gob", "gouv", "gov", "ltd", "me", "mil", "ne", "net", "nom", "or", "org"];

/// Names that belong to one company, but the names below to its customers.
const SHARED: [&str; 6] = ["amazonaws.com", "azurecr.io", "azurewebsites.net", "cloudfront.net", "github.io", "pkg.dev"];

/// Whether credentials for `registry` may be shown at `realm`: the same host, one below it, a sibling, or one that the settings name.
pub(super) fn may_see(registry: &Url, realm: &Url, token_hosts: &[String]) -> bool {
    let (Some(own), Some(asked)) = (registry.host_str(), realm.host_str()) else { return false };
    let own = own.trim_end_matches('.');
    let asked = asked.trim_end_matches('.');
    let below = |host: &str| asked.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'));
    if own == asked || token_hosts.iter().any(|host| host.eq_ignore_ascii_case(asked)) {
        return true;
    }
    // Parts of an address are not names.
    if registry.domain().is_none() || realm.domain().is_none() {
        return false;
    }
    below(own) || own.split_once('.').is_some_and(|(_, parent)| !is_public(parent) && (asked == parent || below(parent)))
}

/// Whether names under `domain` belong to different people.
fn is_public(domain: &str) -> bool {
    if SHARED.iter().any(|shared| domain == *shared || domain.strip_suffix(shared).is_some_and(|rest| rest.ends_with('.'))) {
        return true;
    }
    let parts: Vec<&str> = domain.split('.').collect();
    match parts[..] {
        [_] => true,
        [second, country] => country.len() == 2 && (second.len() < 3 || PUBLIC.contains(&second)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_their_registry() {
        for (registry, realm, seen) in [
            ("registry-1.docker.io", "auth.docker.io", true),
            ("registry.gitlab.com", "gitlab.com", true),
            ("ghcr.io", "ghcr.io", true),
            ("quay.io", "quay.io", true),
            ("registry.example", "registry.example:8443", true),
            ("registry.example", "auth.registry.example", true),
            ("Registry.Example.org", "auth.example.ORG", true),
            ("registry.example.org.", "auth.example.org", true),
            ("a.b.example.org", "c.b.example.org", true),
            // Somebody else's.
            ("ghcr.io", "quay.io", false),
            ("ghcr.io", "auth.quay.io", false),
            ("registry.example.org", "example.com", false),
            ("registry.example.org", "evilexample.org", false),
            ("registry-1.docker.io", "auth.docker.io.evil.example", false),
            ("a.b.example.org", "auth.example.org", false),
            // Names that anybody can have.
            ("registry.co.uk", "auth.co.uk", false),
            ("registry.com.au", "evil.com.au", false),
            ("corp.co.uk", "co.uk", false),
            ("registry.corp.co.uk", "auth.corp.co.uk", true),
            ("corp.azurecr.io", "evil.azurecr.io", false),
            ("1.dkr.ecr.eu-west-1.amazonaws.com", "2.dkr.ecr.eu-west-1.amazonaws.com", false),
            ("registry", "auth", false),
            ("localhost:5000", "localhost:5001", true),
            // Addresses.
            ("127.0.0.1:5000", "127.0.0.1:5001", true),
            ("127.0.0.1:5000", "127.0.0.2", false),
            ("10.1.2.3", "9.1.2.3", false),
            ("[fd00::1]", "[fd00::2]", false),
            ("[fd00::1]", "[fd00::1]:8443", true),
            ("127.0.0.1", "a.127.0.0.1.example", false),
        ] {
            let url = |host: &str| Url::parse(&format!("https://{host}/token")).unwrap();
            assert_eq!(may_see(&url(registry), &url(realm), &[]), seen, "{registry} {realm}");
        }
    }

    #[test]
    fn settings_name_others() {
        let url = |host: &str| Url::parse(&format!("https://{host}/token")).unwrap();
        let named = ["Login.Example.com".to_owned()];
        assert!(may_see(&url("registry.corp"), &url("login.example.com:8443"), &named));
        assert!(!may_see(&url("registry.corp"), &url("sub.login.example.com"), &named));
    }
}
