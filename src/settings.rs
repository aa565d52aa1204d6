//! The settings: defaults < file < environment < flags, each wrong value reported with the place it came from.

mod address;
mod duration;
mod environment;
mod file;
mod layer;
mod registry;
mod secrets;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::PullPolicy;
use figment::Figment;
use serde::{Deserialize, Deserializer, Serialize};

pub(crate) use address::ListenAddress;
use environment::Environment;
pub(crate) use environment::docker_config;
use layer::Layer;
pub(crate) use registry::{Mirror, Registry};

/// The settings of the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// What runs the containers.
    pub(crate) backend: Backend,
    /// Where it listens.
    pub(crate) server: Server,
    /// The cluster.
    pub(crate) kubernetes: Kubernetes,
    /// The registries that images come from.
    pub(crate) registry: Registry,
    /// How much is logged; everything from 5 on is the same.
    #[serde(deserialize_with = "level")]
    pub(crate) verbosity: u8,
    /// How a log line looks.
    pub(crate) log_format: LogFormat,
}

/// What runs the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Backend {
    /// Pods of a cluster.
    Kubernetes,
    /// A simulation in this process.
    Memory,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct Server {
    /// The TCP address.
    pub(crate) listen_addr: ListenAddress,
    /// A unix socket besides it.
    pub(crate) unix_socket: Option<PathBuf>,
}

/// The cluster, and how to deal with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct Kubernetes {
    /// The namespace of the pods.
    pub(crate) namespace: Option<String>,
    /// The kubeconfig.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// When nodes pull images.
    #[serde(deserialize_with = "pull_policy")]
    pub(crate) pull_policy: PullPolicy,
    /// The secrets with credentials of registries.
    #[serde(deserialize_with = "secrets::deserialize")]
    pub(crate) image_pull_secrets: Vec<String>,
    /// The service account of the pods.
    pub(crate) service_account: Option<String>,
    /// How long a container may take to start.
    #[serde(deserialize_with = "duration::deserialize")]
    pub(crate) timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            backend: Backend::Kubernetes,
            server: Server::default(),
            kubernetes: Kubernetes::default(),
            registry: Registry::default(),
            verbosity: 1,
            log_format: LogFormat::Text,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen_addr: ListenAddress::new("127.0.0.1", 2475), unix_socket: None }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            namespace: None,
            kubeconfig: None,
            pull_policy: PullPolicy::default(),
            image_pull_secrets: Vec::new(),
            service_account: None,
            timeout: Duration::from_mins(1),
        }
    }
}

impl Settings {
    /// Puts the layers together: `flags` has the shape of the settings, `config` is the file that a flag names.
    ///
    /// # Errors
    /// One line that names the wrong value and the file, variable or flag it stands in.
    pub(crate) fn load(flags: &impl Serialize, config: Option<&Path>) -> Result<Self, String> {
        Self::layered(flags, config, &Environment::of_process()?)
    }

    fn layered(flags: &impl Serialize, config: Option<&Path>, environment: &Environment) -> Result<Self, String> {
        let mut figment = Figment::new();
        if let Some(path) = config.or(environment.config().map(Path::new)) {
            figment = figment.merge(file::layer(path)?);
            // A wrong file is refused even where a variable or a flag hides what is wrong with it.
            figment.extract_lossy::<Self>().map_err(layer::complaint)?;
        }
        figment.merge(environment.layer()).merge(Layer::flags(flags)).extract_lossy().map_err(layer::complaint)
    }
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    u8::deserialize(deserializer).map_err(|_| serde::de::Error::custom("it must be a level from 0 to 5"))
}

fn pull_policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PullPolicy, D::Error> {
    PullPolicy::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests;
