use crate::{Bind, Config, ContainerSpec, EndpointSettings, HostConfig, PortBinding, PortSpec, Protocol, Resources, RestartPolicy};

fn config(change: impl FnOnce(&mut Config)) -> ContainerSpec {
    let mut spec = ContainerSpec::default();
    change(&mut spec.config);
    spec
}

fn host(change: impl FnOnce(&mut HostConfig)) -> ContainerSpec {
    let mut spec = ContainerSpec::default();
    change(&mut spec.host);
    spec
}

fn limits(change: impl FnOnce(&mut Resources)) -> ContainerSpec {
    host(|host| change(&mut host.resources))
}

fn endpoint(network: &str, settings: EndpointSettings) -> ContainerSpec {
    ContainerSpec { endpoints: [(network.to_owned(), settings)].into(), ..ContainerSpec::default() }
}

fn words(list: &[&str]) -> Option<Vec<String>> {
    Some(list.iter().map(|&word| word.to_owned()).collect())
}

#[track_caller]
fn refused(spec: &ContainerSpec, says: &str) {
    assert_eq!(spec.check().map_err(|error| error.to_string()), Err(says.to_owned()));
}

#[test]
fn nothing_asked_for_is_fine() {
    assert_eq!(ContainerSpec::default().check(), Ok(()));
}

#[test]
fn what_runs() {
    refused(&config(|c| c.env = vec!["A=1".to_owned(), "=x".to_owned()]), "invalid environment variable: =x");
    refused(&config(|c| c.env = vec![String::new()]), "invalid environment variable: ");
    refused(&config(|c| c.working_dir = "x".to_owned()), "the working directory 'x' is invalid, it needs to be an absolute path");
    assert!(config(|c| c.env = vec!["A".to_owned(), "a b=c".to_owned()]).check().is_ok());
}

#[test]
fn limits_as_dockerd_bounds_them() {
    const MB: i64 = 1 << 20;
    refused(&limits(|l| l.memory = -1), "Minimum memory limit allowed is 6MB");
    refused(&limits(|l| l.memory = 6 * MB - 1), "Minimum memory limit allowed is 6MB");
    assert!(limits(|l| l.memory = 6 * MB).check().is_ok());
    refused(
        &limits(|l| (l.memory, l.memory_swap) = (10 * MB, 5 * MB)),
        "Minimum memoryswap limit should be larger than memory limit, see usage",
    );
    refused(&limits(|l| l.memory_swap = 5 * MB), "You should always set the Memory limit when using Memoryswap limit, see usage");
    assert!(limits(|l| (l.memory, l.memory_swap) = (10 * MB, -1)).check().is_ok());
    refused(&limits(|l| l.memory_swappiness = Some(101)), "Invalid value: 101, valid memory swappiness range is 0-100");
    refused(&limits(|l| l.memory_reservation = 1), "Minimum memory reservation allowed is 6MB");
    refused(
        &limits(|l| (l.memory, l.memory_reservation) = (10 * MB, 20 * MB)),
        "Minimum memory limit can not be less than memory reservation limit, see usage",
    );
    refused(&limits(|l| (l.nano_cpus, l.cpu_period) = (1, 1000)), "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    refused(&limits(|l| l.cpu_period = 5), "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    refused(&limits(|l| l.cpu_quota = 5), "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    refused(&limits(|l| l.cpuset_cpus = "x".to_owned()), "Invalid value x for cpuset cpus: invalid format: x");
    refused(
        &limits(|l| l.cpuset_mems = "0-99999".to_owned()),
        "Invalid value 0-99999 for cpuset mems: value of out range, maximum is 8192",
    );
    assert!(limits(|l| l.cpuset_cpus = "0-3,5".to_owned()).check().is_ok());
}

#[test]
fn how_it_runs() {
    refused(
        &host(|h| (h.auto_remove, h.restart) = (true, RestartPolicy::Always)),
        "can't create 'AutoRemove' container with restart policy",
    );
    assert!(host(|h| (h.auto_remove, h.restart) = (true, RestartPolicy::No)).check().is_ok());
    refused(&host(|h| h.extra_hosts = words(&["x"])), "bad format for add-host: \"x\"");
    refused(&host(|h| h.extra_hosts = words(&["x:y"])), "invalid IP address in add-host: \"y\"");
    assert!(host(|h| h.extra_hosts = words(&["x:::1", "y:[::1]", "z:host-gateway"])).check().is_ok());
    refused(&host(|h| h.cap_add = words(&["FOO"])), "invalid CapAdd: unknown capability: \"CAP_FOO\"");
    refused(&host(|h| h.cap_drop = words(&["x"])), "invalid CapDrop: unknown capability: \"CAP_X\"");
    assert!(host(|h| h.cap_add = words(&["net_admin", "CAP_SYS_ADMIN", "all"])).check().is_ok());
    refused(&host(|h| h.security_opt = words(&["foo"])), "invalid --security-opt 1: \"foo\"");
    refused(&host(|h| h.security_opt = words(&["foo=bar"])), "invalid --security-opt 2: \"foo=bar\"");
    refused(&host(|h| h.log.driver = "foo".to_owned()), "error looking up logging plugin foo: plugin \"foo\" not found");
    refused(&host(|h| h.links = words(&["x:y:z"])), "bad format for links: x:y:z");
    refused(&host(|h| h.isolation = "foo".to_owned()), "Invalid isolation: \"foo\" - linux only supports 'default'");
    refused(&host(|h| h.ipc_mode = "foo".to_owned()), "invalid IPC mode: foo");
    refused(&host(|h| h.pid_mode = "container:".to_owned()), "invalid PID mode: container:");
    refused(&host(|h| h.shm_size = -1), "SHM size can not be less than 0");
    refused(&host(|h| h.oom_score_adj = 1001), "Invalid value 1001, range for oom score adj is [-1000, 1000]");
    refused(
        &host(|h| {
            h.annotations.insert(String::new(), "b".to_owned());
        }),
        "invalid Annotations: the empty string is not permitted as an annotation key",
    );
}

#[test]
fn files() {
    let binds = |texts: &[&str]| Some(texts.iter().map(|text| Bind::parse(text).unwrap()).collect());
    refused(&host(|h| h.binds = binds(&["/tmp:/b", "/var:/b/"])), "Duplicate mount point: /b");
    refused(
        &host(|h| h.binds = binds(&["x:/b"])),
        "create x: volume name is too short, names should be at least two alphanumeric characters",
    );
    refused(&host(|h| h.volumes_from = words(&["x:foo"])), "invalid mode: foo");
    refused(
        &host(|h| {
            h.tmpfs.insert("x".to_owned(), String::new());
        }),
        "invalid mount path: 'x' mount path must be absolute",
    );
}

#[test]
fn networking() {
    let alone = |change: fn(&mut ContainerSpec)| {
        let mut spec = host(|h| h.network_mode = "container:x".to_owned());
        change(&mut spec);
        spec
    };
    let port = PortSpec { port: 80, protocol: Protocol::Tcp };
    assert!(alone(|_| ()).check().is_ok());
    refused(&alone(|s| s.config.hostname = "x".to_owned()), "conflicting options: hostname and the network mode");
    refused(&alone(|s| s.host.publish_all_ports = true), "conflicting options: port publishing and the container type network mode");
    let mut exposed = alone(|_| ());
    exposed.config.exposed_ports.insert(port);
    refused(&exposed, "conflicting options: port exposing and the container type network mode");
    refused(&host(|h| h.network_mode = "container:".to_owned()), "Invalid network mode: invalid container format container:<name|id>");
    let bindings = vec![PortBinding { host_ip: String::new(), host_port: "x".to_owned() }];
    refused(
        &host(|h| {
            h.port_bindings.insert(port, bindings);
        }),
        "invalid port specification: \"x\"",
    );
    let settings = || EndpointSettings { aliases: vec!["a".to_owned()], ..EndpointSettings::default() };
    refused(
        &endpoint("bridge", settings()),
        "invalid config for network bridge: invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in user \
         defined networks",
    );
    assert!(endpoint("net", settings()).check().is_ok());
    let pinned = EndpointSettings { ipv4_address: "x".to_owned(), link_local_ips: vec!["y".to_owned()], ..EndpointSettings::default() };
    refused(
        &endpoint("net", pinned),
        "invalid config for network net: invalid endpoint settings:\n* invalid IPv4 address: x\n* invalid link-local IP address: y",
    );
    let mac = |text: &str| endpoint("net", EndpointSettings { mac_address: text.to_owned(), ..EndpointSettings::default() });
    refused(&mac("x"), "invalid config for network net: invalid MAC address x");
    assert!(mac("00-11-22-33-44-55").check().is_ok());
}
