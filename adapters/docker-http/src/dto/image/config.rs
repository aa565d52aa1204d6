//! What an image's containers do unless told otherwise.

use std::collections::BTreeMap;

use domain::{ImageConfig, PortSpec, Signal};
use serde::Serialize;

use crate::dto::inspect::HealthcheckJson;
use crate::dto::write::{Set, Shown, some};
use crate::version::ApiVersion;

/// `ImageConfig` of the API reference; what is not known is as if it were not set.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ImageConfigJson<'a> {
    #[serde(flatten)]
    of_containers: Option<OfContainers>,
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposed_ports: Option<Set<'a, PortSpec>>,
    env: Option<&'a [String]>,
    cmd: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthcheck: Option<HealthcheckJson<'a>>,
    volumes: Option<Set<'a, String>>,
    working_dir: &'a str,
    entrypoint: Option<&'a [String]>,
    on_build: Option<&'a [String]>,
    labels: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_signal: Option<Shown<Signal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shell: Option<&'a [String]>,
}

/// What only containers have: always as if it were not set, and gone with API 1.50.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct OfContainers {
    hostname: &'static str,
    domainname: &'static str,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    tty: bool,
    open_stdin: bool,
    stdin_once: bool,
    image: &'static str,
}

impl<'a> ImageConfigJson<'a> {
    /// As a client that speaks `version` sees it.
    pub(super) fn new(config: Option<&'a ImageConfig>, version: ApiVersion) -> Self {
        let of_containers = (!version.is_at_least(50)).then(OfContainers::default);
        let Some(config) = config else { return Self { of_containers, ..Self::default() } };
        Self {
            of_containers,
            user: &config.user,
            exposed_ports: some(&config.exposed_ports).map(Set),
            env: some(&config.env[..]),
            cmd: config.cmd.as_deref(),
            healthcheck: config.healthcheck.as_ref().map(HealthcheckJson::from),
            volumes: some(&config.volumes).map(Set),
            working_dir: &config.working_dir,
            entrypoint: config.entrypoint.as_deref(),
            on_build: some(&config.on_build[..]),
            labels: some(&config.labels),
            stop_signal: config.stop_signal.map(|signal| Shown(Some(signal))),
            shell: config.shell.as_deref(),
        }
    }
}
