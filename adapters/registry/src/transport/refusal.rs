//! What a registry answers instead of what it was asked for.

use oci_distribution::errors::{OciEnvelope, OciErrorCode};
use ports::Kind;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use super::challenge::challenges;
use super::failure::{Failure, Next, tidy};
use super::retry::retry_after;

/// The form of errors that is older than the specification, and that servers of tokens still have.
#[derive(Deserialize)]
struct Details {
    details: String,
}

/// Makes a failure of an answer. Its text begins with the registry's code as Docker writes it: `manifest unknown: …`, `denied: …`.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    if status.is_server_error() {
        let text = format!("received unexpected HTTP status: {status}");
        let again = matches!(status.as_u16(), 500 | 502 | 503 | 504);
        return Failure { next: if again { next(headers) } else { Next::GiveUp }, ..Failure::lasting(Kind::Unavailable, text) };
    }
    let (code, message) = told(status, headers, body);
    let kind = match code {
        Some(OciErrorCode::Denied | OciErrorCode::Unauthorized) => Kind::Unauthorized,
        Some(
            OciErrorCode::ManifestUnknown
            | OciErrorCode::NameUnknown
            | OciErrorCode::NotFound
            | OciErrorCode::BlobUnknown
            | OciErrorCode::ManifestBlobUnknown,
        ) => Kind::NotFound,
        Some(OciErrorCode::Toomanyrequests) => Kind::Unavailable,
        _ => match status {
            StatusCode::UNAUTHORIZED => Kind::Unauthorized,
            StatusCode::FORBIDDEN if code.is_some() => Kind::Unauthorized,
            // A registry would have said why: it is somebody in between.
            StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => Kind::Forbidden,
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => Kind::Unavailable,
            _ => Kind::Internal,
        },
    };
    let code = code.map_or_else(|| usual(status).to_owned(), |code| name(&code));
    let message = if message.is_empty() { usual_message(&code).to_owned() } else { message };
    let text = if message.is_empty() { format!("{code}: HTTP status {status}") } else { format!("{code}: {message}") };
    let next = if status == StatusCode::TOO_MANY_REQUESTS { next(headers) } else { Next::GiveUp };
    Failure { next, ..Failure::lasting(kind, text) }
}

fn next(headers: &HeaderMap) -> Next {
    let told = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, jiff::Timestamp::now()));
    told.map_or(Next::Again, Next::After)
}

/// The code and the message of an answer: from the challenge, as RFC 6750 section 3.1 has it, else from its body.
fn told(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> (Option<OciErrorCode>, String) {
    for challenge in challenges(headers) {
        let code = match challenge.parameter("error") {
            Some("invalid_token") => OciErrorCode::Unauthorized,
            Some("insufficient_scope") => OciErrorCode::Denied,
            _ => continue,
        };
        return (Some(code), tidy(challenge.parameter("error_description").unwrap_or_default()));
    }
    if let Ok(envelope) = serde_json::from_slice::<OciEnvelope>(body)
        && let Some(first) = envelope.errors.into_iter().next()
    {
        return (Some(first.code), tidy(&first.message));
    }
    if let Ok(Details { details }) = serde_json::from_slice(body) {
        return (None, tidy(&details));
    }
    // Pages are for browsers.
    let text = String::from_utf8_lossy(body);
    let is_page = text.trim_start().starts_with('<') || status.is_success() || status.is_redirection();
    (None, if is_page { String::new() } else { tidy(&text) })
}

/// A code as Docker writes it.
fn name(code: &OciErrorCode) -> String {
    let written = serde_json::to_value(code).ok();
    tidy(written.as_ref().and_then(|code| code.as_str()).unwrap_or_default()).to_lowercase().replace('_', " ")
}

/// What stands for a code where there is none (distribution, `registry/client/errors.go`).
fn usual(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "denied",
        StatusCode::TOO_MANY_REQUESTS => "toomanyrequests",
        _ => "unknown",
    }
}

/// What a code means (distribution, `registry/api/errcode`).
fn usual_message(code: &str) -> &'static str {
    match code {
        "unauthorized" => "authentication required",
        "denied" => "requested access to the resource is denied",
        "toomanyrequests" => "too many requests",
        "manifest unknown" => "manifest unknown",
        "name unknown" => "repository name not known to registry",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};

    use super::*;

    fn refused(status: u16, body: &str) -> (Kind, String) {
        let failure = refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
        (failure.error.kind, failure.error.context)
    }

    fn envelope(code: &str, message: &str) -> String {
        format!(r#"{{"errors":[{{"code":"{code}","message":"{message}","detail":{{"Tag":"x"}}}},{{"code":"DENIED"}}]}}"#)
    }

    #[test]
    fn refusals_read_as_those_of_dockerd() {
        for (status, body, kind, text) in [
            (404, envelope("MANIFEST_UNKNOWN", "manifest unknown"), Kind::NotFound, "manifest unknown: manifest unknown"),
            (404, envelope("MANIFEST_UNKNOWN", ""), Kind::NotFound, "manifest unknown: manifest unknown"),
            (404, envelope("NAME_UNKNOWN", "no such name"), Kind::NotFound, "name unknown: no such name"),
            (404, envelope("BLOB_UNKNOWN", "gone"), Kind::NotFound, "blob unknown: gone"),
            (403, envelope("DENIED", ""), Kind::Unauthorized, "denied: requested access to the resource is denied"),
            (401, envelope("UNAUTHORIZED", "who are you"), Kind::Unauthorized, "unauthorized: who are you"),
            (403, envelope("WEIRD_CODE", "what"), Kind::Unauthorized, "weird code: what"),
            (400, envelope("NAME_INVALID", "bad"), Kind::Internal, "name invalid: bad"),
            (429, envelope("TOOMANYREQUESTS", "limit"), Kind::Unavailable, "toomanyrequests: limit"),
            (
                401,
                r#"{"details":"incorrect username or password"}"#.to_owned(),
                Kind::Unauthorized,
                "unauthorized: incorrect username or password",
            ),
            (401, String::new(), Kind::Unauthorized, "unauthorized: authentication required"),
            (403, "<html>forbidden</html>".to_owned(), Kind::Forbidden, "denied: requested access to the resource is denied"),
            (404, "404 page not found\n".to_owned(), Kind::NotFound, "unknown: 404 page not found"),
            (418, r#"{"errors":[]}"#.to_owned(), Kind::Internal, r#"unknown: {"errors":[]}"#),
            (418, String::new(), Kind::Internal, "unknown: HTTP status 418 I'm a teapot"),
            (304, "x".to_owned(), Kind::Internal, "unknown: HTTP status 304 Not Modified"),
            (503, "down".to_owned(), Kind::Unavailable, "received unexpected HTTP status: 503 Service Unavailable"),
        ] {
            assert_eq!(refused(status, &body), (kind, text.to_owned()), "{status} {body}");
        }
    }

    #[test]
    fn a_challenge_says_more_than_the_body() {
        let mut headers = HeaderMap::new();
        let challenge = "Bearer realm=\"https://auth.docker.io/token\",scope=\"repository:x:pull\",error=\"insufficient_scope\"";
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        let body = envelope("UNAUTHORIZED", "authentication required");
        let failure = refusal(StatusCode::UNAUTHORIZED, &headers, body.as_bytes());
        assert_eq!(failure.error.context, "denied: requested access to the resource is denied");
        assert_eq!(failure.error.kind, Kind::Unauthorized);
    }

    #[test]
    fn what_is_busy_is_asked_again() {
        let next = |status: u16| refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"").next;
        for status in [429, 500, 502, 503, 504] {
            assert_eq!(next(status), Next::Again, "{status}");
        }
        for status in [400, 401, 403, 404, 501, 505] {
            assert_eq!(next(status), Next::GiveUp, "{status}");
        }
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
        assert_eq!(refusal(StatusCode::TOO_MANY_REQUESTS, &headers, b"").next, Next::After(std::time::Duration::from_secs(7)));
    }

    proptest! {
        #[test]
        fn no_answer_is_too_much(
            status in 200_u16..600,
            body in prop_oneof![prop::collection::vec(any::<u8>(), 0..2000), "\\{\"errors\":\\[\\{\"code\":\"\\PC*\",\"message\":\"\\PC*\"\\}\\]\\}".prop_map(String::into_bytes)],
            challenge in prop::collection::vec(32_u8..127, 0..200),
            after in prop::collection::vec(32_u8..127, 0..40),
        ) {
            let header = |name: HeaderName, value: &[u8]| (name, HeaderValue::from_bytes(value).unwrap());
            let headers = HeaderMap::from_iter([header(WWW_AUTHENTICATE, &challenge), header(RETRY_AFTER, &after)]);
            let text = refusal(StatusCode::from_u16(status).unwrap(), &headers, &body).error.context;
            prop_assert!(text.len() < 1100 && !text.contains(char::is_control), "{text:?}");
        }
    }
}
