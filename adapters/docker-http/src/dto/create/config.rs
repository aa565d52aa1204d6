//! What runs.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AttachedStreams, Config, Error, HealthTimes, Healthcheck, PortSpec, Result, Signal};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::invalid;
use crate::dto::lenient::{List, Texts, Words, list, texts};

/// `ContainerConfig` of the API reference.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct ConfigBody {
    image: Option<String>,
    hostname: Option<String>,
    domainname: Option<String>,
    user: Option<String>,
    attach_stdin: Option<bool>,
    attach_stdout: Option<bool>,
    attach_stderr: Option<bool>,
    exposed_ports: Option<BTreeMap<String, IgnoredAny>>,
    tty: Option<bool>,
    open_stdin: Option<bool>,
    stdin_once: Option<bool>,
    env: List,
    cmd: Option<Words>,
    entrypoint: Option<Words>,
    pub(super) healthcheck: Option<HealthcheckBody>,
    args_escaped: Option<bool>,
    volumes: Option<BTreeMap<String, IgnoredAny>>,
    working_dir: Option<String>,
    network_disabled: Option<bool>,
    mac_address: Option<String>,
    on_build: List,
    labels: Texts,
    stop_signal: Option<String>,
    stop_timeout: Option<i64>,
    shell: Option<Words>,
}

impl TryFrom<ConfigBody> for Config {
    type Error = Error;

    fn try_from(body: ConfigBody) -> Result<Self> {
        let cmd = body.cmd.map(|words| words.0);
        Ok(Self {
            image: body.image.unwrap_or_default(),
            hostname: body.hostname.unwrap_or_default(),
            domainname: body.domainname.unwrap_or_default(),
            user: body.user.unwrap_or_default(),
            attach: AttachedStreams {
                stdin: body.attach_stdin.unwrap_or_default(),
                stdout: body.attach_stdout.unwrap_or_default(),
                stderr: body.attach_stderr.unwrap_or_default(),
            },
            exposed_ports: exposed_ports(body.exposed_ports.unwrap_or_default().keys())?,
            tty: body.tty.unwrap_or_default(),
            open_stdin: body.open_stdin.unwrap_or_default(),
            stdin_once: body.stdin_once.unwrap_or_default(),
            env: list(body.env).unwrap_or_default(),
            entrypoint: body.entrypoint.map(|words| entrypoint(words.0, cmd.as_deref())).transpose()?,
            cmd,
            healthcheck: body.healthcheck.map(Healthcheck::try_from).transpose()?,
            args_escaped: body.args_escaped.unwrap_or_default(),
            volumes: body.volumes.unwrap_or_default().into_keys().collect(),
            working_dir: working_dir(body.working_dir.unwrap_or_default()),
            network_disabled: body.network_disabled.unwrap_or_default(),
            mac_address: body.mac_address.unwrap_or_default(),
            on_build: list(body.on_build),
            labels: texts(body.labels),
            stop_signal: body.stop_signal.filter(|name| !name.is_empty()).map(|name| Signal::parse(&name)).transpose()?,
            stop_timeout: body.stop_timeout,
            shell: body.shell.map(|words| words.0),
        })
    }
}

/// One empty word takes the image's entrypoint away, and its command with it (moby `daemon/commit.go`, `merge`); what is left is an empty
/// list.
fn entrypoint(words: Vec<String>, cmd: Option<&[String]>) -> Result<Vec<String>> {
    match &words[..] {
        [word] if word.is_empty() && cmd.is_none_or(<[String]>::is_empty) => Err(invalid("no command specified")),
        [word] if word.is_empty() => Ok(Vec::new()),
        _ => Ok(words),
    }
}

/// An absolute path without empty, `.` and `..` parts; any other text as it is.
fn working_dir(text: String) -> String {
    if text.starts_with('/') { domain::clean_path(&text) } else { text }
}

fn exposed_ports<'a>(texts: impl Iterator<Item = &'a String>) -> Result<BTreeSet<PortSpec>> {
    let mut ports = BTreeSet::new();
    for text in texts {
        ports.extend(PortSpec::parse_range(text)?);
    }
    Ok(ports)
}

/// `HealthConfig` of the API reference; times are nanoseconds.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct HealthcheckBody {
    test: List,
    interval: Option<i64>,
    timeout: Option<i64>,
    start_period: Option<i64>,
    pub(super) start_interval: Option<i64>,
    retries: Option<i64>,
}

impl TryFrom<HealthcheckBody> for Healthcheck {
    type Error = Error;

    fn try_from(body: HealthcheckBody) -> Result<Self> {
        let times = HealthTimes {
            interval: body.interval.unwrap_or_default(),
            timeout: body.timeout.unwrap_or_default(),
            start_period: body.start_period.unwrap_or_default(),
            start_interval: body.start_interval.unwrap_or_default(),
        };
        Self::new(list(body.test).unwrap_or_default(), times, body.retries.unwrap_or_default())
    }
}
