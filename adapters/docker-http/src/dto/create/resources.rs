//! Limits.

use domain::{DeviceMapping, DeviceRequest, Resources, ThrottleDevice, Ulimit, WeightDevice};
use serde::Deserialize;

use crate::dto::lenient::{List, Texts, list, texts};

/// `Resources` of the API reference, which are a part of `HostConfig` and of the body of an update.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct ResourcesBody {
    pub(super) cpu_shares: Option<i64>,
    memory: Option<i64>,
    #[serde(alias = "NanoCPUs")]
    nano_cpus: Option<i64>,
    cgroup_parent: Option<String>,
    blkio_weight: Option<u16>,
    blkio_weight_device: Option<Vec<WeightDeviceBody>>,
    blkio_device_read_bps: Option<Vec<ThrottleDeviceBody>>,
    blkio_device_write_bps: Option<Vec<ThrottleDeviceBody>>,
    #[serde(rename = "BlkioDeviceReadIOps", alias = "BlkioDeviceReadIops")]
    blkio_device_read_iops: Option<Vec<ThrottleDeviceBody>>,
    #[serde(rename = "BlkioDeviceWriteIOps", alias = "BlkioDeviceWriteIops")]
    blkio_device_write_iops: Option<Vec<ThrottleDeviceBody>>,
    cpu_period: Option<i64>,
    cpu_quota: Option<i64>,
    cpu_realtime_period: Option<i64>,
    cpu_realtime_runtime: Option<i64>,
    cpuset_cpus: Option<String>,
    cpuset_mems: Option<String>,
    devices: Option<Vec<DeviceMappingBody>>,
    device_cgroup_rules: List,
    device_requests: Option<Vec<DeviceRequestBody>>,
    memory_reservation: Option<i64>,
    memory_swap: Option<i64>,
    memory_swappiness: Option<i64>,
    oom_kill_disable: Option<bool>,
    pids_limit: Option<i64>,
    ulimits: Option<Vec<UlimitBody>>,
    cpu_count: Option<i64>,
    cpu_percent: Option<i64>,
    #[serde(rename = "IOMaximumIOps", alias = "IoMaximumIOps")]
    io_maximum_iops: Option<u64>,
    #[serde(rename = "IOMaximumBandwidth", alias = "IoMaximumBandwidth")]
    io_maximum_bandwidth: Option<u64>,
}

impl From<ResourcesBody> for Resources {
    fn from(body: ResourcesBody) -> Self {
        Self {
            cpu_shares: body.cpu_shares.unwrap_or_default(),
            memory: body.memory.unwrap_or_default(),
            nano_cpus: body.nano_cpus.unwrap_or_default(),
            cgroup_parent: body.cgroup_parent.unwrap_or_default(),
            blkio_weight: body.blkio_weight.unwrap_or_default(),
            blkio_weight_device: each(body.blkio_weight_device),
            blkio_device_read_bps: each(body.blkio_device_read_bps),
            blkio_device_write_bps: each(body.blkio_device_write_bps),
            blkio_device_read_iops: each(body.blkio_device_read_iops),
            blkio_device_write_iops: each(body.blkio_device_write_iops),
            cpu_period: body.cpu_period.unwrap_or_default(),
            cpu_quota: body.cpu_quota.unwrap_or_default(),
            cpu_realtime_period: body.cpu_realtime_period.unwrap_or_default(),
            cpu_realtime_runtime: body.cpu_realtime_runtime.unwrap_or_default(),
            cpuset_cpus: body.cpuset_cpus.unwrap_or_default(),
            cpuset_mems: body.cpuset_mems.unwrap_or_default(),
            devices: each(body.devices),
            device_cgroup_rules: list(body.device_cgroup_rules),
            device_requests: each(body.device_requests),
            memory_reservation: body.memory_reservation.unwrap_or_default(),
            memory_swap: body.memory_swap.unwrap_or_default(),
            memory_swappiness: body.memory_swappiness,
            oom_kill_disable: body.oom_kill_disable,
            // Every way to say "without limit" was accepted at some time, and is shown as null since (moby `postContainersCreate`).
            pids_limit: body.pids_limit.filter(|limit| *limit > 0),
            ulimits: each(body.ulimits),
            cpu_count: body.cpu_count.unwrap_or_default(),
            cpu_percent: body.cpu_percent.unwrap_or_default(),
            io_maximum_iops: body.io_maximum_iops.unwrap_or_default(),
            io_maximum_bandwidth: body.io_maximum_bandwidth.unwrap_or_default(),
        }
    }
}

fn each<B, T: From<B>>(list: Option<Vec<B>>) -> Option<Vec<T>> {
    list.map(|list| list.into_iter().map(T::from).collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct WeightDeviceBody {
    path: Option<String>,
    weight: Option<u16>,
}

impl From<WeightDeviceBody> for WeightDevice {
    fn from(body: WeightDeviceBody) -> Self {
        Self { path: body.path.unwrap_or_default(), weight: body.weight.unwrap_or_default() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct ThrottleDeviceBody {
    path: Option<String>,
    rate: Option<u64>,
}

impl From<ThrottleDeviceBody> for ThrottleDevice {
    fn from(body: ThrottleDeviceBody) -> Self {
        Self { path: body.path.unwrap_or_default(), rate: body.rate.unwrap_or_default() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct DeviceMappingBody {
    path_on_host: Option<String>,
    path_in_container: Option<String>,
    cgroup_permissions: Option<String>,
}

impl From<DeviceMappingBody> for DeviceMapping {
    fn from(body: DeviceMappingBody) -> Self {
        Self {
            path_on_host: body.path_on_host.unwrap_or_default(),
            path_in_container: body.path_in_container.unwrap_or_default(),
            cgroup_permissions: body.cgroup_permissions.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct DeviceRequestBody {
    driver: Option<String>,
    count: Option<i64>,
    #[serde(rename = "DeviceIDs", alias = "DeviceIds")]
    device_ids: List,
    capabilities: Option<Vec<List>>,
    options: Texts,
}

impl From<DeviceRequestBody> for DeviceRequest {
    fn from(body: DeviceRequestBody) -> Self {
        Self {
            driver: body.driver.unwrap_or_default(),
            count: body.count.unwrap_or_default(),
            device_ids: list(body.device_ids),
            capabilities: body.capabilities.map(|lists| lists.into_iter().map(|words| list(words).unwrap_or_default()).collect()),
            options: texts(body.options),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct UlimitBody {
    name: Option<String>,
    soft: Option<i64>,
    hard: Option<i64>,
}

impl From<UlimitBody> for Ulimit {
    fn from(body: UlimitBody) -> Self {
        Self { name: body.name.unwrap_or_default(), soft: body.soft.unwrap_or_default(), hard: body.hard.unwrap_or_default() }
    }
}
