//! How a container runs, with the defaults that dockerd fills in (moby `daemon/daemon_unix.go`, `adaptContainerSettings`).

use std::collections::BTreeMap;

use domain::{Bind, HostConfig, LogConfig, PortBinding, PortSpec, RestartPolicy};
use serde::{Serialize, Serializer};

use super::mounts::MountJson;
use super::resources::ResourcesJson;
use crate::dto::write::{Shown, some};

/// What a container cannot see unless it is privileged (moby `oci/defaults.go`).
const MASKED_PATHS: [&str; 11] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

/// What a container cannot write to unless it is privileged.
const READONLY_PATHS: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Bytes of `/dev/shm`.
const SHM_SIZE: i64 = 64 << 20;

/// `HostConfig` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HostConfigJson<'a> {
    binds: Option<Vec<&'a str>>,
    #[serde(rename = "ContainerIDFile")]
    container_id_file: &'a str,
    log_config: LogConfigJson<'a>,
    network_mode: &'a str,
    port_bindings: PortBindings<'a>,
    restart_policy: RestartPolicyJson,
    auto_remove: bool,
    volume_driver: &'a str,
    volumes_from: Option<&'a [String]>,
    console_size: [u16; 2],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
    cap_add: Option<&'a [String]>,
    cap_drop: Option<&'a [String]>,
    cgroupns_mode: &'a str,
    dns: Option<&'a [String]>,
    dns_options: Option<&'a [String]>,
    dns_search: Option<&'a [String]>,
    extra_hosts: Option<&'a [String]>,
    group_add: Option<&'a [String]>,
    ipc_mode: &'a str,
    cgroup: &'a str,
    links: Option<&'a [String]>,
    oom_score_adj: i64,
    pid_mode: &'a str,
    privileged: bool,
    publish_all_ports: bool,
    readonly_rootfs: bool,
    security_opt: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage_opt: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tmpfs: &'a BTreeMap<String, String>,
    #[serde(rename = "UTSMode")]
    uts_mode: &'a str,
    userns_mode: &'a str,
    shm_size: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sysctls: &'a BTreeMap<String, String>,
    runtime: &'a str,
    isolation: &'a str,
    #[serde(flatten)]
    resources: ResourcesJson<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mounts: Vec<MountJson<'a>>,
    masked_paths: Option<Paths<'a>>,
    readonly_paths: Option<Paths<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<bool>,
}

impl<'a> HostConfigJson<'a> {
    pub(super) fn new(host: &'a HostConfig) -> Self {
        Self {
            binds: host.binds.as_ref().map(|binds| binds.iter().map(|Bind { text, .. }| text.as_str()).collect()),
            container_id_file: &host.container_id_file,
            log_config: LogConfigJson::from(&host.log),
            network_mode: network_mode(host),
            port_bindings: PortBindings(&host.port_bindings),
            restart_policy: RestartPolicyJson::from(host.restart),
            auto_remove: host.auto_remove,
            volume_driver: &host.volume_driver,
            volumes_from: host.volumes_from.as_deref(),
            console_size: host.console_size.map_or([0, 0], |size| [size.height, size.width]),
            annotations: &host.annotations,
            cap_add: host.cap_add.as_deref(),
            cap_drop: host.cap_drop.as_deref(),
            cgroupns_mode: or(&host.cgroupns_mode, if host.privileged { "host" } else { "private" }),
            dns: host.dns.as_deref(),
            dns_options: host.dns_options.as_deref(),
            dns_search: host.dns_search.as_deref(),
            extra_hosts: host.extra_hosts.as_deref(),
            group_add: host.group_add.as_deref(),
            ipc_mode: or(&host.ipc_mode, "private"),
            cgroup: &host.cgroup,
            links: host.links.as_deref().and_then(some),
            oom_score_adj: host.oom_score_adj,
            pid_mode: &host.pid_mode,
            privileged: host.privileged,
            publish_all_ports: host.publish_all_ports,
            readonly_rootfs: host.readonly_rootfs,
            security_opt: security_options(host),
            storage_opt: &host.storage_opt,
            tmpfs: &host.tmpfs,
            uts_mode: &host.uts_mode,
            userns_mode: &host.userns_mode,
            shm_size: if host.shm_size == 0 { SHM_SIZE } else { host.shm_size },
            sysctls: &host.sysctls,
            runtime: or(&host.runtime, "runc"),
            isolation: &host.isolation,
            resources: ResourcesJson::from(&host.resources),
            mounts: host.mounts.iter().map(MountJson::new).collect(),
            masked_paths: Paths::of(host, host.masked_paths.as_deref(), &MASKED_PATHS),
            readonly_paths: Paths::of(host, host.readonly_paths.as_deref(), &READONLY_PATHS),
            init: host.init,
        }
    }
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// The network mode as it is shown: silence and `default` mean the default bridge.
pub(crate) fn network_mode(host: &HostConfig) -> &str {
    match host.network_mode.as_str() {
        "" | "default" => "bridge",
        mode => mode,
    }
}

/// A privileged container has no SELinux label, and says so.
fn security_options(host: &HostConfig) -> Option<Vec<&str>> {
    let given = host.security_opt.as_ref().map(|options| options.iter().map(String::as_str).collect());
    if !host.privileged {
        return given;
    }
    let mut options: Vec<&str> = given.unwrap_or_default();
    options.push("label=disable");
    Some(options)
}

/// Paths from the client or from the default list.
#[derive(Serialize)]
#[serde(untagged)]
enum Paths<'a> {
    Given(&'a [String]),
    Default(&'static [&'static str]),
}

impl<'a> Paths<'a> {
    /// A privileged container has none.
    fn of(host: &HostConfig, given: Option<&'a [String]>, default: &'static [&'static str]) -> Option<Self> {
        match given {
            Some(paths) => Some(Self::Given(paths)),
            None if host.privileged => None,
            None => Some(Self::Default(default)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogConfigJson<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    config: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a LogConfig> for LogConfigJson<'a> {
    fn from(log: &'a LogConfig) -> Self {
        Self { kind: or(&log.driver, "json-file"), config: &log.options }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RestartPolicyJson {
    name: &'static str,
    maximum_retry_count: u32,
}

impl From<RestartPolicy> for RestartPolicyJson {
    fn from(policy: RestartPolicy) -> Self {
        Self { name: if policy.is_none() { "no" } else { policy.name() }, maximum_retry_count: policy.retries() }
    }
}

struct PortBindings<'a>(&'a BTreeMap<PortSpec, Vec<PortBinding>>);

impl Serialize for PortBindings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(port, bindings)| {
            let bindings: Vec<_> = bindings.iter().map(PortBindingJson::from).collect();
            (Shown(Some(port)), bindings)
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PortBindingJson<'a> {
    host_ip: &'a str,
    host_port: &'a str,
}

impl<'a> From<&'a PortBinding> for PortBindingJson<'a> {
    fn from(binding: &'a PortBinding) -> Self {
        Self { host_ip: &binding.host_ip, host_port: &binding.host_port }
    }
}
