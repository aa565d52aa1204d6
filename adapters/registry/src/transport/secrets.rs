//! What registries say, without what opens them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Credentials;
use reqwest::header::HeaderValue;

/// The shortest secret that is looked for, in bytes. Shorter ones are words that stand in a text by chance: hiding them would tell them.
const SHORTEST: usize = 8;

/// Takes secrets out of a text: registries repeat what they were sent.
pub(super) fn hide(text: &mut String, credentials: Option<&Credentials>, pass: Option<&HeaderValue>) {
    let of_pass = pass.and_then(|pass| pass.to_str().ok()).and_then(|pass| pass.split_once(' ')).map(|(_, secret)| secret.to_owned());
    let of_credentials = match credentials {
        Some(Credentials::Password { username, password }) => vec![STANDARD.encode(format!("{username}:{password}")), password.clone()],
        Some(Credentials::Token(token)) => vec![token.clone()],
        None => Vec::new(),
    };
    for secret in of_pass.into_iter().chain(of_credentials).filter(|secret| secret.len() >= SHORTEST) {
        if text.contains(&secret) {
            *text = text.replace(&secret, "(hidden)");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let ann = Credentials::Password { username: "ann".to_owned(), password: "long secret".to_owned() };
        let token = Credentials::Token("abcdefgh".to_owned());
        let pass = HeaderValue::from_static("Bearer 12345678");
        for (credentials, text, hidden) in [
            (Some(&ann), "no long secret, Basic YW5uOmxvbmcgc2VjcmV0", "no (hidden), Basic (hidden)"),
            (Some(&token), "abcdefgh is wrong, as is 12345678", "(hidden) is wrong, as is (hidden)"),
            (None, "abcdefgh Bearer 12345678", "abcdefgh Bearer (hidden)"),
        ] {
            let mut said = text.to_owned();
            hide(&mut said, credentials, Some(&pass));
            assert_eq!(said, hidden);
        }
        let short = Credentials::Password { username: "ann".to_owned(), password: "denied".to_owned() };
        let mut said = "denied: no".to_owned();
        hide(&mut said, Some(&short), None);
        assert_eq!(said, "denied: no");
    }
}
