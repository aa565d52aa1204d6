//! The flags of `kubedock server`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// The flags that were given, in the shape of the settings: what was not given is not serialised.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServerFlags {
    /// A file with settings: TOML, or YAML if it ends in .yaml or .yml [env: KUBEDOCK_CONFIG].
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// What runs the containers: pods of a cluster, or a simulation in this process [env: KUBEDOCK_BACKEND] [default: kubernetes].
    #[arg(long, value_name = "BACKEND", value_parser = ["kubernetes", "memory"], hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,

    /// Where it listens.
    #[command(flatten)]
    pub server: Listening,

    /// The cluster.
    #[command(flatten)]
    pub kubernetes: Kubernetes,

    /// How much is logged: 0 warnings, 1 requests and changes of state, 2 and 3 details, 4 and 5 everything [env: VERBOSITY] [default: 1].
    #[arg(short = 'v', long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<String>,

    /// How a log line looks: text or json [env: KUBEDOCK_LOG_FORMAT] [default: text].
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
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

/// The cluster, and how to deal with it.
#[derive(Debug, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kubernetes {
    /// The namespace of the pods [env: NAMESPACE] [default: the server's own, else the kubeconfig's].
    #[arg(short = 'n', long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,

    /// The kubeconfig [env: KUBECONFIG] [default: ~/.kube/config, else the cluster that the server runs in].
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<PathBuf>,

    /// How long a container may take to start, such as 90s or 1h30m [env: TIME_OUT] [default: 1m].
    #[arg(short = 't', long, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}
