//! What a client asked for and does not get.

use crate::{ContainerSpec, MountKind, NetworkMode, UserIds};

/// One sentence for each setting of `spec` that is kept and shown but not acted on. Silence is never an answer.
#[must_use]
pub fn shortfalls(spec: &ContainerSpec) -> Vec<String> {
    let mut list = Vec::new();
    let mut say = |short: bool, text: &str| {
        if short {
            list.push(text.to_owned());
        }
    };
    identity(spec, &mut say);
    network(spec, &mut say);
    files(spec, &mut say);
    limits(spec, &mut say);
    list
}

fn given<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

fn identity(spec: &ContainerSpec, say: &mut impl FnMut(bool, &str)) {
    let (config, host) = (&spec.config, &spec.host);
    say(
        !config.user.is_empty() && UserIds::parse(&config.user).is_none(),
        "User: only numbers and root are supported; the image's user is used.",
    );
    let named_group = host.group_add.iter().flatten().any(|group| group.parse::<u32>().is_err());
    say(named_group, "GroupAdd: only numbers are supported; named groups are left out.");
    say(host.privileged, "Privileged: containers run as ordinary pods and get no further rights.");
    say(given(host.security_opt.as_ref()), "SecurityOpt: security options are not applied.");
    say(host.init == Some(true), "Init: no init process is added.");
    say(config.healthcheck.as_ref().is_some_and(crate::Healthcheck::is_enabled), "Healthcheck: the check is not run.");
    say(!host.restart.is_none(), "RestartPolicy: the container is not started again by itself.");
    say(!matches!(host.log.driver.as_str(), "" | "json-file"), "LogConfig: logs are always kept as json-file does.");
    say(!matches!(host.pid_mode.as_str(), "" | "private"), "PidMode: the container has its own process namespace.");
    say(!matches!(host.ipc_mode.as_str(), "" | "private" | "shareable"), "IpcMode: the container has its own IPC namespace.");
    say(!host.uts_mode.is_empty(), "UTSMode: the container has its own host name.");
    say(!host.userns_mode.is_empty(), "UsernsMode: the node's user namespace is used.");
    say(!matches!(host.runtime.as_str(), "" | "runc"), "Runtime: the node's runtime is used.");
    say(!host.annotations.is_empty(), "Annotations: annotations for the runtime are not passed on.");
}

fn network(spec: &ContainerSpec, say: &mut impl FnMut(bool, &str)) {
    let (config, host) = (&spec.config, &spec.host);
    let published = host.publish_all_ports || !host.port_bindings.is_empty();
    say(published, "PortBindings: ports are not published yet; they can be reached at the container's own address.");
    match NetworkMode::parse(&host.network_mode) {
        NetworkMode::Host => say(true, "NetworkMode host: the container has a pod's own network."),
        NetworkMode::None => say(true, "NetworkMode none: a pod cannot lose its network."),
        NetworkMode::Bridge | NetworkMode::Container(_) | NetworkMode::Network(_) => {}
    }
    say(config.network_disabled, "NetworkDisabled: a pod cannot lose its network.");
    let names = spec.endpoints.values().any(|endpoint| !endpoint.aliases.is_empty());
    say(names, "NetworkingConfig: aliases are kept, but names of containers are not resolved yet.");
    let pinned = |e: &crate::EndpointSettings| !e.ipv4_address.is_empty() || !e.ipv6_address.is_empty() || !e.mac_address.is_empty();
    say(
        !config.mac_address.is_empty() || spec.endpoints.values().any(pinned),
        "NetworkingConfig: addresses are given by the cluster; the ones asked for are not used.",
    );
    say(given(host.links.as_ref()), "Links: names of containers are not resolved yet.");
    let dns = given(host.dns.as_ref()) || given(host.dns_search.as_ref()) || given(host.dns_options.as_ref());
    say(dns, "Dns: the cluster's name servers are used.");
    let unknown_host = host.extra_hosts.iter().flatten().any(|line| super::host_alias(line).is_none());
    say(unknown_host, "ExtraHosts: entries without an address (host-gateway) are left out.");
}

fn files(spec: &ContainerSpec, say: &mut impl FnMut(bool, &str)) {
    let host = &spec.host;
    let other = |kind: MountKind| host.mounts.iter().any(|mount| mount.kind == kind);
    say(given(host.binds.as_ref()) || other(MountKind::Bind), "Binds: files of the server are not mounted yet.");
    say(other(MountKind::Volume), "Mounts: volumes are kept by name, but not mounted yet.");
    say(other(MountKind::Image) || other(MountKind::NamedPipe) || other(MountKind::Cluster), "Mounts: only tmpfs is supported yet.");
    say(given(host.volumes_from.as_ref()), "VolumesFrom: volumes are not shared between containers yet.");
    say(!host.storage_opt.is_empty(), "StorageOpt: the node's storage driver decides.");
}

fn limits(spec: &ContainerSpec, say: &mut impl FnMut(bool, &str)) {
    let limits = &spec.host.resources;
    let cpu = limits.cpu_shares != 0
        || limits.cpu_period != 0
        || limits.cpu_quota != 0
        || limits.cpu_realtime_period != 0
        || limits.cpu_realtime_runtime != 0
        || !limits.cpuset_cpus.is_empty()
        || !limits.cpuset_mems.is_empty();
    say(cpu, "Resources: CPU shares, quotas and sets are not applied; NanoCpus is.");
    let memory = limits.memory_reservation != 0
        || limits.memory_swap > 0
        || limits.memory_swappiness.is_some_and(|percent| percent >= 0)
        || limits.oom_kill_disable == Some(true)
        || spec.host.oom_score_adj != 0;
    say(memory, "Resources: memory reservations, swap and OOM settings are not applied; Memory is.");
    let block = limits.blkio_weight != 0
        || given(limits.blkio_weight_device.as_ref())
        || given(limits.blkio_device_read_bps.as_ref())
        || given(limits.blkio_device_write_bps.as_ref())
        || given(limits.blkio_device_read_iops.as_ref())
        || given(limits.blkio_device_write_iops.as_ref());
    say(block, "Resources: block I/O limits are not applied.");
    let devices = given(limits.devices.as_ref()) || given(limits.device_cgroup_rules.as_ref()) || given(limits.device_requests.as_ref());
    say(devices, "Resources: devices of the node are not passed on.");
    say(limits.pids_limit.is_some_and(|limit| limit > 0), "Resources: the limit of processes is the node's.");
    say(given(limits.ulimits.as_ref()), "Resources: ulimits are the node's.");
    say(!limits.cgroup_parent.is_empty(), "Resources: the cgroup's parent is the node's choice.");
    say(!spec.host.sysctls.is_empty(), "Sysctls: kernel settings are the node's.");
}
