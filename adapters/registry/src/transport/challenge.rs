//! How a registry says what it wants to see first (RFC 9110 section 11.6.1).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// One way to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Whether it is of this scheme, `Bearer`.
    pub(super) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// What it says about `name`.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The ways to get in, in the order they were offered. What cannot be read is left out.
pub(super) fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let lines = headers.get_all(WWW_AUTHENTICATE).into_iter().filter_map(|line| line.to_str().ok());
    let read = lines.filter_map(|line| http_auth::parse_challenges(line).ok()).flatten();
    read.map(|challenge| {
        let parameters = challenge.params.iter().map(|(name, value)| ((*name).to_owned(), value.to_unescaped())).collect();
        Challenge { scheme: challenge.scheme.to_owned(), parameters }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Vec<Challenge> {
        challenges(&lines.iter().map(|line| (WWW_AUTHENTICATE, HeaderValue::from_str(line).unwrap())).collect())
    }

    #[test]
    fn several_challenges_are_read_in_order() {
        let found = read(&[
            "Negotiate YWJj==",
            "Basic realm=\"a, b\", bearer Realm=\"https://t.example/x?y=z\",service=registry,scope=\"repository:a:pull,push\"",
            "Digest",
            "",
        ]);
        let schemes: Vec<&str> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["Basic", "bearer", "Digest"]);
        assert!(found[1].is("Bearer") && !found[0].is("Bearer"));
        assert_eq!(found[1].parameter("realm"), Some("https://t.example/x?y=z"));
        assert_eq!(found[1].parameter("SERVICE"), Some("registry"));
        assert_eq!(found[1].parameter("scope"), Some("repository:a:pull,push"));
        assert_eq!(found[1].parameter("error"), None);
    }

    proptest! {
        #[test]
        fn nothing_is_too_much(line in "[ -~\t]{0,200}", tricky in "(Bearer|Basic|,| |=|\"|\\\\|realm|a){0,60}") {
            read(&[&line, &tricky]);
        }
    }
}
