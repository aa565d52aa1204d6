use std::sync::Arc;

use bollard::models;
use domain::{Descriptor, Distribution, HistoryEntry, Image, ImageId, Platform};
use ports::{ImageDeletion, ImageSummary};
use serde_json::{Value, json};

use super::{DistributionJson, ImageJson, ImageSummaryJson, ImagesPruned, history, image_json};
use crate::dto::sample;
use crate::version::{API_VERSION, ApiVersion};

fn index() -> Descriptor {
    let digest = format!("sha256:{}", "d".repeat(64));
    Descriptor { media_type: "application/vnd.oci.image.index.v1+json".to_owned(), digest, size: 5 }
}

fn redis() -> ImageSummary {
    let step = |created_by: &str, size| HistoryEntry {
        created: Some(sample::CREATED),
        created_by: created_by.to_owned(),
        comment: "by hand".to_owned(),
        size,
    };
    ImageSummary {
        image: Arc::new(Image {
            descriptor: Some(index()),
            created: Some(sample::CREATED),
            size: 7,
            author: "ann".to_owned(),
            comment: "works".to_owned(),
            docker_version: "26.1.5".to_owned(),
            layers: vec!["sha256:1".to_owned()],
            history: vec![step("ADD rootfs.tar /", 7), step("CMD [\"redis-server\"]", 0)],
            config: Some(sample::redis()),
            ..Image::bare(ImageId::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(), Platform::linux("x86_64"))
        }),
        tags: vec!["redis:7".to_owned()],
        digests: vec!["redis@sha256:d".to_owned()],
        containers: 2,
    }
}

fn unknown() -> ImageSummary {
    let image = Image::bare(ImageId::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(), Platform::linux("x86_64"));
    ImageSummary { image: Arc::new(image), tags: vec!["x:latest".to_owned()], digests: Vec::new(), containers: 0 }
}

fn inspected(summary: &ImageSummary, minor: u32) -> Value {
    serde_json::to_value(ImageJson::new(summary, ApiVersion::new(minor))).unwrap()
}

#[test]
fn an_image_parses_as_bollards_model() {
    let text = serde_json::to_string(&ImageJson::new(&redis(), API_VERSION)).unwrap();
    let model: models::ImageInspect = serde_json::from_str(&text).unwrap();
    let config = model.config.unwrap();
    assert_eq!(config.working_dir.as_deref(), Some("/data"));
    assert_eq!((model.repo_tags, model.repo_digests), (Some(vec!["redis:7".to_owned()]), Some(vec!["redis@sha256:d".to_owned()])));
    assert_eq!((model.author.as_deref(), model.comment.as_deref(), model.size), (Some("ann"), Some("works"), Some(7)));
    assert_eq!(model.root_fs.unwrap().layers, Some(vec!["sha256:1".to_owned()]));
    assert_eq!(model.descriptor.unwrap().digest, Some(index().digest));
}

/// What dockerd 26.1.5 says about an image of the same configuration, apart from its storage.
#[test]
fn an_image_is_shown_as_dockerd_shows_it() {
    let mut shown = inspected(&redis(), 45);
    assert_eq!(shown["GraphDriver"].take(), json!({ "Name": "kubedock", "Data": {} }));
    let expected = json!({
        "Id": format!("sha256:{}", "a".repeat(64)),
        "RepoTags": ["redis:7"],
        "RepoDigests": ["redis@sha256:d"],
        "Parent": "",
        "Comment": "works",
        "Created": "2026-11-24T06:23:24.5Z",
        "DockerVersion": "26.1.5",
        "Author": "ann",
        "Config": {
            "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
            "ExposedPorts": { "6379/tcp": {} }, "Tty": false, "OpenStdin": false, "StdinOnce": false,
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["redis-server", "--protected-mode", "no"], "Image": "", "Volumes": { "/data": {} }, "WorkingDir": "/data",
            "Entrypoint": null, "OnBuild": null, "Labels": null,
        },
        "Architecture": "amd64",
        "Os": "linux",
        "Size": 7,
        "GraphDriver": null,
        "RootFS": { "Type": "layers", "Layers": ["sha256:1"] },
        "Metadata": { "LastTagTime": "0001-01-01T00:00:00Z" },
    });
    assert_eq!(shown, expected);
}

#[test]
fn fields_come_and_go_with_versions() {
    let of = |minor| inspected(&redis(), minor);
    assert_eq!((&of(43)["VirtualSize"], &of(43)["ContainerConfig"]["Cmd"]), (&json!(7), &Value::Null));
    let has = |value: &Value, key: &str| value.get(key).is_some();
    assert!(has(&of(44), "ContainerConfig") && !has(&of(45), "ContainerConfig") && !has(&of(44), "VirtualSize"));
    assert!(!has(&of(47), "Descriptor") && has(&of(48), "Descriptor"));
    assert!(has(&of(49)["Config"], "Hostname") && !has(&of(50)["Config"], "Hostname") && !has(&of(50)["Config"], "Image"));
    assert_eq!(of(50)["Config"]["OnBuild"], Value::Null);
    assert_eq!(inspected(&unknown(), 43)["Created"], "0001-01-01T00:00:00Z");
    assert!(!has(&inspected(&unknown(), 44), "Created"));
}

#[test]
fn rare_settings_of_a_configuration() {
    let mut rare = redis();
    let config = Arc::make_mut(&mut rare.image).config.as_mut().unwrap();
    config.on_build = vec!["RUN true".to_owned()];
    config.shell = Some(vec!["/bin/bash".to_owned(), "-c".to_owned()]);
    config.stop_signal = Some(domain::Signal::parse("SIGQUIT").unwrap());
    config.healthcheck = Some(domain::Healthcheck { test: vec!["NONE".to_owned()], ..domain::Healthcheck::default() });
    for minor in [45, 51] {
        let shown = &inspected(&rare, minor)["Config"];
        assert_eq!((&shown["OnBuild"], &shown["Shell"]), (&json!(["RUN true"]), &json!(["/bin/bash", "-c"])));
        assert_eq!((&shown["StopSignal"], &shown["Healthcheck"]), (&json!("SIGQUIT"), &json!({ "Test": ["NONE"] })));
    }
}

#[test]
fn the_command_line_prints_a_list_of_one() {
    let text = image_json(&redis());
    let models: Vec<models::ImageInspect> = serde_json::from_str(&text).unwrap();
    assert_eq!(models.len(), 1);
    assert!(text.starts_with("[\n    {\n        \"Id\": \"sha256:aaaa"), "{text}");
}

#[test]
fn an_image_nobody_knows_has_an_empty_config() {
    let json = inspected(&unknown(), 51);
    assert_eq!((&json["Config"]["Cmd"], &json["Config"]["Labels"]), (&Value::Null, &Value::Null));
    assert_eq!((&json["RootFS"], json.get("Descriptor")), (&json!({ "Type": "layers" }), None));
    assert!(history(&unknown()).is_empty());
}

#[test]
fn history_begins_with_the_last_step() {
    let redis = redis();
    let json = serde_json::to_value(history(&redis)).unwrap();
    let last = json!({
        "Id": redis.image.id.as_str(), "Created": 1_795_501_404, "CreatedBy": "CMD [\"redis-server\"]", "Tags": ["redis:7"], "Size": 0,
        "Comment": "by hand",
    });
    assert_eq!(json[0], last);
    assert_eq!((&json[1]["Id"], &json[1]["Tags"], &json[1]["Size"]), (&json!("<missing>"), &Value::Null, &json!(7)));
    let models: Vec<models::ImageHistoryResponseItem> =
        serde_json::from_value(serde_json::to_value(history(&ImageSummary { tags: vec!["x:1".to_owned()], ..redis })).unwrap()).unwrap();
    assert_eq!(models.len(), 2);
}

#[test]
fn lists_count_only_what_was_asked_for() {
    let redis = redis();
    let listed = |minor, shared| serde_json::to_value(ImageSummaryJson::listed(&redis, ApiVersion::new(minor), shared)).unwrap();
    let model: models::ImageSummary = serde_json::from_value(listed(51, false)).unwrap();
    assert_eq!((model.containers, model.shared_size, model.created), (2, -1, 1_795_501_404));
    assert_eq!(model.descriptor.unwrap().size, Some(5));
    assert_eq!((&listed(50, true)["Containers"], &listed(50, true)["SharedSize"]), (&json!(-1), &json!(0)));
    assert!(listed(47, false).get("Descriptor").is_none());
    let used = serde_json::to_value(ImageSummaryJson::used(&redis, ApiVersion::new(45))).unwrap();
    assert_eq!((&used["Containers"], &used["SharedSize"]), (&json!(2), &json!(0)));
}

#[test]
fn what_a_name_stands_for() {
    let shown = |platforms| serde_json::to_value(DistributionJson::from(&Distribution { descriptor: index(), platforms })).unwrap();
    let descriptor = json!({ "mediaType": index().media_type, "digest": index().digest, "size": 5 });
    assert_eq!(shown(Vec::new()), json!({ "Descriptor": descriptor, "Platforms": null }));
    let platforms = ["linux/amd64", "linux/arm64/v8"].map(|text| Platform::parse(text).unwrap());
    let expected = json!([{ "architecture": "amd64", "os": "linux" }, { "architecture": "arm64", "os": "linux", "variant": "v8" }]);
    assert_eq!(shown(platforms.to_vec())["Platforms"], expected);
    for platforms in [Vec::new(), platforms.to_vec()] {
        let model: models::DistributionInspect = serde_json::from_value(shown(platforms.clone())).unwrap();
        assert_eq!(model.platforms.len(), platforms.len());
    }
}

#[test]
fn removals() {
    let steps = [ImageDeletion::Untagged("a:1".to_owned()), ImageDeletion::Deleted("sha256:b".to_owned())];
    let json = serde_json::to_value(ImagesPruned::new(&steps)).unwrap();
    assert_eq!(json, json!({ "ImagesDeleted": [{ "Untagged": "a:1" }, { "Deleted": "sha256:b" }], "SpaceReclaimed": 0 }));
    assert_eq!(serde_json::to_value(ImagesPruned::new(&[])).unwrap()["ImagesDeleted"], Value::Null);
}
