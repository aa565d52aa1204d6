//! From what a client asked for to what is to run.

mod merge;
mod shortfalls;
mod user;

use std::collections::BTreeMap;
use std::time::Duration;

pub use merge::merge;
pub use shortfalls::shortfalls;
pub use user::UserIds;

use crate::{Container, Error, NetworkMode, RegistryLogin, Result, Run};

/// The default of `/dev/shm` in Docker, in bytes.
const DEFAULT_SHM: u64 = 64 << 20;

/// What the operator decides about every container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a process may take to end after the polite signal, unless the client says.
    pub stop_timeout: Duration,
}

impl Default for Policy {
    /// dockerd's (API reference, `StopTimeout`).
    fn default() -> Self {
        Self { stop_timeout: Duration::from_secs(10) }
    }
}

/// What is to run: everything a cluster needs to know to run one container once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Which run of which container it is.
    pub run: Run,
    /// The container's name.
    pub name: String,
    /// The image as a node is to pull it.
    pub image: String,
    /// What a node needs to pull it, if a client gave it.
    pub login: Option<RegistryLogin>,
    /// The program and its first arguments; `None` is the image's.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments; `None` is the image's.
    pub args: Option<Vec<String>>,
    /// Environment in addition to the image's.
    pub env: BTreeMap<String, String>,
    /// The working directory; `None` is the image's.
    pub working_dir: Option<String>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its input is open.
    pub stdin: bool,
    /// Whether its input is closed when the first attached client leaves.
    pub stdin_once: bool,
    /// The host name.
    pub hostname: String,
    /// The user it runs as; `None` is the image's.
    pub user: Option<UserIds>,
    /// Further groups.
    pub groups: Vec<i64>,
    /// Whether its root file system cannot be written.
    pub readonly_rootfs: bool,
    /// Capabilities on top of the default ones.
    pub cap_add: Vec<String>,
    /// Capabilities taken away.
    pub cap_drop: Vec<String>,
    /// File systems in memory.
    pub scratch: Vec<Scratch>,
    /// Lines of the hosts file.
    pub host_aliases: Vec<HostAlias>,
    /// The most bytes of memory it may use; `None` is not said.
    pub memory: Option<u64>,
    /// The most billionths of a CPU it may use; `None` is not said.
    pub nano_cpus: Option<u64>,
    /// How long its process may take to end after the polite signal.
    pub stop_timeout: Duration,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
}

impl Workload {
    /// A workload of which nothing is said but its image; it is its name that its host name says.
    #[must_use]
    pub fn new(run: Run, name: &str, image: &str) -> Self {
        Self {
            run,
            name: name.to_owned(),
            image: image.to_owned(),
            login: None,
            entrypoint: None,
            args: None,
            env: BTreeMap::new(),
            working_dir: None,
            tty: false,
            stdin: false,
            stdin_once: false,
            hostname: name.to_owned(),
            user: None,
            groups: Vec::new(),
            readonly_rootfs: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            scratch: Vec::new(),
            host_aliases: Vec::new(),
            memory: None,
            nano_cpus: None,
            stop_timeout: Policy::default().stop_timeout,
            labels: BTreeMap::new(),
        }
    }
}

/// A file system in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scratch {
    /// Where it is in the container.
    pub path: String,
    /// Its limit in bytes.
    pub size: Option<u64>,
}

/// A line of the hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAlias {
    /// The address.
    pub address: String,
    /// The name.
    pub name: String,
}

/// Plans the present run of `container`, whose image a node opens with `login`.
///
/// # Errors
/// [`Error::Unsupported`] for what a pod can never do, [`Error::Invalid`] for what makes no sense.
pub fn plan(container: &Container, login: Option<RegistryLogin>, policy: &Policy) -> Result<Workload> {
    let config = &container.spec.config;
    let host = &container.spec.host;
    if let NetworkMode::Container(other) = NetworkMode::parse(&host.network_mode) {
        return Err(Error::Unsupported(format!("network mode container:{other}: pods do not share their network with other pods")));
    }
    // Without an entrypoint the command is the program: a pod that is told no program would run the image's entrypoint.
    let (entrypoint, args) = match &config.entrypoint {
        Some(words) if words.is_empty() => (config.cmd.clone(), None),
        entrypoint => (entrypoint.clone(), config.cmd.clone()),
    };
    Ok(Workload {
        run: container.run(),
        name: container.name.to_string(),
        image: container.pull_name.clone(),
        login,
        entrypoint,
        args,
        env: environment(&config.env),
        working_dir: Some(config.working_dir.clone()).filter(|dir| !dir.is_empty()),
        tty: config.tty,
        stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        hostname: config.hostname.clone(),
        user: UserIds::parse(&config.user),
        groups: host.group_add.iter().flatten().filter_map(|group| group.parse().ok()).collect(),
        readonly_rootfs: host.readonly_rootfs,
        cap_add: host.cap_add.iter().flatten().map(|name| capability(name)).collect(),
        cap_drop: host.cap_drop.iter().flatten().map(|name| capability(name)).collect(),
        scratch: scratch(container),
        host_aliases: host.extra_hosts.iter().flatten().filter_map(|line| host_alias(line)).collect(),
        memory: positive(host.resources.memory),
        nano_cpus: positive(host.resources.nano_cpus),
        stop_timeout: config.stop_timeout.map_or(policy.stop_timeout, stop_timeout),
        labels: config.labels.clone(),
    })
}

/// A stop timeout in seconds; a negative one is as long as can be (API reference, `StopTimeout`).
fn stop_timeout(seconds: i64) -> Duration {
    u64::try_from(seconds).map_or(Duration::from_secs(u64::from(u32::MAX >> 1)), Duration::from_secs)
}

fn positive(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|n| *n > 0)
}

/// The last value of each name; a name without a value is removed (API reference, `Env`).
fn environment(env: &[String]) -> BTreeMap<String, String> {
    let mut result = BTreeMap::new();
    for entry in env {
        match entry.split_once('=') {
            Some((name, value)) => result.insert(name.to_owned(), value.to_owned()),
            None => result.remove(entry),
        };
    }
    result
}

/// `CAP_NET_ADMIN` and `net_admin` are `NET_ADMIN`.
fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

/// `/dev/shm` if it is not as usual, and what the client asked for in memory. The paths of anonymous volumes are among it only where nothing
/// else could be written to: a mount would hide the image's files there, which dockerd copies into such a volume.
fn scratch(container: &Container) -> Vec<Scratch> {
    let config = &container.spec.config;
    let host = &container.spec.host;
    let shm = positive(host.shm_size).unwrap_or(DEFAULT_SHM);
    let short = host.tmpfs.iter().map(|(path, options)| Scratch { path: path.clone(), size: tmpfs_size(options) });
    let long = host
        .mounts
        .iter()
        .filter(|mount| mount.kind == crate::MountKind::Tmpfs)
        .map(|mount| Scratch { path: mount.target.clone(), size: mount.tmpfs.as_ref().and_then(|options| positive(options.size)) });
    let mut all: BTreeMap<String, Option<u64>> = BTreeMap::new();
    if shm != DEFAULT_SHM {
        all.insert("/dev/shm".to_owned(), Some(shm));
    }
    let volumes = config.volumes.iter().filter(|_| host.readonly_rootfs).map(|path| Scratch { path: path.clone(), size: None });
    for Scratch { path, size } in volumes.chain(short).chain(long) {
        all.insert(path, size);
    }
    all.into_iter().map(|(path, size)| Scratch { path, size }).collect()
}

/// The `size=` of tmpfs options, `64m` or a number of bytes.
fn tmpfs_size(options: &str) -> Option<u64> {
    let size = options.split(',').find_map(|option| option.strip_prefix("size="))?;
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match size[digits.len()..].to_ascii_lowercase().as_str() {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << unit)
}

/// `name:address` or `name=address`.
fn host_alias(line: &str) -> Option<HostAlias> {
    let (name, address) = line.split_once(['=', ':'])?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    address.parse::<std::net::IpAddr>().ok()?;
    Some(HostAlias { address: address.to_owned(), name: name.to_owned() })
}
