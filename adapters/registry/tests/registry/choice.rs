//! Images of several platforms in a real registry.

use domain::{Image, Platform};
use ports::{ImageCatalog, Kind};
use serde_json::{Value, json};

use crate::push::{INDEX, Repository, config};
use crate::server::{Access, Server};
use crate::support::{mirrored, reference, resolve};

fn cmd(image: &Image) -> String {
    image.config.as_ref().unwrap().cmd.as_ref().unwrap().join(" ")
}

fn entry(descriptor: &Value, platform: &str) -> Value {
    let mut parts = platform.split('/');
    let mut entry = descriptor.clone();
    entry["platform"] = json!({"os": parts.next(), "architecture": parts.next()});
    if let Some(variant) = parts.next() {
        entry["platform"]["variant"] = json!(variant);
    }
    entry
}

fn index(entries: &[Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
}

#[tokio::test]
async fn the_image_for_the_platform_is_chosen() {
    let Some(server) = Server::start(Access::Open).await else { return };
    let url = format!("http://127.0.0.1:{}", server.port);
    let repository = Repository::new(&url, "t/multi", "");
    let amd64 = repository.image("amd64", &config("amd", "linux", "amd64")).await;
    let arm64 = repository.image("arm64", &config("arm", "linux", "arm64")).await;
    let mut attestation = entry(&amd64, "unknown/unknown");
    attestation["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
    let several = index(&[entry(&arm64, "linux/arm64/v8"), entry(&amd64, "linux/amd64"), attestation]);
    let root = repository.tag("1", &several).await;
    let nested = repository.tag("arm", &index(&[entry(&arm64, "linux/arm64/v8")])).await;
    repository.tag("nested", &index(&[nested, entry(&amd64, "linux/s390x")])).await;

    let name = format!("127.0.0.1:{}/t/multi", server.port);
    let images = mirrored(&[]);
    let on = async |tag: &str, platform: &str| {
        let found = images.resolve(&reference(&format!("{name}:{tag}")), &Platform::parse(platform).unwrap(), None).await;
        found.map_err(|error| (error.kind, error.context))
    };
    let none = |platform: &str| Err((Kind::NotFound, format!("no matching manifest for {platform} in the manifest list entries")));
    for (tag, platform, expected) in [
        ("1", "linux/amd64", Ok("amd")),
        ("1", "linux/arm64", Ok("arm")),
        ("1", "linux/arm64/v8", Ok("arm")),
        ("1", "linux/arm64/v9", none("linux/arm64/v9")),
        ("1", "linux/s390x", none("linux/s390x")),
        ("nested", "linux/arm64", Ok("arm")),
        ("nested", "linux/amd64", none("linux/amd64")),
        // What the image is for is what it says itself.
        ("nested", "linux/s390x", Ok("amd")),
    ] {
        assert_eq!(on(tag, platform).await.map(|image| cmd(&image)), expected.map(str::to_owned), "{tag} {platform}");
    }
    let image = on("1", "linux/arm64").await.unwrap();
    assert_eq!(image.platform.to_string(), "linux/arm64");
    // The name stands for the index, not for the image in it.
    assert_eq!(image.digest(), root["digest"].as_str());
    assert_eq!(image.descriptor.as_ref().unwrap().media_type, INDEX);
    let pinned = format!("{name}@{}", root["digest"].as_str().unwrap());
    assert_eq!(cmd(&resolve(&images, &pinned).await.unwrap()), "amd");

    let platforms = images.distribution(&reference(&format!("{name}:1")), None).await.unwrap().platforms;
    let shown: Vec<_> = platforms.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["linux/arm64/v8", "linux/amd64", "unknown/unknown"]);
}

#[tokio::test]
async fn dockers_own_format_says_its_platform() {
    let Some(server) = Server::start(Access::Open).await else { return };
    let url = format!("http://127.0.0.1:{}", server.port);
    let repository = Repository::new(&url, "t/docker", "");
    let mut arm = config("x", "linux", "arm64");
    arm["variant"] = json!("v8");
    let pushed = repository.docker_image("arm", &arm).await;
    repository.docker_image("none", &json!({"config": {}})).await;
    let images = mirrored(&[]);
    let ask = async |tag: &str| images.distribution(&reference(&format!("127.0.0.1:{}/t/docker:{tag}", server.port)), None).await.unwrap();
    let arm = ask("arm").await;
    assert_eq!(arm.platforms, [Platform::parse("linux/arm64/v8").unwrap()]);
    assert_eq!((json!(arm.descriptor.media_type), json!(arm.descriptor.size)), (pushed["mediaType"].clone(), pushed["size"].clone()));
    assert_eq!(ask("none").await.platforms, []);
}

#[tokio::test]
async fn a_tag_that_moves_on_is_followed() {
    let Some(server) = Server::start(Access::Open).await else { return };
    let url = format!("http://127.0.0.1:{}", server.port);
    let repository = Repository::new(&url, "t/moving", "");
    let first = repository.image("1", &config("first", "linux", "amd64")).await;
    let mut settings = crate::support::settings(&[]);
    settings.tag_life = std::time::Duration::from_millis(200);
    let images = adapter_registry::RegistryImages::new(settings).unwrap();
    let name = format!("127.0.0.1:{}/t/moving:1", server.port);
    assert_eq!(cmd(&resolve(&images, &name).await.unwrap()), "first");
    repository.image("1", &config("second", "linux", "amd64")).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(cmd(&resolve(&images, &name).await.unwrap()), "second");
    let pinned = format!("127.0.0.1:{}/t/moving@{}", server.port, first["digest"].as_str().unwrap());
    assert_eq!(cmd(&resolve(&images, &pinned).await.unwrap()), "first");
}
