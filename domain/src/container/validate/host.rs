//! Settings of how a container runs that make no sense.

use std::collections::HashSet;

use super::invalid;
use crate::{HostConfig, HostPort, LogConfig, Result, Volume, clean_path};

/// What the kernel can grant a process (Linux 6.x; `capabilities(7)`).
const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// The log drivers that come with dockerd.
const LOG_DRIVERS: [&str; 10] = ["none", "json-file", "local", "journald", "syslog", "gelf", "fluentd", "awslogs", "gcplogs", "splunk"];

/// The options of `json-file` and those of every driver.
const JSON_FILE_OPTIONS: [&str; 10] =
    ["max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size"];

/// Technologies that Linux does not have.
pub(super) fn check_technology(host: &HostConfig) -> Result<()> {
    if !host.isolation.is_empty() && !host.isolation.eq_ignore_ascii_case("default") {
        return invalid(format!("Invalid isolation: {:?} - linux only supports 'default'", host.isolation));
    }
    Ok(())
}

/// The rest (moby `daemon/container.go`, `validateHostConfig`).
pub(super) fn check(host: &HostConfig) -> Result<()> {
    if host.auto_remove && !host.restart.is_none() {
        return invalid("can't create 'AutoRemove' container with restart policy");
    }
    host.extra_hosts.iter().flatten().try_for_each(|line| check_extra_host(line))?;
    for binding in host.port_bindings.values().flatten() {
        HostPort::parse(&binding.host_port)?;
    }
    check_capabilities("CapAdd", host.cap_add.as_ref())?;
    check_capabilities("CapDrop", host.cap_drop.as_ref())?;
    if host.annotations.contains_key("") {
        return invalid("invalid Annotations: the empty string is not permitted as an annotation key");
    }
    host.security_opt.iter().flatten().try_for_each(|option| check_security_option(option))?;
    check_log(&host.log)?;
    host.links.iter().flatten().try_for_each(|link| check_link(link))?;
    check_files(host)
}

/// `name:address`; the address may be `host-gateway`.
fn check_extra_host(line: &str) -> Result<()> {
    let Some((name, address)) = line.split_once(':').filter(|(name, _)| !name.is_empty()) else {
        return invalid(format!("bad format for add-host: {line:?}"));
    };
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if name.is_empty() || (address != "host-gateway" && bare.parse::<std::net::IpAddr>().is_err()) {
        return invalid(format!("invalid IP address in add-host: {address:?}"));
    }
    Ok(())
}

fn check_capabilities(field: &str, names: Option<&Vec<String>>) -> Result<()> {
    for name in names.into_iter().flatten() {
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
        if upper != "ALL" && !CAPABILITIES.contains(&bare) {
            return invalid(format!("invalid {field}: unknown capability: \"CAP_{bare}\""));
        }
    }
    Ok(())
}

fn check_security_option(option: &str) -> Result<()> {
    if matches!(option, "no-new-privileges" | "disable") {
        return Ok(());
    }
    match option.split_once('=').or_else(|| option.split_once(':')) {
        None => invalid(format!("invalid --security-opt 1: {option:?}")),
        Some(("label" | "apparmor" | "seccomp" | "writable-cgroups", _)) => Ok(()),
        Some(("no-new-privileges", "true" | "false" | "1" | "0")) => Ok(()),
        Some(_) => invalid(format!("invalid --security-opt 2: {option:?}")),
    }
}

fn check_log(log: &LogConfig) -> Result<()> {
    let driver = if log.driver.is_empty() { "json-file" } else { &log.driver };
    if !LOG_DRIVERS.contains(&driver) {
        return invalid(format!("error looking up logging plugin {driver}: plugin \"{driver}\" not found"));
    }
    match log.options.keys().find(|key| driver == "json-file" && !JSON_FILE_OPTIONS.contains(&key.as_str())) {
        Some(key) => invalid(format!("unknown log opt '{key}' for json-file log driver")),
        None => Ok(()),
    }
}

fn check_link(link: &str) -> Result<()> {
    if link.is_empty() {
        return invalid("empty string specified for links");
    }
    if link.split(':').count() > 2 {
        return invalid(format!("bad format for links: {link}"));
    }
    Ok(())
}

fn check_files(host: &HostConfig) -> Result<()> {
    for from in host.volumes_from.iter().flatten() {
        if from.is_empty() {
            return invalid("volumes-from specification cannot be an empty string");
        }
        if let Some((_, mode)) =
            from.split_once(':').filter(|(_, mode)| mode.split(',').any(|option| !matches!(option, "ro" | "rw" | "z" | "Z")))
        {
            return invalid(format!("invalid mode: {mode}"));
        }
    }
    let mut binds = HashSet::new();
    for bind in host.binds.iter().flatten() {
        if let Some(volume) = bind.source.as_ref().filter(|_| bind.is_volume()) {
            Volume::check_name(volume)?;
        }
        once(&mut binds, &bind.target)?;
    }
    let mut mounts = binds.clone();
    for mount in &host.mounts {
        mount.check()?;
        if mount.kind == crate::MountKind::Volume && !mount.source.is_empty() {
            Volume::check_name(&mount.source)?;
        }
        once(&mut mounts, &mount.target)?;
    }
    for path in host.tmpfs.keys() {
        if clean_path(path) == "/" {
            return invalid("invalid specification: destination can't be '/'");
        }
        if !path.starts_with('/') {
            return invalid(format!("invalid mount path: '{path}' mount path must be absolute"));
        }
        once(&mut binds, path)?;
    }
    Ok(())
}

fn once(seen: &mut HashSet<String>, target: &str) -> Result<()> {
    let target = clean_path(target);
    if seen.insert(target.clone()) { Ok(()) } else { invalid(format!("Duplicate mount point: {target}")) }
}

/// Namespaces and what is left (moby `daemon/daemon_unix.go`, `verifyPlatformContainerSettings`).
pub(super) fn check_namespaces(host: &HostConfig) -> Result<()> {
    let of_container = |mode: &str| mode.strip_prefix("container:").map(str::to_owned);
    let ipc = matches!(host.ipc_mode.as_str(), "" | "none" | "private" | "shareable" | "host") || of_container(&host.ipc_mode).is_some();
    if !ipc {
        return invalid(format!("invalid IPC mode: {}", host.ipc_mode));
    }
    let pid = matches!(host.pid_mode.as_str(), "" | "host") || of_container(&host.pid_mode).is_some_and(|other| !other.is_empty());
    if !pid {
        return invalid(format!("invalid PID mode: {}", host.pid_mode));
    }
    if !matches!(host.uts_mode.as_str(), "" | "host") {
        return invalid(format!("invalid UTS mode: {}", host.uts_mode));
    }
    if !matches!(host.cgroupns_mode.as_str(), "" | "private" | "host") {
        return invalid(format!("invalid cgroup namespace mode: {}", host.cgroupns_mode));
    }
    if host.shm_size < 0 {
        return invalid("SHM size can not be less than 0");
    }
    if !(-1000..=1000).contains(&host.oom_score_adj) {
        return invalid(format!("Invalid value {}, range for oom score adj is [-1000, 1000]", host.oom_score_adj));
    }
    Ok(())
}
