//! How a container runs.

use std::collections::BTreeMap;

use crate::{Bind, Mount, PortBinding, PortSpec, RestartPolicy, TermSize};

/// How a container runs (API reference, `HostConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostConfig {
    /// Binds in the short form.
    pub binds: Option<Vec<Bind>>,
    /// Where the client wrote the id; kept and shown.
    pub container_id_file: String,
    /// Where output goes.
    pub log: LogConfig,
    /// The network mode as the client wrote it.
    pub network_mode: String,
    /// Where ports are published.
    pub port_bindings: BTreeMap<PortSpec, Vec<PortBinding>>,
    /// When it is started again by itself.
    pub restart: RestartPolicy,
    /// Whether it is removed when its process ends.
    pub auto_remove: bool,
    /// The driver of volumes made for it.
    pub volume_driver: String,
    /// Containers whose volumes it shares.
    pub volumes_from: Option<Vec<String>>,
    /// The first size of its terminal.
    pub console_size: Option<TermSize>,
    /// Annotations for the runtime.
    pub annotations: BTreeMap<String, String>,
    /// Capabilities on top of the default ones.
    pub cap_add: Option<Vec<String>>,
    /// Capabilities taken away.
    pub cap_drop: Option<Vec<String>>,
    /// The cgroup namespace.
    pub cgroupns_mode: String,
    /// Name servers.
    pub dns: Option<Vec<String>>,
    /// Options of the resolver.
    pub dns_options: Option<Vec<String>>,
    /// Search domains.
    pub dns_search: Option<Vec<String>>,
    /// `name:address` pairs for the hosts file.
    pub extra_hosts: Option<Vec<String>>,
    /// Further groups, names or numbers.
    pub group_add: Option<Vec<String>>,
    /// The IPC namespace.
    pub ipc_mode: String,
    /// The cgroup.
    pub cgroup: String,
    /// Links to other containers.
    pub links: Option<Vec<String>>,
    /// How soon the kernel picks it when memory runs out.
    pub oom_score_adj: i64,
    /// The process namespace.
    pub pid_mode: String,
    /// Whether it was asked to have all rights.
    pub privileged: bool,
    /// Whether each exposed port is published.
    pub publish_all_ports: bool,
    /// Whether its root file system cannot be written.
    pub readonly_rootfs: bool,
    /// Security options.
    pub security_opt: Option<Vec<String>>,
    /// Options of the storage driver.
    pub storage_opt: BTreeMap<String, String>,
    /// File systems in memory and their options, by path.
    pub tmpfs: BTreeMap<String, String>,
    /// The host name namespace.
    pub uts_mode: String,
    /// The user namespace.
    pub userns_mode: String,
    /// Bytes of `/dev/shm`; 0 is the default of 64 MiB.
    pub shm_size: i64,
    /// Kernel settings.
    pub sysctls: BTreeMap<String, String>,
    /// The runtime.
    pub runtime: String,
    /// The isolation technology (Windows).
    pub isolation: String,
    /// Limits.
    pub resources: Resources,
    /// Mounts in the long form.
    pub mounts: Vec<Mount>,
    /// Paths hidden from it; `None` is the default list.
    pub masked_paths: Option<Vec<String>>,
    /// Paths it can only read; `None` is the default list.
    pub readonly_paths: Option<Vec<String>>,
    /// Whether an init process runs before its own.
    pub init: Option<bool>,
}

/// Where output goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogConfig {
    /// The driver; empty is `json-file`.
    pub driver: String,
    /// The driver's options.
    pub options: BTreeMap<String, String>,
}

/// Limits (API reference, `Resources`); 0 and empty are without limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resources {
    /// Relative weight of CPU time.
    pub cpu_shares: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Billionths of a CPU.
    pub nano_cpus: i64,
    /// The cgroup's parent.
    pub cgroup_parent: String,
    /// Relative weight of block I/O, 10 to 1000.
    pub blkio_weight: u16,
    /// The same for each device.
    pub blkio_weight_device: Option<Vec<WeightDevice>>,
    /// Bytes read per second.
    pub blkio_device_read_bps: Option<Vec<ThrottleDevice>>,
    /// Bytes written per second.
    pub blkio_device_write_bps: Option<Vec<ThrottleDevice>>,
    /// Reads per second.
    pub blkio_device_read_iops: Option<Vec<ThrottleDevice>>,
    /// Writes per second.
    pub blkio_device_write_iops: Option<Vec<ThrottleDevice>>,
    /// Microseconds of a CPU period.
    pub cpu_period: i64,
    /// Microseconds of CPU time in each period.
    pub cpu_quota: i64,
    /// Microseconds of a real-time period.
    pub cpu_realtime_period: i64,
    /// Microseconds of real-time CPU time in each period.
    pub cpu_realtime_runtime: i64,
    /// The CPUs it may use.
    pub cpuset_cpus: String,
    /// The memory nodes it may use.
    pub cpuset_mems: String,
    /// Devices of the host.
    pub devices: Option<Vec<DeviceMapping>>,
    /// Rules for the device cgroup.
    pub device_cgroup_rules: Option<Vec<String>>,
    /// Devices by capability, such as GPUs.
    pub device_requests: Option<Vec<DeviceRequest>>,
    /// Soft limit of memory in bytes.
    pub memory_reservation: i64,
    /// Bytes of memory and swap together; -1 is without limit.
    pub memory_swap: i64,
    /// How much to swap, 0 to 100; `None` is the system's.
    pub memory_swappiness: Option<i64>,
    /// Whether running out of memory does not kill it.
    pub oom_kill_disable: Option<bool>,
    /// How many processes it may have; `None`, 0 and -1 are without limit.
    pub pids_limit: Option<i64>,
    /// Limits of the shell's `ulimit`.
    pub ulimits: Option<Vec<Ulimit>>,
    /// Usable CPUs (Windows).
    pub cpu_count: i64,
    /// Usable percentage of the CPUs (Windows).
    pub cpu_percent: i64,
    /// I/O operations per second (Windows).
    pub io_maximum_iops: u64,
    /// I/O bytes per second (Windows).
    pub io_maximum_bandwidth: u64,
}

/// The weight of a block device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightDevice {
    /// Its path.
    pub path: String,
    /// Its weight.
    pub weight: u16,
}

/// The limit of a block device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleDevice {
    /// Its path.
    pub path: String,
    /// Its limit per second.
    pub rate: u64,
}

/// A device of the host in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceMapping {
    /// The path on the host.
    pub path_on_host: String,
    /// The path in the container.
    pub path_in_container: String,
    /// Any of `r`, `w`, `m`.
    pub cgroup_permissions: String,
}

/// Devices by what they can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The driver.
    pub driver: String,
    /// How many; -1 is all.
    pub count: i64,
    /// Which ones.
    pub device_ids: Option<Vec<String>>,
    /// What they must be able to do: any of the lists.
    pub capabilities: Option<Vec<Vec<String>>>,
    /// Options for the driver.
    pub options: BTreeMap<String, String>,
}

/// One limit of the shell's `ulimit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// Its name, `nofile`.
    pub name: String,
    /// The limit the process may raise itself.
    pub soft: i64,
    /// The limit it may not pass.
    pub hard: i64,
}
