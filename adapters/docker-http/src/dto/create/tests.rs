use domain::{ContainerSpec, MountKind, PortSpec};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use serde_json::{Value, json};

use super::{CreateBody, CreateRequest};
use crate::version::{API_VERSION, ApiVersion};

fn read(body: &Value, version: ApiVersion) -> Result<CreateRequest, String> {
    let body: CreateBody = serde_json::from_value(body.clone()).map_err(|error| format!("invalid JSON: {error}"))?;
    body.into_request(version, "", "").map_err(|error| error.to_string())
}

fn spec(body: &Value) -> ContainerSpec {
    read(body, API_VERSION).unwrap().create.spec
}

fn with_host(host: Value) -> Value {
    json!({ "Image": "alpine", "HostConfig": host })
}

#[track_caller]
fn refused(body: &Value, minor: u32, says: &str) {
    assert_eq!(read(body, ApiVersion::new(minor)).map(|_| ()), Err(says.to_owned()), "{body}");
}

#[test]
fn something_must_be_asked_for() {
    for body in [json!({}), json!({ "HostConfig": {} }), json!({ "NetworkingConfig": null, "Foo": 1 })] {
        refused(&body, 51, "config cannot be empty in order to create a container");
    }
    refused(&json!({ "Image": "" }), 51, "no command specified");
    refused(&json!({ "Image": "alpine", "Entrypoint": [""] }), 51, "no command specified");
    assert_eq!(spec(&json!({ "Image": "alpine", "Entrypoint": [""], "Cmd": "a" })).config.entrypoint, Some(vec![]));
}

#[test]
fn wrong_types_are_named_in_the_words_of_json() {
    for (body, says) in [
        (json!({ "Image": 5 }), "invalid JSON: invalid type: integer `5`, expected a string"),
        (json!({ "Image": "alpine", "Cmd": {} }), "invalid JSON: invalid type: map, expected a string or a list of strings"),
        (with_host(json!("x")), "invalid JSON: invalid type: string \"x\", expected an object"),
        (with_host(json!({ "Memory": 1.5 })), "invalid JSON: invalid type: floating point `1.5`, expected i64"),
        (with_host(json!({ "Mounts": [7] })), "invalid JSON: invalid type: integer `7`, expected an object"),
    ] {
        refused(&body, 51, says);
    }
}

#[test]
fn null_is_silence_everywhere() {
    let nulls = json!({
        "Image": "alpine", "Env": null, "Cmd": null, "Labels": null, "ExposedPorts": { "80": null }, "Volumes": { "/x": null },
        "Healthcheck": null, "StopSignal": "", "Tty": null,
        "HostConfig": {
            "Binds": null, "PortBindings": { "80/tcp": null }, "RestartPolicy": null, "LogConfig": { "Type": null, "Config": null },
            "Memory": null, "Mounts": null, "ConsoleSize": null, "Tmpfs": { "/x": null }, "PidsLimit": null, "Init": null,
        },
        "NetworkingConfig": { "EndpointsConfig": { "net": null, "other": { "IPAMConfig": null, "Aliases": null } } },
    });
    let spec = spec(&nulls);
    assert_eq!(spec.config.exposed_ports.iter().map(PortSpec::to_string).collect::<Vec<_>>(), ["80/tcp"]);
    assert_eq!(spec.host.tmpfs["/x"], "");
    assert!(spec.endpoints.contains_key("net") && !spec.endpoints["other"].has_ipam);
}

#[test]
fn contents_are_refused_with_dockerds_texts() {
    for (body, says) in [
        (json!({ "Image": "alpine", "StopSignal": "FOO" }), "invalid signal: FOO"),
        (json!({ "Image": "alpine", "Healthcheck": { "Interval": 5 } }), "Interval in Healthcheck cannot be less than 1ms"),
        (json!({ "Image": "alpine", "Env": ["=x"] }), "invalid environment variable: =x"),
        (with_host(json!({ "Memory": 1024 })), "Minimum memory limit allowed is 6MB"),
        (with_host(json!({ "Binds": ["/tmp:/b:foo"] })), "invalid mode: foo"),
        (with_host(json!({ "PortBindings": { "80-90/tcp": [] } })), "invalid port specification: \"80-90\""),
        (with_host(json!({ "PortBindings": { "80/tcp": [{ "HostPort": "x" }] } })), "invalid port specification: \"x\""),
        (with_host(json!({ "Mounts": [{}] })), "invalid mount config for type \"\": field Target must not be empty"),
        (with_host(json!({ "Mounts": [{ "Type": "foo", "Target": "/x" }] })), "invalid mount config for type \"foo\": mount type unknown"),
        (
            with_host(json!({ "Mounts": [{ "Type": "bind", "Source": "/x", "Target": "/x", "TmpfsOptions": {} }] })),
            "TmpfsOptions must not be specified on mount type \"bind\"",
        ),
        (
            with_host(json!({ "RestartPolicy": { "Name": "always", "MaximumRetryCount": 3 } })),
            "invalid restart policy: maximum retry count can only be used with 'on-failure'",
        ),
        (json!({ "Image": "alpine", "MacAddress": "zz" }), "invalid config for network bridge: invalid MAC address zz"),
        (
            with_host(json!({ "PortBindings": { "80/tcp": [{ "HostIp": "localhost" }] } })),
            "invalid port binding: HostIp \"localhost\" is not an IP address",
        ),
    ] {
        refused(&body, 51, says);
    }
    let platform = |text: &str, minor| {
        let body: CreateBody = serde_json::from_value(json!({ "Image": "alpine" })).unwrap();
        body.into_request(ApiVersion::new(minor), "", text).map(|request| request.create.spec.platform.is_some())
    };
    assert_eq!(platform("foo", 40), Ok(false));
    assert_eq!(platform("linux/amd64", 41), Ok(true));
    assert!(platform("foo", 41).is_err());
}

#[test]
fn older_versions_know_less() {
    let body = json!({
        "Image": "alpine",
        "Healthcheck": { "Test": ["CMD", "true"], "StartInterval": 1_000_000_000 },
        "HostConfig": {
            "Annotations": { "a": "b" },
            "ConsoleSize": [5, 6],
            "Mounts": [
                { "Type": "bind", "Source": "/tmp", "Target": "/x", "BindOptions": { "NonRecursive": true, "CreateMountpoint": true } },
                { "Type": "volume", "Source": "vol", "Target": "/y", "VolumeOptions": { "Subpath": "a" } },
                { "Type": "tmpfs", "Target": "/z", "TmpfsOptions": { "Options": [["noexec"]] } },
            ],
        },
        "NetworkingConfig": { "EndpointsConfig": { "net": { "GwPriority": 7 } } },
    });
    let known = |minor: u32| {
        let spec = read(&body, ApiVersion::new(minor)).unwrap().create.spec;
        let [bind, volume, tmpfs] = &spec.host.mounts[..] else { panic!("three mounts") };
        let options = bind.bind.as_ref().unwrap();
        [
            spec.host.ipc_mode == "shareable",
            options.non_recursive,
            spec.host.console_size.is_some(),
            options.create_mountpoint,
            !spec.host.annotations.is_empty(),
            !spec.config.healthcheck.unwrap().start_interval.is_zero(),
            !options.read_only_non_recursive,
            !volume.volume.as_ref().unwrap().subpath.is_empty(),
            !tmpfs.tmpfs.as_ref().unwrap().options.is_empty(),
            spec.endpoints["net"].gateway_priority == 7,
        ]
    };
    assert_eq!(known(39), [true, false, false, false, false, false, false, false, false, false]);
    assert_eq!(known(41), [false, true, false, false, false, false, false, false, false, false]);
    assert_eq!(known(43), [false, true, true, true, true, false, false, false, false, false]);
    assert_eq!(known(44), [false, true, true, true, true, true, true, false, false, false]);
    assert_eq!(known(46), [false, true, true, true, true, true, true, true, true, false]);
    assert_eq!(known(48), [false, true, true, true, true, true, true, true, true, true]);
    let image = with_host(json!({ "Mounts": [{ "Type": "image", "Source": "alpine", "Target": "/x" }] }));
    refused(&image, 47, "Mount type \"Image\" needs API v1.48 or newer");
    assert_eq!(spec(&image).host.mounts[0].kind, MountKind::Image);
}

#[test]
fn several_networks_since_1_44() {
    let body = json!({ "Image": "alpine", "NetworkingConfig": { "EndpointsConfig": { "a": {}, "b": {} } } });
    refused(&body, 43, "Container cannot be created with multiple network endpoints: a, b");
    assert_eq!(spec(&body).endpoints.len(), 2);
    let body = json!({ "Image": "alpine", "NetworkingConfig": { "EndpointsConfig": { "default": {} } } });
    assert!(spec(&body).endpoints.contains_key("bridge"));
}

#[test]
fn the_mac_address_moves_to_the_main_network() {
    let mac = "02:00:00:00:00:02";
    let body = json!({ "Image": "alpine", "MacAddress": mac });
    let new = read(&body, API_VERSION).unwrap();
    assert_eq!(new.create.spec.endpoints["bridge"].mac_address, mac);
    assert!(new.create.spec.config.mac_address.is_empty());
    assert!(new.warnings[0].starts_with("The container-wide MacAddress field is now deprecated."));
    assert!(read(&body, ApiVersion::new(43)).unwrap().warnings.is_empty());
    let clash = json!({
        "Image": "alpine", "MacAddress": mac, "NetworkingConfig": { "EndpointsConfig": { "bridge": { "MacAddress": "02:00:00:00:00:01" } } },
    });
    refused(
        &clash,
        44,
        "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
    );
    let none = json!({ "Image": "alpine", "MacAddress": mac, "HostConfig": { "NetworkMode": "none" } });
    refused(&none, 43, "conflicting options: mac-address and the network mode");
    assert!(read(&none, API_VERSION).is_ok());
    let ignored = json!({ "Image": "alpine", "NetworkingConfig": { "EndpointsConfig": { "net": { "MacAddress": mac } } } });
    assert!(read(&ignored, ApiVersion::new(43)).unwrap().create.spec.endpoints["net"].mac_address.is_empty());
}

/// Any JSON, in which keys that mean something are frequent.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        prop_oneof![
            Just("Image"),
            Just("Cmd"),
            Just("Env"),
            Just("Labels"),
            Just("ExposedPorts"),
            Just("Healthcheck"),
            Just("HostConfig"),
            Just("NetworkingConfig"),
            Just("EndpointsConfig"),
            Just("StopSignal"),
            Just("Volumes"),
            Just("WorkingDir"),
            Just("Test"),
        ],
        prop_oneof![
            Just("Binds"),
            Just("Mounts"),
            Just("PortBindings"),
            Just("Memory"),
            Just("RestartPolicy"),
            Just("Type"),
            Just("Target"),
            Just("Source"),
            Just("Name"),
            Just("Tmpfs"),
            Just("ConsoleSize"),
            Just("80/tcp"),
            Just("HostPort"),
            Just("ExtraHosts"),
        ],
    ]
    .prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        prop_oneof![Just("alpine"), Just("bind"), Just("/tmp:/b:ro"), Just("/x"), Just("8-3"), Just("\0é:"), Just("A=b")]
            .prop_map(Value::from),
    ];
    let any_value = leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.clone(), inner, 0..6).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    });
    any_value.prop_map(|value| match value {
        Value::Object(mut map) => {
            map.entry("Image").or_insert_with(|| "alpine".into());
            Value::Object(map)
        }
        other => other,
    })
}

proptest! {
    #[test]
    fn any_json_is_a_spec_or_a_refusal(body in arbitrary_json(), minor in 24_u32..=51) {
        if let Ok(request) = read(&body, ApiVersion::new(minor)) {
            prop_assert!(request.create.spec.check().is_ok());
        }
    }

    #[test]
    fn any_text_is_a_spec_or_a_refusal(text in "\\PC{0,64}") {
        let _ = serde_json::from_str::<CreateBody>(&text);
    }
}
