//! Limits.

use std::collections::BTreeMap;

use domain::{DeviceMapping, DeviceRequest, Resources, ThrottleDevice, Ulimit, WeightDevice};
use serde::Serialize;

/// `Resources` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResourcesJson<'a> {
    cpu_shares: i64,
    memory: i64,
    nano_cpus: i64,
    cgroup_parent: &'a str,
    blkio_weight: u16,
    blkio_weight_device: Option<Vec<WeightDeviceJson<'a>>>,
    blkio_device_read_bps: Option<Vec<ThrottleDeviceJson<'a>>>,
    blkio_device_write_bps: Option<Vec<ThrottleDeviceJson<'a>>>,
    #[serde(rename = "BlkioDeviceReadIOps")]
    blkio_device_read_iops: Option<Vec<ThrottleDeviceJson<'a>>>,
    #[serde(rename = "BlkioDeviceWriteIOps")]
    blkio_device_write_iops: Option<Vec<ThrottleDeviceJson<'a>>>,
    cpu_period: i64,
    cpu_quota: i64,
    cpu_realtime_period: i64,
    cpu_realtime_runtime: i64,
    cpuset_cpus: &'a str,
    cpuset_mems: &'a str,
    devices: Option<Vec<DeviceMappingJson<'a>>>,
    device_cgroup_rules: Option<&'a [String]>,
    device_requests: Option<Vec<DeviceRequestJson<'a>>>,
    memory_reservation: i64,
    memory_swap: i64,
    memory_swappiness: Option<i64>,
    oom_kill_disable: bool,
    pids_limit: Option<i64>,
    ulimits: Option<Vec<UlimitJson<'a>>>,
    cpu_count: i64,
    cpu_percent: i64,
    #[serde(rename = "IOMaximumIOps")]
    io_maximum_iops: u64,
    #[serde(rename = "IOMaximumBandwidth")]
    io_maximum_bandwidth: u64,
}

impl<'a> From<&'a Resources> for ResourcesJson<'a> {
    fn from(limits: &'a Resources) -> Self {
        Self {
            cpu_shares: limits.cpu_shares,
            memory: limits.memory,
            nano_cpus: limits.nano_cpus,
            cgroup_parent: &limits.cgroup_parent,
            blkio_weight: limits.blkio_weight,
            blkio_weight_device: each(limits.blkio_weight_device.as_deref()),
            blkio_device_read_bps: each(limits.blkio_device_read_bps.as_deref()),
            blkio_device_write_bps: each(limits.blkio_device_write_bps.as_deref()),
            blkio_device_read_iops: each(limits.blkio_device_read_iops.as_deref()),
            blkio_device_write_iops: each(limits.blkio_device_write_iops.as_deref()),
            cpu_period: limits.cpu_period,
            cpu_quota: limits.cpu_quota,
            cpu_realtime_period: limits.cpu_realtime_period,
            cpu_realtime_runtime: limits.cpu_realtime_runtime,
            cpuset_cpus: &limits.cpuset_cpus,
            cpuset_mems: &limits.cpuset_mems,
            devices: each(limits.devices.as_deref()),
            device_cgroup_rules: limits.device_cgroup_rules.as_deref(),
            device_requests: each(limits.device_requests.as_deref()),
            memory_reservation: limits.memory_reservation,
            memory_swap: memory_swap(limits),
            memory_swappiness: limits.memory_swappiness.filter(|percent| *percent >= 0),
            oom_kill_disable: limits.oom_kill_disable.unwrap_or_default(),
            pids_limit: limits.pids_limit,
            ulimits: each(limits.ulimits.as_deref()),
            cpu_count: limits.cpu_count,
            cpu_percent: limits.cpu_percent,
            io_maximum_iops: limits.io_maximum_iops,
            io_maximum_bandwidth: limits.io_maximum_bandwidth,
        }
    }
}

/// Twice the memory, unless the client said.
fn memory_swap(limits: &Resources) -> i64 {
    if limits.memory > 0 && limits.memory_swap == 0 { limits.memory.saturating_mul(2) } else { limits.memory_swap }
}

fn each<'a, T, J: From<&'a T>>(list: Option<&'a [T]>) -> Option<Vec<J>> {
    list.map(|list| list.iter().map(J::from).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WeightDeviceJson<'a> {
    path: &'a str,
    weight: u16,
}

impl<'a> From<&'a WeightDevice> for WeightDeviceJson<'a> {
    fn from(device: &'a WeightDevice) -> Self {
        Self { path: &device.path, weight: device.weight }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ThrottleDeviceJson<'a> {
    path: &'a str,
    rate: u64,
}

impl<'a> From<&'a ThrottleDevice> for ThrottleDeviceJson<'a> {
    fn from(device: &'a ThrottleDevice) -> Self {
        Self { path: &device.path, rate: device.rate }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceMappingJson<'a> {
    path_on_host: &'a str,
    path_in_container: &'a str,
    cgroup_permissions: &'a str,
}

impl<'a> From<&'a DeviceMapping> for DeviceMappingJson<'a> {
    fn from(device: &'a DeviceMapping) -> Self {
        Self {
            path_on_host: &device.path_on_host,
            path_in_container: &device.path_in_container,
            cgroup_permissions: &device.cgroup_permissions,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceRequestJson<'a> {
    driver: &'a str,
    count: i64,
    #[serde(rename = "DeviceIDs")]
    device_ids: Option<&'a [String]>,
    capabilities: Option<&'a [Vec<String>]>,
    options: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a DeviceRequest> for DeviceRequestJson<'a> {
    fn from(request: &'a DeviceRequest) -> Self {
        Self {
            driver: &request.driver,
            count: request.count,
            device_ids: request.device_ids.as_deref(),
            capabilities: request.capabilities.as_deref(),
            options: &request.options,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UlimitJson<'a> {
    name: &'a str,
    hard: i64,
    soft: i64,
}

impl<'a> From<&'a Ulimit> for UlimitJson<'a> {
    fn from(limit: &'a Ulimit) -> Self {
        Self { name: &limit.name, hard: limit.hard, soft: limit.soft }
    }
}
