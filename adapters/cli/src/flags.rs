//! The flags.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// The flags of `kubedock server` that were given, in the shape of the settings: what was not given is not serialised.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServerFlags {
    /// What every command needs to know.
    #[command(flatten)]
    #[serde(flatten)]
    pub general: General,

    /// Where it listens.
    #[command(flatten)]
    pub server: Listening,

    /// The cluster, and what it does with containers.
    #[command(flatten)]
    pub kubernetes: Kubernetes,

    /// Where images come from.
    #[command(flatten)]
    pub registry: Registry,

    /// How much is logged: 0 warnings, 1 requests and changes of state, 2 and 3 details, 4 and 5 everything [env: VERBOSITY] [default: 1].
    #[arg(short = 'v', long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<String>,

    /// How a log line looks: text or json [env: KUBEDOCK_LOG_FORMAT] [default: text].
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
}

/// What `kubedock image inspect` is to look at, and the flags that were given, in the shape of the settings.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InspectFlags {
    /// The image, as a client of Docker names it.
    #[arg(value_name = "NAME")]
    #[serde(skip)]
    pub name: String,

    /// The platform, if there are images for several: OS, ARCH or OS/ARCH/VARIANT [default: the cluster's].
    #[arg(long, value_name = "PLATFORM")]
    #[serde(skip)]
    pub platform: Option<String>,

    /// What every command needs to know.
    #[command(flatten)]
    #[serde(flatten)]
    pub general: General,

    /// The cluster.
    #[command(flatten)]
    pub kubernetes: Cluster,

    /// How much is logged to standard error: 0 warnings, 1 changes of state, 2 and 3 details, 4 and 5 everything [default: 0].
    #[arg(short = 'v', long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<String>,
}

/// What every command needs to know.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct General {
    /// A file with settings: TOML, or YAML if it ends in .yaml or .yml [env: KUBEDOCK_CONFIG].
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// What runs the containers: pods of a cluster, or a simulation in this process [env: KUBEDOCK_BACKEND] [default: kubernetes].
    #[arg(long, value_name = "BACKEND", value_parser = ["kubernetes", "memory"], hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
}

/// Where the server listens.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listening {
    /// The address: HOST:PORT, :PORT for every interface, or PORT [env: SERVER_LISTEN_ADDR] [default: 127.0.0.1:2475].
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen_addr: Option<String>,

    /// A unix socket to listen on as well [env: KUBEDOCK_UNIX_SOCKET].
    #[arg(long, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unix_socket: Option<PathBuf>,
}

/// How to find the cluster and what it holds.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// The namespace of the pods [env: NAMESPACE] [default: the server's own, else the kubeconfig's].
    #[arg(short = 'n', long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,

    /// The kubeconfig [env: KUBECONFIG] [default: ~/.kube/config, else the cluster that the server runs in].
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<PathBuf>,

    /// The secrets with credentials of registries, separated by commas [env: IMAGE_PULL_SECRETS].
    #[arg(long, value_name = "NAMES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_secrets: Option<String>,
}

/// The cluster, and how to deal with it.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kubernetes {
    /// How to find it.
    #[command(flatten)]
    #[serde(flatten)]
    pub cluster: Cluster,

    /// When nodes pull images: always, ifnotpresent or never [env: PULL_POLICY] [default: ifnotpresent].
    #[arg(long, value_name = "POLICY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_policy: Option<String>,

    /// The service account of the pods [env: SERVICE_ACCOUNT] [default: the namespace's, without its token].
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,

    /// How long a container may take to start, such as 90s or 1h30m [env: TIME_OUT] [default: 1m].
    #[arg(short = 't', long, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// Where images come from.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Registry {
    /// Whether registries are asked what images are: --inspector or --inspector=false [env: KUBEDOCK_INSPECTOR] [default: true; with the memory backend false].
    #[arg(short = 'i', long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspector: Option<String>,
}
