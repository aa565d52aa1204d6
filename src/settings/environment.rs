//! The environment variables.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::{Dict, Value};

use super::Layer;

/// Names the file with settings.
const CONFIG: &str = "KUBEDOCK_CONFIG";

/// The variables and their keys. Names without a prefix are those of the original kubedock.
const VARIABLES: [(&str, &str); 11] = [
    ("IMAGE_PULL_SECRETS", "kubernetes.image-pull-secrets"),
    ("KUBEDOCK_BACKEND", "backend"),
    ("KUBEDOCK_INSPECTOR", "registry.inspector"),
    ("KUBEDOCK_LOG_FORMAT", "log-format"),
    ("KUBEDOCK_UNIX_SOCKET", "server.unix-socket"),
    ("NAMESPACE", "kubernetes.namespace"),
    ("PULL_POLICY", "kubernetes.pull-policy"),
    ("SERVER_LISTEN_ADDR", "server.listen-addr"),
    ("SERVICE_ACCOUNT", "kubernetes.service-account"),
    ("TIME_OUT", "kubernetes.timeout"),
    ("VERBOSITY", "verbosity"),
];

/// The variables that are set, and not empty.
#[derive(Debug, Default)]
pub(super) struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// Those of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the place where the environment is read")]
    pub(super) fn of_process() -> Result<Self, String> {
        Self::read(|name| match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(format!("environment variable {name}: it is not UTF-8")),
        })
    }

    /// Those that `lookup` finds.
    pub(super) fn read(lookup: impl Fn(&str) -> Result<Option<String>, String>) -> Result<Self, String> {
        let names = VARIABLES.iter().map(|(name, _)| *name).chain([CONFIG]);
        let found = names.filter_map(|name| match lookup(name) {
            Ok(value) => value.filter(|value| !value.is_empty()).map(|value| Ok((name, value))),
            Err(reason) => Some(Err(reason)),
        });
        Ok(Self(found.collect::<Result<_, String>>()?))
    }

    /// The file with settings.
    pub(super) fn config(&self) -> Option<&str> {
        self.0.get(CONFIG).map(String::as_str)
    }

    /// The values, all of them texts: `NAMESPACE=123` is a name and not a number.
    pub(super) fn layer(&self) -> Layer {
        let mut values = Dict::new();
        for (variable, key) in VARIABLES {
            if let Some(text) = self.0.get(variable) {
                insert(&mut values, key, Value::from(text.as_str()));
            }
        }
        Layer::environment(values, variable)
    }
}

/// Where docker keeps its configuration, and credentials in it: `DOCKER_CONFIG`, or `.docker` at home (docker/cli `config.Dir`). The variables
/// are docker's and no settings of ours.
#[expect(clippy::disallowed_methods, reason = "this is the place where the environment is read")]
pub(crate) fn docker_config() -> Option<PathBuf> {
    let directory = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    directory("DOCKER_CONFIG").or_else(|| Some(directory("HOME")?.join(".docker")))
}

fn insert(values: &mut Dict, key: &str, value: Value) {
    match key.split_once('.') {
        Some((section, rest)) => {
            let section = values.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = section {
                insert(inner, rest, value);
            }
        }
        None => drop(values.insert(key.to_owned(), value)),
    }
}

/// The variable of a key.
fn variable(key: &str) -> &'static str {
    VARIABLES.iter().find(|(_, known)| *known == key).map_or("", |(name, _)| name)
}

#[cfg(test)]
impl Environment {
    /// The names of all variables.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        VARIABLES.iter().map(|(name, _)| *name).chain([CONFIG])
    }
}
