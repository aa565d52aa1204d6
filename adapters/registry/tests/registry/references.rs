//! Our names of images against those of `oci_distribution`, which follow github.com/distribution/reference as well, though not everywhere.

use domain::ImageRef;
use oci_distribution::Reference;
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

type Parts = (String, String, Option<String>, Option<String>);

fn ours(text: &str) -> Option<Parts> {
    let name = ImageRef::parse(text).ok()?;
    let owned = |part: Option<&str>| part.map(str::to_owned);
    Some((name.registry().to_owned(), name.repository().to_owned(), owned(name.tag()), owned(name.digest())))
}

fn theirs(text: &str) -> Option<Parts> {
    let name: Reference = text.parse().ok()?;
    let owned = |part: Option<&str>| part.map(str::to_owned);
    Some((name.registry().to_owned(), name.repository().to_owned(), owned(name.tag()), owned(name.digest())))
}

/// Where Docker's rules are others than those of `oci_distribution`: what we say, what it says, and the rule.
#[test]
fn differences_are_on_purpose() {
    let hex = "a".repeat(64);
    for (text, we_take, they_take, _rule) in [
        (hex.clone(), false, true, "ParseNormalizedNamed refuses what may be an id"),
        (format!("{}@sha256:{}", "x", "A".repeat(64)), false, true, "go-digest: digits are lower case"),
        ("x:\u{e4}".to_owned(), false, true, "\\w in the grammar of a tag is Go's, which is ASCII"),
        (
            "a_b.c/d".to_owned(),
            false,
            true,
            "a host has no underscore; dockerd takes the name and then has nobody to ask (no Host in request URL)",
        ),
        ("[::1]:5000/x".to_owned(), true, false, "a host may be an IPv6 address (reference v0.5, domainAndPort)"),
        ("Host/x".to_owned(), true, true, "splitDockerDomain: a first part with capitals is a host"),
    ] {
        assert_eq!((ours(&text).is_some(), theirs(&text).is_some()), (we_take, they_take), "{text}");
    }
    assert_eq!(ours("Host/x").map(|parts| parts.0), Some("Host".to_owned()));
    assert_eq!(theirs("Host/x").map(|parts| parts.0), Some("docker.io".to_owned()));
}

/// Whether one of the differences above is about this text.
fn differs_on_purpose(text: &str) -> bool {
    let name = text.split('@').next().unwrap_or_default();
    let first = name.split('/').next().unwrap_or_default();
    let is_id = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let capital_digits = text.split_once('@').is_some_and(|(_, digest)| digest.bytes().any(|b| b.is_ascii_uppercase()));
    let capital_host = name.contains('/') && first.bytes().any(|b| b.is_ascii_uppercase());
    let underscored_host = name.contains('/') && first.contains('_') && first.contains(['.', ':']);
    is_id || capital_digits || text.starts_with('[') || capital_host || underscored_host
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    if !text.is_ascii() {
        prop_assert_eq!(ours(text), None, "{}", text);
    } else if !differs_on_purpose(text) {
        prop_assert_eq!(ours(text), theirs(text), "{}", text);
    }
    Ok(())
}

/// Texts that look like names, and mostly are some.
fn names() -> impl Strategy<Value = String> {
    let host = prop_oneof!["", "(localhost|[a-zA-Z0-9-]{1,6}(\\.[a-z0-9-]{1,4}){0,2}|index\\.docker\\.io|docker\\.io)(:[0-9]{0,5})?/"];
    let path = "[a-z0-9]{1,4}([._/-]{1,2}[a-z0-9]{1,4}){0,3}";
    let tag = prop_oneof!["", ":[A-Za-z0-9_.-]{0,6}", ":[\\w.-]{120,130}"];
    let digest = prop_oneof!["", "@(sha256|sha384|sha512|md5):[0-9a-f]{0,4}", "@sha256:[0-9a-f]{63,65}", "@sha512:[0-9a-f]{128}"];
    (host, path, tag, digest).prop_map(|(host, path, tag, digest)| format!("{host}{path}{tag}{digest}"))
}

proptest! {
    #[test]
    fn names_are_read_alike(text in names()) {
        agree(&text)?;
    }

    #[test]
    fn noise_is_read_alike(text in "[a-zA-Z0-9:/@._\\[\\]-]{0,24}") {
        agree(&text)?;
    }

    #[test]
    fn anything_is_read_alike(text in any::<String>()) {
        agree(&text)?;
    }

    /// What is shown is read as the same.
    #[test]
    fn names_survive_being_shown(text in names()) {
        if let Ok(name) = ImageRef::parse(&text) {
            assert_eq!(ImageRef::parse(&name.to_string()), Ok(name.clone()));
            // Docker shows `docker.io/a.b/c` as `a.b/c`, which is a name at the registry `a.b`.
            let first = name.repository().split('/').next().unwrap_or_default();
            if name.registry() != "docker.io" || !(first == "localhost" || first.contains('.')) {
                assert_eq!(ImageRef::parse(&name.familiar()), Ok(name));
            }
        }
    }
}
