use std::collections::BTreeSet;

use domain::{ContainerSpec, Health, HealthStatus, MountKind, MountPoint, ProbeResult};
use ports::ContainerView;
use serde_json::{Value, json};

use super::ContainerJson;
use crate::dto::create::CreateBody;
use crate::dto::sample;
use crate::version::{API_VERSION, ApiVersion};

fn spec(body: &Value, version: ApiVersion) -> ContainerSpec {
    let body: CreateBody = serde_json::from_value(body.clone()).unwrap();
    body.into_request(version, "", "").unwrap().create.spec
}

fn shown(view: &ContainerView, version: ApiVersion) -> Value {
    serde_json::to_value(ContainerJson::new(view, version, false)).unwrap()
}

/// The places where two values differ, as `/path`.
fn differences(ours: &Value, theirs: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, &format!("{path}/{key}"), found),
                    _ => {
                        found.insert(format!("{path}/{key} is in one only"));
                    }
                }
            }
        }
        (a, b) if a == b => {}
        (a, b) => {
            found.insert(format!("{path}: {a} for {b}"));
        }
    }
}

/// Requests of real clients, and what dockerd 26.1 shows of the containers it made from them (`fixtures/docker/create`).
#[test]
fn real_requests_are_given_back_as_dockerd_gives_them_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/docker/create");
    let mut tested = 0;
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(client) = name.strip_suffix(".json").filter(|name| !name.ends_with(".dockerd")) else { continue };
        let read = |name: String| -> Value { serde_json::from_str(&std::fs::read_to_string(path.with_file_name(name)).unwrap()).unwrap() };
        let (request, theirs) = (read(name.clone()), read(format!("{client}.dockerd.json")));
        let version = ApiVersion::parse(request["Version"].as_str().unwrap());
        let spec = spec(&request["Body"], version);
        let image = if spec.config.image.starts_with("redis") { sample::redis() } else { sample::alpine() };
        let ours = shown(&sample::view(sample::container(spec, &image), 1), version);
        for part in ["Path", "Args", "State", "HostConfig", "Config", "NetworkSettings", "RestartCount", "Name"] {
            let mut here = BTreeSet::new();
            differences(&ours[part], &theirs[part], part, &mut here);
            found.extend(here.into_iter().map(|text| format!("{client}: {text}")));
        }
        tested += 1;
    }
    assert!(tested >= 10, "{tested} fixtures");
    let found: Vec<&String> = found.iter().filter(|text| !accepted(text)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// The differences there are, and why.
fn accepted(difference: &str) -> bool {
    // The recorded daemon runs on cgroups v1.
    difference.ends_with("HostConfig/CgroupnsMode: \"private\" for \"host\"")
        // A domain map does not tell unset from empty.
        || difference.ends_with("HostConfig/PortBindings: {} for null")
        // A domain list does not either.
        || difference.ends_with("/Aliases: null for []")
        // Ports without a protocol are normalised, as dockerd does from version 29 on.
        || difference.starts_with("testcontainers-node-10: Config/ExposedPorts/6379")
        || difference.starts_with("testcontainers-node-10: HostConfig/PortBindings/6379")
}

#[test]
fn a_running_container_parses_as_bollards_model() {
    let body = json!({
        "Image": "alpine", "Cmd": ["sh", "-c", "exit 3"], "ExposedPorts": { "81/tcp": {} }, "StopSignal": "SIGRTMIN+3", "StopTimeout": 0,
        "Healthcheck": { "Test": ["CMD", "true"], "Interval": 1_000_000_000, "Retries": 3 }, "Shell": ["sh"], "OnBuild": ["x"],
        "ArgsEscaped": true, "NetworkDisabled": true, "Volumes": { "/v": {} },
        "HostConfig": {
            "Binds": ["/tmp:/t:ro"], "PortBindings": { "80/tcp": [{ "HostPort": "0" }] }, "Memory": 10_485_760, "Init": true,
            "BlkioDeviceReadBps": [{ "Path": "/dev/x", "Rate": 5 }], "BlkioWeightDevice": [{ "Path": "/dev/x", "Weight": 5 }],
            "Devices": [{ "PathOnHost": "/dev/x" }], "DeviceRequests": [{ "Count": -1, "Capabilities": [["gpu"]] }],
            "Ulimits": [{ "Name": "nofile", "Soft": 1, "Hard": 2 }], "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 2 },
            "Mounts": [
                { "Type": "volume", "Source": "vol", "Target": "/d", "VolumeOptions": { "DriverConfig": { "Name": "local" }, "Subpath": "x" } },
                { "Type": "tmpfs", "Target": "/m", "TmpfsOptions": { "SizeBytes": 5, "Mode": 511, "Options": [["noexec"]] } },
                { "Type": "image", "Source": "alpine", "Target": "/i", "ImageOptions": { "Subpath": "x" } },
            ],
        },
        "NetworkingConfig": { "EndpointsConfig": { "bridge": {}, "net": { "Aliases": ["a"], "IPAMConfig": { "IPv4Address": "10.0.0.9" } } } },
    });
    let mut container = sample::container(spec(&body, API_VERSION), &sample::alpine());
    sample::run(&mut container);
    let probe = ProbeResult { start: sample::CREATED, end: sample::CREATED, exit_code: 0, output: "ok".to_owned() };
    container.state.set_health(Health { status: HealthStatus::Healthy, failing_streak: 0, log: vec![probe] }).unwrap();
    container.mounts.push(MountPoint {
        kind: MountKind::Volume,
        name: "vol".to_owned(),
        source: "/var/lib/docker/volumes/vol/_data".to_owned(),
        destination: "/d".to_owned(),
        driver: "local".to_owned(),
        mode: "z".to_owned(),
        writable: true,
        propagation: String::new(),
        owned: false,
    });
    let mut view = sample::view(container, 3);
    view.execs.push("e".repeat(64));
    let text = serde_json::to_string(&ContainerJson::new(&view, API_VERSION, true)).unwrap();
    let model: bollard::models::ContainerInspectResponse = serde_json::from_str(&text).unwrap();
    let state = model.state.unwrap();
    assert_eq!((state.running, state.pid, state.started_at.as_deref()), (Some(true), Some(0), Some("2026-11-24T06:23:24.5Z")));
    assert_eq!(state.health.unwrap().log.unwrap().len(), 1);
    let settings = model.network_settings.unwrap();
    assert_eq!(settings.ports.unwrap().keys().collect::<BTreeSet<_>>(), BTreeSet::from([&"80/tcp".to_owned(), &"81/tcp".to_owned()]));
    let net = &settings.networks.unwrap()["net"];
    assert_eq!((net.ip_address.as_deref(), net.ip_prefix_len, net.gw_priority), (Some("10.0.1.7"), Some(24), Some(0)));
    assert_eq!(net.ipam_config.as_ref().unwrap().ipv4_address.as_deref(), Some("10.0.0.9"));
    let host = model.host_config.unwrap();
    assert_eq!((host.memory_swap, host.shm_size), (Some(20_971_520), Some(67_108_864)));
    assert_eq!((model.size_rw, model.exec_ids.unwrap().len(), model.mounts.unwrap().len()), (Some(0), 1, 1));
}

#[test]
fn aliases_held_more_before_1_45() {
    let body = json!({
        "Image": "alpine", "Hostname": "hh", "HostConfig": { "NetworkMode": "net" },
        "NetworkingConfig": { "EndpointsConfig": { "net": { "Aliases": ["a"], "MacAddress": "02:00:00:00:00:01" } } },
    });
    let view = sample::view(sample::container(spec(&body, API_VERSION), &sample::alpine()), 1);
    let aliases = |minor| shown(&view, ApiVersion::new(minor))["NetworkSettings"]["Networks"]["net"]["Aliases"].clone();
    assert_eq!(aliases(44), json!(["a", "000000000000", "hh"]));
    assert_eq!(aliases(45), json!(["a"]));
    assert_eq!(shown(&view, API_VERSION)["Config"]["MacAddress"], "02:00:00:00:00:01");
    assert_eq!(shown(&view, API_VERSION)["NetworkSettings"]["Networks"]["net"]["GwPriority"], 0);
    assert!(shown(&view, ApiVersion::new(47))["NetworkSettings"]["Networks"]["net"].get("GwPriority").is_none());
}

#[test]
fn a_privileged_container_hides_nothing() {
    let body = json!({ "Image": "alpine", "HostConfig": { "Privileged": true } });
    let view = sample::view(sample::container(spec(&body, API_VERSION), &sample::alpine()), 1);
    let host = &shown(&view, API_VERSION)["HostConfig"];
    assert_eq!(host["MaskedPaths"], Value::Null);
    assert_eq!(host["SecurityOpt"], json!(["label=disable"]));
}
