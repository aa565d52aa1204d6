//! How it runs.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::{Bind, Error, HostConfig, HostPort, LogConfig, Mount, PortBinding, PortSpec, RestartPolicy, Result, TermSize};
use serde::Deserialize;

use super::invalid;
use super::mounts::MountBody;
use super::resources::ResourcesBody;
use crate::dto::lenient::{List, Texts, list, texts};

/// `HostConfig` of the API reference.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct HostConfigBody {
    binds: List,
    #[serde(rename = "ContainerIDFile", alias = "ContainerIdFile")]
    container_id_file: Option<String>,
    log_config: Option<LogConfigBody>,
    network_mode: Option<String>,
    port_bindings: Option<BTreeMap<String, Option<Vec<PortBindingBody>>>>,
    restart_policy: Option<RestartPolicyBody>,
    auto_remove: Option<bool>,
    volume_driver: Option<String>,
    volumes_from: List,
    pub(super) console_size: Option<Vec<u64>>,
    pub(super) annotations: Texts,
    cap_add: List,
    cap_drop: List,
    cgroupns_mode: Option<String>,
    #[serde(alias = "DNS")]
    dns: List,
    #[serde(alias = "DNSOptions")]
    dns_options: List,
    #[serde(alias = "DNSSearch")]
    dns_search: List,
    extra_hosts: List,
    group_add: List,
    #[serde(alias = "IPCMode")]
    pub(super) ipc_mode: Option<String>,
    cgroup: Option<String>,
    links: List,
    oom_score_adj: Option<i64>,
    pid_mode: Option<String>,
    privileged: Option<bool>,
    publish_all_ports: Option<bool>,
    readonly_rootfs: Option<bool>,
    security_opt: List,
    storage_opt: Texts,
    tmpfs: Texts,
    #[serde(rename = "UTSMode", alias = "UtsMode")]
    uts_mode: Option<String>,
    userns_mode: Option<String>,
    shm_size: Option<i64>,
    sysctls: Texts,
    runtime: Option<String>,
    isolation: Option<String>,
    #[serde(flatten)]
    resources: ResourcesBody,
    pub(super) mounts: Option<Vec<MountBody>>,
    masked_paths: List,
    readonly_paths: List,
    init: Option<bool>,
}

impl TryFrom<HostConfigBody> for HostConfig {
    type Error = Error;

    fn try_from(body: HostConfigBody) -> Result<Self> {
        let log = body.log_config.unwrap_or_default();
        Ok(Self {
            binds: list(body.binds).map(|texts| texts.iter().map(|text| Bind::parse(text)).collect()).transpose()?,
            container_id_file: body.container_id_file.unwrap_or_default(),
            log: LogConfig { driver: log.kind.unwrap_or_default(), options: texts(log.config) },
            network_mode: body.network_mode.unwrap_or_default(),
            port_bindings: port_bindings(body.port_bindings.unwrap_or_default())?,
            restart: body.restart_policy.unwrap_or_default().try_into()?,
            auto_remove: body.auto_remove.unwrap_or_default(),
            volume_driver: body.volume_driver.unwrap_or_default(),
            volumes_from: list(body.volumes_from),
            console_size: body.console_size.and_then(|size| console_size(&size)),
            annotations: texts(body.annotations),
            cap_add: list(body.cap_add),
            cap_drop: list(body.cap_drop),
            cgroupns_mode: body.cgroupns_mode.unwrap_or_default(),
            dns: list(body.dns),
            dns_options: list(body.dns_options),
            dns_search: list(body.dns_search),
            extra_hosts: list(body.extra_hosts),
            group_add: list(body.group_add),
            ipc_mode: body.ipc_mode.unwrap_or_default(),
            cgroup: body.cgroup.unwrap_or_default(),
            links: list(body.links),
            oom_score_adj: body.oom_score_adj.unwrap_or_default(),
            pid_mode: body.pid_mode.unwrap_or_default(),
            privileged: body.privileged.unwrap_or_default(),
            publish_all_ports: body.publish_all_ports.unwrap_or_default(),
            readonly_rootfs: body.readonly_rootfs.unwrap_or_default(),
            security_opt: list(body.security_opt),
            storage_opt: texts(body.storage_opt),
            tmpfs: texts(body.tmpfs),
            uts_mode: body.uts_mode.unwrap_or_default(),
            userns_mode: body.userns_mode.unwrap_or_default(),
            shm_size: body.shm_size.unwrap_or_default(),
            sysctls: texts(body.sysctls),
            runtime: body.runtime.unwrap_or_default(),
            isolation: body.isolation.unwrap_or_default(),
            resources: body.resources.into(),
            mounts: body.mounts.into_iter().flatten().map(Mount::try_from).collect::<Result<_>>()?,
            masked_paths: list(body.masked_paths),
            readonly_paths: list(body.readonly_paths),
            init: body.init,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct LogConfigBody {
    #[serde(rename = "Type")]
    kind: Option<String>,
    config: Texts,
}

/// `RestartPolicy` of the API reference.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct RestartPolicyBody {
    pub(crate) name: Option<String>,
    maximum_retry_count: Option<i64>,
}

impl TryFrom<RestartPolicyBody> for RestartPolicy {
    type Error = Error;

    fn try_from(body: RestartPolicyBody) -> Result<Self> {
        Self::parse(body.name.as_deref().unwrap_or_default(), body.maximum_retry_count.unwrap_or_default())
    }
}

/// Height and width; more numbers do not count, missing ones are 0, as in Go. Both 0 is no size.
fn console_size(numbers: &[u64]) -> Option<TermSize> {
    let number = |index: usize| numbers.get(index).map_or(0, |&number| u16::try_from(number).unwrap_or(u16::MAX));
    Some(TermSize { height: number(0), width: number(1) }).filter(|size| size.height > 0 || size.width > 0)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct PortBindingBody {
    #[serde(alias = "HostIP")]
    host_ip: Option<String>,
    host_port: Option<String>,
}

fn port_bindings(body: BTreeMap<String, Option<Vec<PortBindingBody>>>) -> Result<BTreeMap<PortSpec, Vec<PortBinding>>> {
    let mut all: BTreeMap<PortSpec, Vec<PortBinding>> = BTreeMap::new();
    for (text, bindings) in body {
        let bindings = bindings.into_iter().flatten().map(PortBinding::try_from).collect::<Result<Vec<_>>>()?;
        all.entry(single_port(&text)?).or_default().extend(bindings);
    }
    Ok(all)
}

/// One port; a range cannot be bound.
fn single_port(text: &str) -> Result<PortSpec> {
    match PortSpec::parse_range(text).as_deref() {
        Ok([port]) => Ok(*port),
        _ => Err(invalid(format!("invalid port specification: \"{}\"", text.split('/').next().unwrap_or_default()))),
    }
}

impl TryFrom<PortBindingBody> for PortBinding {
    type Error = Error;

    fn try_from(body: PortBindingBody) -> Result<Self> {
        let (host_ip, host_port) = (body.host_ip.unwrap_or_default(), body.host_port.unwrap_or_default());
        HostPort::parse(&host_port)?;
        // Clients since Docker 29 cannot read an inspected container back that has anything else here.
        if !host_ip.is_empty() && host_ip.parse::<IpAddr>().is_err() {
            return Err(invalid(format!("invalid port binding: HostIp \"{host_ip}\" is not an IP address")));
        }
        Ok(Self { host_ip, host_port })
    }
}
