//! Credentials of registries, as clients send them.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::{Credentials, Error, RegistryLogin, Result, registry_of};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The header in which clients send what opens the registry of an image.
const HEADER: &str = "x-registry-auth";

/// How long it may be. Tokens have a few thousand characters.
const LONGEST: usize = 64 * 1024;

/// `AuthConfig` of the API reference. docker-py sends some of its keys capitalised, which Go does not mind.
///
/// It is not shown for debugging: it is made of secrets.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(crate) struct AuthConfig {
    #[serde(alias = "Username")]
    username: Option<String>,
    #[serde(alias = "Password")]
    password: Option<String>,
    #[serde(alias = "Auth")]
    auth: Option<String>,
    #[serde(alias = "IdentityToken")]
    identitytoken: Option<String>,
    #[serde(alias = "RegistryToken")]
    registrytoken: Option<String>,
    #[serde(alias = "ServerAddress")]
    serveraddress: Option<String>,
}

impl AuthConfig {
    /// The body of `POST /auth`: credentials and the registry they are for.
    ///
    /// # Errors
    /// No credentials, or such that cannot be used.
    pub(crate) fn into_login(self) -> Result<RegistryLogin> {
        let registry = registry_of(self.serveraddress.as_deref().unwrap_or_default()).to_owned();
        let credentials = self.into_credentials()?;
        let none = || Error::Invalid("no credentials: a user name and a password, or a registry token, are needed to log in".to_owned());
        Ok(RegistryLogin { registry, credentials: credentials.ok_or_else(none)? })
    }

    /// The credentials, if there are any.
    fn into_credentials(self) -> Result<Option<Credentials>> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let Some(token) = given(self.registrytoken) {
            return Ok(Some(Credentials::Token(token)));
        }
        let (username, password) = match (given(self.username), given(self.auth)) {
            (None, Some(auth)) => pair(&auth).ok_or_else(|| Error::Invalid("auth is no user name and password in base64".to_owned()))?,
            (username, _) => (username.unwrap_or_default(), self.password.unwrap_or_default()),
        };
        if given(self.identitytoken).is_some() && password.is_empty() {
            let text = "identity tokens are not supported: give a user name and a password (or an access token), or a registry token";
            return Err(Error::Unsupported(text.to_owned()));
        }
        Ok((!username.is_empty()).then_some(Credentials::Password { username, password }))
    }
}

/// What the header of a request says about the registry of its image. What cannot be read counts as nothing, as in dockerd.
///
/// # Errors
/// 400 if it is too long, 501 for credentials that cannot be used.
pub(crate) fn of_header(headers: &HeaderMap) -> std::result::Result<Option<Credentials>, ApiError> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    if value.len() > LONGEST {
        return Err(ApiError::invalid(format!("X-Registry-Auth is too long: the limit is {LONGEST} bytes")));
    }
    let config = decode(value.as_bytes()).and_then(|json| serde_json::from_slice::<Option<AuthConfig>>(&json).ok());
    match config.map(|config| config.unwrap_or_default().into_credentials()) {
        Some(Ok(credentials)) => Ok(credentials),
        Some(Err(error @ Error::Unsupported(_))) => Err(error.into()),
        None if value.is_empty() => Ok(None),
        None | Some(Err(_)) => {
            tracing::warn!("X-Registry-Auth cannot be read; going on without");
            Ok(None)
        }
    }
}

/// The answer to `POST /auth` when the registry has accepted the credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LoggedIn {
    status: &'static str,
    identity_token: &'static str,
}

impl LoggedIn {
    pub(crate) const ANSWER: Self = Self { status: "Login Succeeded", identity_token: "" };
}

/// A user name and a password, joined and encoded as in Docker's configuration file.
fn pair(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(decode(auth.as_bytes())?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.trim_end_matches('\0').to_owned()))
}

/// Base64 in either alphabet, with or without its padding.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let standard: Vec<u8> = text
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config).decode(standard).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use domain::{Credentials, Error};
    use http::{HeaderMap, StatusCode};

    use super::{AuthConfig, HEADER, LONGEST, of_header};

    fn read(value: &str) -> Result<Option<Credentials>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, value.parse().unwrap());
        of_header(&headers).map_err(|error| error.status.as_u16())
    }

    fn json(text: &str) -> Result<Option<Credentials>, u16> {
        let read_padded = read(&BASE64_STANDARD.encode(text));
        assert_eq!(read_padded, read(&BASE64_URL_SAFE_NO_PAD.encode(text)), "{text}");
        read_padded
    }

    fn password(username: &str, password: &str) -> Result<Option<Credentials>, u16> {
        Ok(Some(Credentials::Password { username: username.to_owned(), password: password.to_owned() }))
    }

    #[test]
    fn credentials_of_every_client() {
        // The password makes base64 use the two characters in which its alphabets differ.
        let text = r#"{"username":"ann","password":"??>>~~","serveraddress":"https://index.docker.io/v1/"}"#;
        assert!(BASE64_STANDARD.encode(text).contains(['+', '/']));
        assert_eq!(json(text), password("ann", "??>>~~"));
        assert_eq!(json(r#"{"Username":"ann","Password":"x","ServerAddress":"ghcr.io"}"#), password("ann", "x"));
        assert_eq!(json(r#"{"username":"ann","password":"x","email":"","auth":"Ym9iOnk="}"#), password("ann", "x"));
        assert_eq!(json(r#"{"auth":"Ym9iOnk6eg=="}"#), password("bob", "y:z"));
        assert_eq!(json(r#"{"registrytoken":"t","username":"ann"}"#), Ok(Some(Credentials::Token("t".to_owned()))));
        assert_eq!(json(r#"{"username":"ann","password":"x","identitytoken":"t"}"#), password("ann", "x"));
    }

    #[test]
    fn no_credentials() {
        assert_eq!(of_header(&HeaderMap::new()), Ok(None));
        for nothing in ["", "e30=", "e30", "bnVsbA==", "bnVsbA"] {
            assert_eq!(read(nothing), Ok(None), "{nothing}");
        }
        for nothing in [r#"{"username":"","password":""}"#, r#"{"serveraddress":"ghcr.io"}"#, r#"{"username":null}"#] {
            assert_eq!(json(nothing), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn what_cannot_be_read_counts_as_nothing() {
        for broken in ["%%%", "nonsense", "e30gZTMw", "é"] {
            assert_eq!(read(broken), Ok(None), "{broken}");
        }
        for broken in ["[]", "7", r#"{"username":1}"#, r#"{"username":"#, "{} {}", r#"{"auth":"Ym9i"}"#, r#"{"auth":"!"}"#] {
            assert_eq!(json(broken), Ok(None), "{broken}");
        }
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(json(r#"{"identitytoken":"t"}"#), Err(501));
        assert_eq!(json(r#"{"username":"00000000-0000-0000-0000-000000000000","IdentityToken":"t"}"#), Err(501));
        assert_eq!(read(&"a".repeat(LONGEST + 1)), Err(StatusCode::BAD_REQUEST.as_u16()));
    }

    #[test]
    fn logins() {
        let login = |text: &str| serde_json::from_str::<AuthConfig>(text).unwrap().into_login();
        let accepted = login(r#"{"username":"ann","password":"x"}"#).unwrap();
        assert_eq!((accepted.registry.as_str(), Ok(Some(accepted.credentials))), ("docker.io", password("ann", "x")));
        assert_eq!(login(r#"{"username":"a","serveraddress":"http://localhost:5000"}"#).unwrap().registry, "localhost:5000");
        assert!(matches!(login("{}"), Err(Error::Invalid(_))));
        assert!(matches!(login(r#"{"auth":"?"}"#), Err(Error::Invalid(_))));
        assert!(matches!(login(r#"{"identitytoken":"t"}"#), Err(Error::Unsupported(_))));
    }
}
