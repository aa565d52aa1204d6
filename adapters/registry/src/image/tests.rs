use std::time::Duration;

use domain::{Descriptor, Image, Platform};
use oci_distribution::manifest::OciDescriptor;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};

use super::image;

fn read(config: &[u8], layers: &[i64]) -> Result<Image, String> {
    let descriptor = Descriptor { media_type: String::new(), digest: "sha256:1".to_owned(), size: 1 };
    let layers: Vec<OciDescriptor> = layers.iter().map(|size| OciDescriptor { size: *size, ..OciDescriptor::default() }).collect();
    image(config, &layers, descriptor, Platform::default()).map_err(|error| error.to_string())
}

fn read_json(config: &Value) -> Image {
    read(config.to_string().as_bytes(), &[]).unwrap()
}

#[test]
fn everything_is_read() {
    let config = json!({
        "architecture": "arm64", "variant": "v8", "os": "linux", "author": "ann", "comment": "fine", "docker_version": "20.10",
        "created": "2024-05-01T12:00:00.5Z",
        "config": {
            "User": "app:1", "ExposedPorts": {"6379/tcp": {}, "53/udp": {}}, "Env": ["A=1", "B="], "Entrypoint": ["/e"], "Cmd": ["a", "b"],
            "Volumes": {"/data": {}}, "WorkingDir": "/w", "Labels": {"a": "b"}, "StopSignal": "SIGQUIT", "Shell": ["/bin/bash", "-c"],
            "OnBuild": ["RUN x"], "ArgsEscaped": true,
            "Healthcheck": {
                "Test": ["CMD", "true"], "Interval": 2_000_000_000_u64, "Timeout": 1_000_000_000, "StartPeriod": 3_000_000_000_u64,
                "StartInterval": 5_000_000, "Retries": 4,
            },
        },
        "container_config": {"Cmd": ["ignored"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:a", "sha256:b"]},
        "history": [
            {"created": "2024-05-01T11:00:00Z", "created_by": "ADD x", "comment": "c"},
            {"created_by": "ENV", "empty_layer": true},
            {"created_by": "RUN y", "empty_layer": false},
            {"created_by": "COPY z"},
        ],
    });
    let text = config.to_string();
    let image = read(text.as_bytes(), &[10, 20]).unwrap();
    assert_eq!(image.id.as_str(), crate::digest::sha256(text.as_bytes()));
    assert_eq!(image.digest(), Some("sha256:1"));
    assert_eq!(image.platform.to_string(), "linux/arm64/v8");
    assert_eq!((image.author.as_str(), image.comment.as_str(), image.docker_version.as_str()), ("ann", "fine", "20.10"));
    assert_eq!(image.created.map(domain::Timestamp::as_nanos), Some(1_714_564_800_500_000_000));
    assert_eq!(image.size, text.len() as u64 + 30);
    assert_eq!(image.layers, ["sha256:a", "sha256:b"]);
    let steps: Vec<_> = image.history.iter().map(|step| (step.created_by.as_str(), step.size)).collect();
    assert_eq!(steps, [("ADD x", 10), ("ENV", 0), ("RUN y", 20), ("COPY z", 0)]);
    assert_eq!(image.history[0].comment, "c");
    assert!(image.history[0].created.is_some() && image.history[1].created.is_none());
    let config = image.config.unwrap();
    assert_eq!(config.user, "app:1");
    assert_eq!(config.exposed_ports.iter().map(ToString::to_string).collect::<Vec<_>>(), ["53/udp", "6379/tcp"]);
    assert_eq!(config.env, ["A=1", "B="]);
    assert_eq!((config.entrypoint, config.cmd), (Some(vec!["/e".to_owned()]), Some(vec!["a".to_owned(), "b".to_owned()])));
    assert_eq!(config.volumes.into_iter().collect::<Vec<_>>(), ["/data"]);
    assert_eq!((config.working_dir.as_str(), config.labels["a"].as_str()), ("/w", "b"));
    assert_eq!(config.stop_signal, Some(domain::Signal::QUIT));
    assert_eq!((config.shell.unwrap().len(), config.on_build.len()), (2, 1));
    let check = config.healthcheck.unwrap();
    assert_eq!(check.test, ["CMD", "true"]);
    let times = [check.interval, check.timeout, check.start_period, check.start_interval].map(|time| time.as_millis());
    assert_eq!((times, check.retries), ([2000, 1000, 3000, 5], 4));
}

#[test]
fn nothing_at_all_is_an_image_too() {
    for config in [json!({}), json!({"config": null, "history": null, "rootfs": null, "os": null, "created": null})] {
        let image = read_json(&config);
        assert_eq!((image.platform.to_string().as_str(), image.created, image.history.len()), ("linux", None, 0));
        assert_eq!(image.config, Some(domain::ImageConfig::default()));
    }
}

#[test]
fn what_cannot_be_used_is_left_out() {
    let image = read_json(&json!({
        "created": "0001-01-01T00:00:00Z", "os": ["linux"],
        "history": [1, {"created": "yesterday", "created_by": "x"}],
        "config": {
            "User": 1000, "Cmd": "/x y", "Entrypoint": null, "Env": ["A=1", 2, null], "WorkingDir": {},
            "ExposedPorts": {"abc": {}, "80": {}, "0/tcp": {}, "65536/tcp": {}, "8000-8002/tcp": {}, "53/UDP": {}, "/": {}},
            "StopSignal": "NOSUCH", "Volumes": ["/data"], "Labels": {"a": 1, "b": "c"},
            "Healthcheck": {"Test": "curl x", "Interval": 5, "Timeout": -1, "StartPeriod": "1s", "Retries": -3},
        },
    }));
    assert_eq!((image.created, image.platform.os.as_str(), image.history.len()), (None, "linux", 2));
    let config = image.config.unwrap();
    assert_eq!((config.user.as_str(), config.cmd, config.entrypoint), ("1000", Some(vec!["/x y".to_owned()]), None));
    assert_eq!(config.env, ["A=1"]);
    let ports: Vec<_> = config.exposed_ports.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"]);
    assert_eq!((config.stop_signal, config.volumes.len(), config.labels.len()), (None, 0, 1));
    let check = config.healthcheck.unwrap();
    assert_eq!((check.test, check.interval, check.timeout, check.retries), (vec!["curl x".to_owned()], Duration::ZERO, Duration::ZERO, 0));
    assert_eq!(check.start_period, Duration::ZERO);
}

#[test]
fn a_check_without_a_test_is_none() {
    for check in [json!(null), json!({}), json!({"Test": []}), json!("x")] {
        assert_eq!(read_json(&json!({"config": {"Healthcheck": check}})).config.unwrap().healthcheck, None);
    }
}

#[test]
fn ports_that_stand_for_many_are_limited() {
    let ranges: serde_json::Map<String, Value> = (1..1000).map(|first| (format!("{first}-65535/tcp"), json!({}))).collect();
    assert_eq!(read_json(&json!({"config": {"ExposedPorts": ranges}})).config.unwrap().exposed_ports.len(), 65535);
}

#[test]
fn sizes_do_not_overflow() {
    assert_eq!(read(b"{}", &[i64::MAX, i64::MAX, i64::MAX, -1]).unwrap().size, u64::MAX);
}

#[test]
fn what_is_no_object_is_refused() {
    let deep = format!("{{\"config\":{}", "[".repeat(100_000));
    for config in ["", "hello", "[]", "null", "{\"a\":", "1", &deep] {
        assert!(read(config.as_bytes(), &[]).is_err(), "{config:.20}");
    }
}

/// JSON that fits nowhere.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keys = "(Test|Interval|diff_ids|created|empty_layer|[0-9]{1,5}(-[0-9]{1,5})?/[a-z]{3})";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(keys, inner, 0..4).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    /// Whatever an object says, an image comes out of it.
    #[test]
    fn every_object_is_an_image(
        file in proptest::collection::btree_map("(architecture|os|created|rootfs|history|config)", anything(), 0..6),
        config in proptest::collection::btree_map(
            "(User|ExposedPorts|Env|Entrypoint|Cmd|Volumes|WorkingDir|Labels|StopSignal|Healthcheck|Shell|OnBuild)", anything(), 0..12,
        ),
        own in any::<bool>(),
    ) {
        let mut file: Value = file.into_iter().collect();
        if own {
            file["config"] = config.into_iter().collect();
        }
        assert!(read_json(&file).config.is_some());
    }
}
