//! The registries that images come from.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::duration;

/// The registries that images come from. What is not said is left to whoever asks them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct Registry {
    /// Whether they are asked what images are.
    #[serde(deserialize_with = "switch")]
    pub(crate) inspector: Option<bool>,
    /// What stands in for them, in this order.
    pub(crate) mirrors: Vec<Mirror>,
    /// Those whose certificate is not checked, and that may answer without TLS.
    #[serde(deserialize_with = "registries")]
    pub(crate) insecure: Vec<String>,
    /// Files with certificates to trust besides the system's.
    #[serde(deserialize_with = "readable")]
    pub(crate) ca_files: Vec<PathBuf>,
    /// Hosts that give tokens for registries elsewhere.
    #[serde(deserialize_with = "hosts")]
    pub(crate) token_hosts: Vec<String>,
    /// How long a connection may take.
    #[serde(deserialize_with = "duration::optional")]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long a registry may be silent.
    #[serde(deserialize_with = "duration::optional")]
    pub(crate) read_timeout: Option<Duration>,
    /// How long all that one answer needs may take.
    #[serde(deserialize_with = "duration::optional")]
    pub(crate) timeout: Option<Duration>,
    /// For how long it is not asked again what a tag stands for.
    #[serde(deserialize_with = "duration::optional")]
    pub(crate) tag_life: Option<Duration>,
}

/// What stands in for a registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a mirror: a registry and a url")]
pub(crate) struct Mirror {
    /// The registry; `*` is every one.
    #[serde(deserialize_with = "registry_or_all")]
    pub(crate) registry: String,
    /// Where the mirror is.
    #[serde(deserialize_with = "url")]
    pub(crate) url: String,
}

fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    bool::deserialize(deserializer).map(Some).map_err(|_| D::Error::custom("it must be true or false"))
}

fn registry_or_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == "*" { Ok(text) } else { registry(&text) }
}

fn registries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| registry(text)).collect()
}

/// A registry as images name it, however it is written here.
fn registry<E: Error>(text: &str) -> Result<String, E> {
    host(text).map(|host| domain::registry_of(&host).to_owned())
}

fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| host(text)).collect()
}

fn host<E: Error>(text: &str) -> Result<String, E> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text).trim_end_matches('/');
    if !is_host(host) {
        return Err(E::custom(format!("\"{text}\" is not a host such as quay.io or localhost:5000")));
    }
    Ok(host.to_owned())
}

/// The address is not repeated when it is wrong: it may hold a password.
fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split('/').next());
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    if !host.is_some_and(is_host) || text.contains(['?', '#']) || text.contains(char::is_whitespace) {
        return Err(D::Error::custom("it must be an address such as https://mirror.example.com or http://127.0.0.1:5000/path"));
    }
    Ok(text)
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(':') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

/// Files that can be opened: a wrong name is told before anything is asked for.
fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let files = Vec::<PathBuf>::deserialize(deserializer)?;
    for file in &files {
        File::open(file).map_err(|error| D::Error::custom(format!("{}: {error}", file.display())))?;
    }
    Ok(files)
}
