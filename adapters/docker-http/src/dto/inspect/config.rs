//! What runs in a container.

use std::collections::BTreeMap;

use domain::{ContainerSpec, Healthcheck, PortSpec, Signal};
use serde::Serialize;

use crate::dto::write::{Set, Shown, is_default, some};

/// `ContainerConfig` of the API reference.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfigJson<'a> {
    hostname: &'a str,
    domainname: &'a str,
    user: &'a str,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposed_ports: Option<Set<'a, PortSpec>>,
    tty: bool,
    open_stdin: bool,
    stdin_once: bool,
    env: Option<&'a [String]>,
    cmd: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthcheck: Option<HealthcheckJson<'a>>,
    #[serde(skip_serializing_if = "is_default")]
    args_escaped: bool,
    image: &'a str,
    volumes: Option<Set<'a, String>>,
    working_dir: &'a str,
    entrypoint: Option<&'a [String]>,
    #[serde(skip_serializing_if = "is_default")]
    network_disabled: bool,
    #[serde(skip_serializing_if = "is_default")]
    mac_address: &'a str,
    on_build: Option<&'a [String]>,
    labels: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_signal: Option<Shown<Signal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_timeout: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shell: Option<&'a [String]>,
}

impl<'a> ConfigJson<'a> {
    /// What runs in a container. `mac_address` is the one asked for in its main network, which is shown here for old clients.
    pub(crate) fn of_container(spec: &'a ContainerSpec, mac_address: &'a str) -> Self {
        let config = &spec.config;
        Self {
            hostname: &config.hostname,
            domainname: &config.domainname,
            user: &config.user,
            attach_stdin: config.attach.stdin,
            attach_stdout: config.attach.stdout,
            attach_stderr: config.attach.stderr,
            exposed_ports: some(&config.exposed_ports).map(Set),
            tty: config.tty,
            open_stdin: config.open_stdin,
            stdin_once: config.stdin_once,
            env: some(&config.env[..]),
            cmd: config.cmd.as_deref(),
            healthcheck: config.healthcheck.as_ref().map(HealthcheckJson::from),
            args_escaped: config.args_escaped,
            image: &config.image,
            volumes: some(&config.volumes).map(Set),
            working_dir: &config.working_dir,
            entrypoint: config.entrypoint.as_deref(),
            network_disabled: config.network_disabled,
            mac_address,
            on_build: config.on_build.as_deref(),
            labels: Some(&config.labels),
            stop_signal: config.stop_signal.map(|signal| Shown(Some(signal))),
            stop_timeout: config.stop_timeout,
            shell: config.shell.as_deref(),
        }
    }
}

/// `HealthConfig` of the API reference; times are nanoseconds.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HealthcheckJson<'a> {
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    test: &'a [String],
    #[serde(skip_serializing_if = "is_default")]
    interval: u64,
    #[serde(skip_serializing_if = "is_default")]
    timeout: u64,
    #[serde(skip_serializing_if = "is_default")]
    start_period: u64,
    #[serde(skip_serializing_if = "is_default")]
    start_interval: u64,
    #[serde(skip_serializing_if = "is_default")]
    retries: u32,
}

impl<'a> From<&'a Healthcheck> for HealthcheckJson<'a> {
    fn from(check: &'a Healthcheck) -> Self {
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            test: &check.test,
            interval: nanos(check.interval),
            timeout: nanos(check.timeout),
            start_period: nanos(check.start_period),
            start_interval: nanos(check.start_interval),
            retries: check.retries,
        }
    }
}
