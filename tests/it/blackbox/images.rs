//! Images as their registries tell, seen through bollard and as bytes on a socket.

use std::collections::HashMap;
use std::time::Instant;

use bollard::errors::Error;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptionsBuilder, ListImagesOptionsBuilder, PruneImagesOptionsBuilder, RemoveImageOptions,
    TagImageOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::support::http::{Address, Answer, Connection};
use crate::support::registry;
use crate::support::server::Server;
use crate::support::wait;

async fn connect(server: &Server) -> Docker {
    let path = server.socket_path();
    let docker = Docker::connect_with_unix(path.to_str().unwrap(), 20, API_DEFAULT_VERSION).unwrap();
    docker.negotiate_version().await.unwrap()
}

/// Pulls an image and returns what was said last.
async fn pull(docker: &Docker, image: &str) -> Result<String, Error> {
    let options = CreateImageOptionsBuilder::new().from_image(image).build();
    let lines: Vec<CreateImageInfo> = docker.create_image(Some(options), None, None).try_collect().await?;
    Ok(lines.last().and_then(|line| line.status.clone()).unwrap())
}

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// The digest of the manifest, and the manifest, as the registry itself has them.
fn manifest(registry: &str, repository: &str, tag: &str) -> (String, Value) {
    let registry = Address::Tcp(registry.parse().unwrap());
    let answer = registry::get(&registry, &format!("/v2/{repository}/manifests/{tag}"));
    (answer.head.get("docker-content-digest").unwrap().to_owned(), answer.json())
}

#[tokio::test]
async fn an_image_from_its_pull_to_its_removal() {
    let Some(registry) = registry::named("an image from its pull to its removal") else { return };
    let server = Server::registries(&registry, &[]);
    let docker = connect(&server).await;
    assert_eq!(pull(&docker, "redis:7").await.unwrap(), "Status: Downloaded newer image for redis:7");
    assert_eq!(pull(&docker, "docker.io/library/redis:7").await.unwrap(), "Status: Image is up to date for redis:7");

    let (digest, manifest) = manifest(&registry, "library/redis", "7");
    let id = manifest["config"]["digest"].as_str().unwrap();
    let layers: i64 = manifest["layers"].as_array().unwrap().iter().map(|layer| layer["size"].as_i64().unwrap()).sum();
    let size = layers + manifest["config"]["size"].as_i64().unwrap();
    let by_digest = format!("redis@{digest}");
    for name in ["redis:7", "docker.io/library/redis:7", &by_digest, id, &id[7..], &id[7..19]] {
        let image = docker.inspect_image(name).await.unwrap();
        assert_eq!((image.id.as_deref(), image.size), (Some(id), Some(size)), "{name}");
        assert_eq!((image.repo_tags.unwrap(), image.repo_digests.unwrap()), (vec!["redis:7".to_owned()], vec![by_digest.clone()]));
        assert_eq!((image.os.as_deref(), image.architecture.as_deref()), (Some("linux"), Some("amd64")));
        let config = image.config.unwrap();
        assert_eq!((config.cmd.unwrap()[0].as_str(), config.working_dir.as_deref()), ("redis-server", Some("/data")));
        assert_eq!(config.exposed_ports.unwrap(), ["6379/tcp"]);
        assert_eq!((config.volumes.unwrap(), config.entrypoint, config.labels), (vec!["/data".to_owned()], None, None));
        assert_eq!(image.root_fs.unwrap().layers.unwrap().len(), manifest["layers"].as_array().unwrap().len());
        assert_eq!(image.descriptor.unwrap().digest.as_deref(), Some(digest.as_str()));
        assert!(image.created.is_some());
    }
    let history = docker.image_history("redis:7").await.unwrap();
    assert_eq!((history[0].id.as_str(), &history[0].tags), (id, &vec!["redis:7".to_owned()]));
    assert_eq!(history.iter().map(|step| step.size).sum::<i64>(), layers);
    let distribution = docker.inspect_registry_image("redis:7", None).await.unwrap();
    assert_eq!(distribution.descriptor.digest.as_deref(), Some(digest.as_str()));

    docker.tag_image("redis:7", Some(TagImageOptionsBuilder::new().repo("mine").tag("1").build())).await.unwrap();
    let filters = HashMap::from([("reference", vec!["mine:*"])]);
    let list = docker.list_images(Some(ListImagesOptionsBuilder::new().filters(&filters).build())).await.unwrap();
    assert_eq!((list.len(), list[0].id.as_str(), list[0].size, list[0].containers), (1, id, size, 0));
    for name in ["mine:1", "redis:7"] {
        docker.remove_image(name, None::<RemoveImageOptions>, None).await.unwrap();
    }
    assert_eq!(status(&docker.inspect_image(id).await.unwrap_err()), Some(404));
    let all = HashMap::from([("dangling", vec!["false"])]);
    let pruned = docker.prune_images(Some(PruneImagesOptionsBuilder::new().filters(&all).build())).await.unwrap();
    assert!(pruned.images_deleted.unwrap().iter().any(|step| step.untagged.as_deref() == Some("alpine:latest")));
    assert!(docker.list_images(None::<bollard::query_parameters::ListImagesOptions>).await.unwrap().is_empty());
}

#[tokio::test]
async fn create_is_refused_until_the_image_is_pulled() {
    let Some(registry) = registry::named("create of an image that nobody pulled") else { return };
    let server = Server::registries(&registry, &[]);
    let docker = connect(&server).await;
    let config = bollard::models::ContainerCreateBody { image: Some("postgres:16".to_owned()), ..Default::default() };
    let refused = docker.create_container(None::<CreateContainerOptions>, config.clone()).await.unwrap_err();
    assert!(matches!(&refused, Error::DockerResponseServerError { status_code: 404, message } if message == "No such image: postgres:16"));
    pull(&docker, "postgres:16").await.unwrap();
    let created = docker.create_container(None::<CreateContainerOptions>, config).await.unwrap();
    assert_eq!(created.warnings, Vec::<String>::new());
    let image = docker.inspect_image("postgres:16").await.unwrap();
    let container = docker.inspect_container(&created.id, None).await.unwrap();
    assert_eq!(container.image, image.id);
    let (merged, defaults) = (container.config.unwrap(), image.config.unwrap());
    assert_eq!((merged.cmd, merged.entrypoint, merged.env), (defaults.cmd, defaults.entrypoint, defaults.env));
    assert_eq!((merged.exposed_ports, merged.volumes), (defaults.exposed_ports, defaults.volumes));
    let users = docker.list_images(None::<bollard::query_parameters::ListImagesOptions>).await.unwrap();
    assert!(users.iter().any(|summary| Some(&summary.id) == image.id.as_ref() && summary.containers == 1));
}

#[tokio::test]
async fn pulls_that_fail_have_dockerds_codes() {
    let Some(registry) = registry::named("pulls that fail") else { return };
    let server = Server::registries(&registry, &[]);
    let docker = connect(&server).await;
    let begin = Instant::now();
    for (image, code) in [
        (format!("{registry}/library/redis:nosuch"), 404),
        (format!("{registry}/library/nosuch:1"), 404),
        (format!("{registry}/library/redis@sha256:{}", "a".repeat(64)), 404),
        ("127.0.0.1:1/foo:1".to_owned(), 500),
        ("UPPER".to_owned(), 400),
    ] {
        let error = pull(&docker, &image).await.unwrap_err();
        assert_eq!(status(&error), Some(code), "{image}: {error}");
    }
    assert!(begin.elapsed() < wait::LIMIT);
    assert_eq!(status(&docker.inspect_registry_image("127.0.0.1:1/foo:1", None).await.unwrap_err()), Some(500));
}

/// What `request` with this header answers.
fn with_header(server: &Server, method: &str, path: &str, header: &str) -> Answer {
    let mut connection = Connection::open(&server.unix()).unwrap();
    connection.request(method, path, &[("X-Registry-Auth", header), ("Connection", "close")], b"").unwrap();
    connection.answer(method).unwrap()
}

#[test]
fn headers_with_broken_credentials_count_for_nothing() {
    let Some(registry) = registry::named("headers with broken credentials") else { return };
    let server = Server::registries(&registry, &[]);
    let nested = format!("{}{}", "W3".repeat(5_000), "=".repeat(100));
    // What is in the last ones: [], {"username":1}, {"auth":"!!"}, null.
    for header in ["%%%", "nonsense", &nested, "W10=", "eyJ1c2VybmFtZSI6MX0=", "eyJhdXRoIjoiISEifQ==", "bnVsbA==", "e30", ""] {
        assert_eq!(with_header(&server, "POST", "/images/create?fromImage=redis&tag=7", header).head.status, 200, "{header}");
        assert_eq!(with_header(&server, "GET", "/distribution/redis:7/json", header).head.status, 200, "{header}");
    }
    // {"identitytoken":"x"}
    let refused = with_header(&server, "POST", "/images/create?fromImage=redis&tag=7", "eyJpZGVudGl0eXRva2VuIjoieCJ9");
    assert_eq!(refused.head.status, 501);
    assert!(refused.text().contains("identity tokens are not supported"), "{}", refused.text());
    let long = with_header(&server, "POST", "/images/create?fromImage=redis&tag=7", &"a".repeat(100_000));
    assert!((400..500).contains(&long.head.status), "{}", long.head.status);
}

#[test]
fn malformed_names_are_refused_in_dockerds_words() {
    let server = Server::memory();
    let hex = "a".repeat(64);
    let whole = format!("invalid repository name ({hex}), cannot specify 64-byte hexadecimal strings");
    let upper = "invalid reference format: repository name (library/Foo) must be lowercase";
    for (method, path, says) in [
        ("POST", "/images/create?fromImage=Foo&tag=1", upper),
        ("POST", "/images/create?fromImage=foo&tag=bad:tag", "invalid tag format"),
        ("POST", "/images/create?fromImage=foo&tag=sha256:abc", "invalid tag format"),
        ("POST", &format!("/images/alpine/tag?repo=foo&tag=sha256:{hex}"), "invalid tag format"),
        ("POST", "/images/create?fromImage=foo&tag=-bad", "invalid tag format"),
        ("POST", "/images/create?fromImage=re%20dis", "invalid reference format"),
        ("POST", &format!("/images/create?fromImage={hex}"), &whole),
        ("GET", "/images/Foo/json", upper),
        ("GET", "/images/Foo/history", upper),
        ("GET", "/distribution/Foo/json", upper),
        ("GET", &format!("/distribution/{hex}/json"), "no manifest found for full image ID"),
        ("DELETE", "/images/Foo", upper),
        ("POST", "/images/alpine/tag?repo=Foo", upper),
    ] {
        let answer = server.call(method, path, None);
        assert_eq!((answer.head.status, answer.json()), (400, json!({ "message": says })), "{method} {path}");
    }
    for path in ["/images/search?term=x", "/images/get?names=alpine", "/images/alpine/get"] {
        let answer = server.call("GET", path, None);
        assert_eq!(answer.head.status, 501, "{path}");
        assert!(!answer.json()["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(server.call("POST", "/images/load", None).head.status, 501);
}
