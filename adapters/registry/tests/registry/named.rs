//! The registry that `KUBEDOCK_TEST_REGISTRY` names, `HOST:PORT`, with the images that tests pull.

use std::time::{Duration, Instant};

use domain::{ImageConfig, Platform, Signal};
use ports::{ImageCatalog, Kind};
use serde_json::Value;

use crate::push::{Repository, digest};
use crate::support::{mirrored, reference, refusal, resolve, say};

/// Where it is; says what is left out where none is named.
fn registry() -> Option<String> {
    let registry = std::env::var("KUBEDOCK_TEST_REGISTRY").ok().filter(|registry| !registry.is_empty());
    if registry.is_none() {
        say("left out, because KUBEDOCK_TEST_REGISTRY names no registry");
    }
    registry.map(|registry| format!("http://{registry}"))
}

/// Entrypoint, command and ports, as one reads them.
fn shown(config: &ImageConfig) -> (String, String, String) {
    let line = |words: &Option<Vec<String>>| words.as_deref().map_or("-".to_owned(), |words| words.join(" "));
    let ports: Vec<_> = config.exposed_ports.iter().map(ToString::to_string).collect();
    (line(&config.entrypoint), line(&config.cmd), ports.join(" "))
}

#[tokio::test]
async fn every_image_says_what_it_is() {
    let Some(registry) = registry() else { return };
    let images = mirrored(&[&registry]);
    for (name, entrypoint, cmd, ports) in [
        ("redis", "-", "redis-server --protected-mode no", "6379/tcp"),
        ("redis:7-alpine", "-", "redis-server --protected-mode no", "6379/tcp"),
        ("nginx", "-", "nginx", "80/tcp"),
        ("nginx:alpine", "-", "nginx", "80/tcp"),
        ("postgres:16", "docker-entrypoint.sh", "postgres", "5432/tcp"),
        ("busybox", "-", "sh", ""),
        ("busybox:glibc", "-", "sh", ""),
        ("docker.io/library/alpine:3.20", "-", "/bin/sh", ""),
        ("hello-world:linux", "-", "/hello", ""),
        ("test/distroless", "/sleep", "3600", ""),
        ("debian:bookworm-slim", "-", "bash", ""),
        ("ubuntu", "-", "bash", ""),
        ("python:3", "-", "python3", ""),
        ("alpine/socat", "socat", "-", ""),
        ("testcontainers/ryuk:0.14.0", "-", "sh -c echo Started; exec sleep 3600", "8080/tcp"),
    ] {
        let image = resolve(&images, name).await.unwrap();
        let expected = (entrypoint.to_owned(), cmd.to_owned(), ports.to_owned());
        assert_eq!(shown(image.config.as_ref().unwrap()), expected, "{name}");
        assert_eq!((image.platform.to_string().as_str(), image.layers.len()), ("linux/amd64", 1), "{name}");
    }
    let nginx = resolve(&images, "nginx").await.unwrap();
    assert_eq!(nginx.config.as_ref().unwrap().stop_signal, Some(Signal::QUIT));
    let distroless = resolve(&images, "test/distroless").await.unwrap();
    assert_eq!(distroless.config.as_ref().unwrap().user, "65532");
}

#[tokio::test]
async fn redis_is_what_its_manifest_says() {
    let Some(registry) = registry() else { return };
    let repository = Repository::new(&registry, "library/redis", "");
    let manifest = repository.get("manifests/7").await;
    let json: Value = serde_json::from_slice(&manifest).unwrap();
    let images = mirrored(&[&registry]);
    let image = resolve(&images, "redis:7").await.unwrap();
    assert_eq!(image.id.as_str(), json["config"]["digest"]);
    let descriptor = image.descriptor.as_ref().unwrap();
    assert_eq!((&descriptor.digest, descriptor.size), (&digest(&manifest), manifest.len() as u64));
    assert_eq!(descriptor.media_type, json["mediaType"].as_str().unwrap());
    assert_eq!(image.size, json["layers"][0]["size"].as_u64().unwrap() + json["config"]["size"].as_u64().unwrap());
    let config = image.config.as_ref().unwrap();
    assert_eq!(config.volumes.iter().collect::<Vec<_>>(), ["/data"]);
    assert_eq!((config.working_dir.as_str(), config.env.len()), ("/data", 1));
    let pinned = resolve(&images, &format!("redis@{}", digest(&manifest))).await.unwrap();
    assert_eq!(pinned, image);
    // The tag says nothing beside a digest.
    let both = resolve(&mirrored(&[&registry]), &format!("redis:nosuch@{}", digest(&manifest))).await.unwrap();
    assert_eq!(both, image);
    // One image is what it is, whatever is asked for.
    let other = images.resolve(&reference("redis:7"), &Platform::parse("linux/arm64").unwrap(), None).await.unwrap();
    assert_eq!(other, image);
    let distribution = images.distribution(&reference("redis:7"), None).await.unwrap();
    assert_eq!((&distribution.descriptor, distribution.platforms), (descriptor, Vec::new()));
}

#[tokio::test]
async fn what_is_not_there_is_told_as_dockerd_tells_it() {
    let Some(registry) = registry() else { return };
    let images = mirrored(&[]);
    let host = registry.trim_start_matches("http://");
    for name in ["t-catalog/nosuch:1", "library/redis:nosuch"] {
        let name = format!("{host}/{name}");
        let text = format!("manifest for {name} not found: manifest unknown: manifest unknown");
        assert_eq!(refusal(&images, &name).await, (Kind::NotFound, text));
        let error = images.distribution(&reference(&name), None).await.unwrap_err();
        assert_eq!((error.kind, error.context.as_str()), (Kind::NotFound, "manifest unknown: manifest unknown"));
    }
}

#[tokio::test]
async fn what_is_known_is_there_at_once() {
    let Some(registry) = registry() else { return };
    let images = mirrored(&[&registry]);
    resolve(&images, "redis:7").await.unwrap();
    let begun = Instant::now();
    for _ in 0..100 {
        resolve(&images, "redis:7").await.unwrap();
    }
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
}
