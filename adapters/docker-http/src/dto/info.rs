//! `GET /info`

use std::collections::BTreeMap;

use ports::ServerInfo;
use serde::Serialize;

use crate::dto::time::Rfc3339;
use crate::version::ENGINE_VERSION;

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Info<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    containers: usize,
    containers_running: usize,
    containers_paused: usize,
    containers_stopped: usize,
    images: usize,
    driver: &'static str,
    driver_status: [[&'static str; 2]; 0],
    plugins: Plugins,
    memory_limit: bool,
    swap_limit: bool,
    cpu_cfs_period: bool,
    cpu_cfs_quota: bool,
    #[serde(rename = "CPUShares")]
    cpu_shares: bool,
    #[serde(rename = "CPUSet")]
    cpu_set: bool,
    pids_limit: bool,
    #[serde(rename = "IPv4Forwarding")]
    ipv4_forwarding: bool,
    bridge_nf_iptables: bool,
    #[serde(rename = "BridgeNfIp6tables")]
    bridge_nf_ip6tables: bool,
    debug: bool,
    #[serde(rename = "NFd")]
    n_fd: u64,
    oom_kill_disable: bool,
    #[serde(rename = "NGoroutines")]
    n_goroutines: u64,
    system_time: Rfc3339,
    logging_driver: &'static str,
    cgroup_driver: &'static str,
    cgroup_version: &'static str,
    #[serde(rename = "NEventsListener")]
    n_events_listener: usize,
    kernel_version: &'a str,
    operating_system: &'a str,
    #[serde(rename = "OSVersion")]
    os_version: &'static str,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    architecture: &'a str,
    index_server_address: &'static str,
    registry_config: RegistryConfig,
    #[serde(rename = "NCPU")]
    n_cpu: u32,
    mem_total: u64,
    generic_resources: Option<()>,
    docker_root_dir: &'static str,
    http_proxy: &'static str,
    https_proxy: &'static str,
    no_proxy: &'static str,
    name: &'a str,
    labels: [&'static str; 0],
    experimental_build: bool,
    server_version: &'static str,
    runtimes: BTreeMap<&'static str, Runtime>,
    default_runtime: &'static str,
    swarm: Swarm,
    live_restore_enabled: bool,
    isolation: &'static str,
    init_binary: &'static str,
    containerd_commit: Commit,
    runc_commit: Commit,
    init_commit: Commit,
    security_options: [&'static str; 0],
    #[serde(rename = "CDISpecDirs")]
    cdi_spec_dirs: [&'static str; 0],
    warnings: Option<&'a [String]>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plugins {
    volume: [&'static str; 1],
    network: [&'static str; 3],
    authorization: Option<()>,
    log: [&'static str; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegistryConfig {
    #[serde(rename = "AllowNondistributableArtifactsCIDRs")]
    allow_nondistributable_artifacts_cidrs: Option<()>,
    allow_nondistributable_artifacts_hostnames: Option<()>,
    #[serde(rename = "InsecureRegistryCIDRs")]
    insecure_registry_cidrs: [&'static str; 0],
    index_configs: BTreeMap<&'static str, IndexConfig>,
    mirrors: Option<()>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IndexConfig {
    name: &'static str,
    mirrors: [&'static str; 0],
    secure: bool,
    official: bool,
}

#[derive(Debug, Serialize)]
struct Runtime {
    path: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Swarm {
    #[serde(rename = "NodeID")]
    node_id: &'static str,
    node_addr: &'static str,
    local_node_state: &'static str,
    control_available: bool,
    error: &'static str,
    remote_managers: Option<()>,
}

#[derive(Debug, Default, Serialize)]
struct Commit {
    #[serde(rename = "ID")]
    id: &'static str,
    #[serde(rename = "Expected")]
    expected: &'static str,
}

impl<'a> From<&'a ServerInfo> for Info<'a> {
    /// What is a property of a machine, and there is no machine, is empty, zero or false.
    fn from(info: &'a ServerInfo) -> Self {
        let host = &info.host;
        let docker_hub = IndexConfig { name: "docker.io", mirrors: [], secure: true, official: true };
        Self {
            id: &info.id,
            containers: info.running + info.paused + info.stopped,
            containers_running: info.running,
            containers_paused: info.paused,
            containers_stopped: info.stopped,
            images: info.images,
            driver: "kubedock",
            driver_status: [],
            plugins: Plugins { volume: ["local"], network: ["bridge", "host", "null"], authorization: None, log: ["json-file"] },
            memory_limit: true,
            swap_limit: false,
            cpu_cfs_period: false,
            cpu_cfs_quota: true,
            cpu_shares: true,
            cpu_set: false,
            pids_limit: false,
            ipv4_forwarding: true,
            bridge_nf_iptables: true,
            bridge_nf_ip6tables: true,
            debug: false,
            n_fd: 0,
            oom_kill_disable: false,
            n_goroutines: 0,
            system_time: Rfc3339(Some(info.now)),
            logging_driver: "json-file",
            cgroup_driver: "none",
            cgroup_version: "2",
            n_events_listener: info.listeners,
            kernel_version: &host.kernel_version,
            operating_system: &host.operating_system,
            os_version: "",
            os_type: "linux",
            architecture: &host.architecture,
            index_server_address: domain::INDEX_SERVER,
            registry_config: RegistryConfig {
                allow_nondistributable_artifacts_cidrs: None,
                allow_nondistributable_artifacts_hostnames: None,
                insecure_registry_cidrs: [],
                index_configs: [("docker.io", docker_hub)].into(),
                mirrors: None,
            },
            n_cpu: host.cpus,
            mem_total: host.memory,
            generic_resources: None,
            docker_root_dir: "/var/lib/docker",
            http_proxy: "",
            https_proxy: "",
            no_proxy: "",
            name: &host.name,
            labels: [],
            experimental_build: false,
            server_version: ENGINE_VERSION,
            runtimes: [("runc", Runtime { path: "runc" })].into(),
            default_runtime: "runc",
            swarm: Swarm {
                node_id: "",
                node_addr: "",
                local_node_state: "inactive",
                control_available: false,
                error: "",
                remote_managers: None,
            },
            live_restore_enabled: false,
            isolation: "",
            init_binary: "",
            containerd_commit: Commit::default(),
            runc_commit: Commit::default(),
            init_commit: Commit::default(),
            security_options: [],
            cdi_spec_dirs: [],
            warnings: Some(host.warnings.as_slice()).filter(|warnings| !warnings.is_empty()),
        }
    }
}
