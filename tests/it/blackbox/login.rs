//! The docker command line with images that nobody pulled, and with a registry that wants a password.

use crate::support::docker::Docker;
use crate::support::http::Connection;
use crate::support::registry::{self, PASSWORD, PRIVATE, PrivateRegistry, USER};
use crate::support::server::Server;

/// What is in the private registry.
const IMAGE: &str = "library/busybox:latest";

/// `{"username":"ann","password":"opensesame"}`, as clients send it with each pull.
const HEADER: &str = "eyJ1c2VybmFtZSI6ImFubiIsInBhc3N3b3JkIjoib3BlbnNlc2FtZSJ9";

#[test]
fn images_of_the_registry() {
    let Some(registry) = registry::named("the docker command line and images") else { return };
    let server = Server::registries(&registry, &[]);
    let docker = Docker::unix(&server);
    let pulled = docker.ok(&["pull", "redis:7"]);
    assert!(pulled.starts_with("7: Pulling from library/redis\nDigest: sha256:"), "{pulled}");
    assert!(pulled.ends_with("Status: Downloaded newer image for redis:7\ndocker.io/library/redis:7"), "{pulled}");
    assert!(docker.ok(&["pull", "redis:7"]).contains("Status: Image is up to date for redis:7"));

    let ran = docker.run(&["run", "--rm", "busybox:1.36", "echo", "hello"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("hello\n", Some(0)), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("Unable to find image 'busybox:1.36' locally\n1.36: Pulling from library/busybox\n"), "{}", ran.stderr);

    let id = docker.ok(&["image", "inspect", "-f", "{{.Id}}", "redis:7"]);
    let digest = docker.ok(&["image", "inspect", "-f", "{{index .RepoDigests 0}}", "redis:7"]);
    assert_eq!(docker.ok(&["images", "--no-trunc", "--format", "{{.ID}}", "redis"]), id);
    let listed = docker.ok(&["images", "--digests", "--format", "{{.Repository}}@{{.Digest}} {{.Tag}}", "redis"]);
    assert_eq!(listed, format!("{digest} 7"));
    assert_eq!(docker.ok(&["inspect", "--type", "image", "-f", "{{.Config.WorkingDir}} {{.Architecture}}", &digest]), "/data amd64");
    let history = docker.ok(&["image", "history", "--no-trunc", "--format", "{{.ID}} {{.CreatedBy}}", "redis:7"]);
    assert!(history.starts_with(&id), "{history}");

    docker.ok(&["tag", "redis:7", "mine:1"]);
    assert_eq!(docker.ok(&["rmi", "redis:7"]), format!("Untagged: redis:7\nUntagged: {digest}"));
    let removed = docker.ok(&["rmi", "mine:1"]);
    assert!(removed.starts_with("Untagged: mine:1") && removed.contains(&format!("Deleted: {id}")), "{removed}");
    let missing = docker.run(&["image", "inspect", "redis:7"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("No such image: redis:7"), "{missing:?}");
}

#[test]
fn a_pull_that_cannot_succeed_says_why() {
    let Some(registry) = registry::named("pulls that cannot succeed") else { return };
    let server = Server::registries(&registry, &[]);
    let docker = Docker::unix(&server);
    let missing = docker.run(&["pull", &format!("{registry}/library/redis:nosuch")]);
    assert!(missing.code == Some(1) && missing.stderr.contains("manifest unknown"), "{missing:?}");
    let down = docker.run(&["run", "--rm", "127.0.0.1:1/foo:1"]);
    assert!(down.stderr.contains("127.0.0.1:1"), "{down:?}");
}

#[test]
fn a_private_image_is_pulled_after_a_login_only() {
    let Some(from) = registry::named("logins") else { return };
    let Some(private) = PrivateRegistry::start(&from, IMAGE) else { return };
    let server = Server::registries(&from, &["--verbosity", "5"]);
    let (docker, host) = (Docker::unix(&server), private.name());
    let image = format!("{host}/{PRIVATE}");

    let refused = docker.run(&["pull", &image]);
    assert!(refused.code == Some(1) && refused.stderr.contains(&format!("pull access denied for {host}/private/image")), "{refused:?}");
    let wrong = docker.run_with_input(&["login", "--username", USER, "--password-stdin", &host], b"wrong");
    assert!(wrong.code == Some(1) && wrong.stderr.contains("unauthorized"), "{wrong:?}");
    let right = docker.run_with_input(&["login", "--username", USER, "--password-stdin", &host], PASSWORD.as_bytes());
    assert!(right.code == Some(0) && right.stdout.contains("Login Succeeded"), "{right:?}");
    assert!(docker.ok(&["pull", &image]).contains("Downloaded newer image"));
    let ran = docker.run(&["run", "--rm", &image, "echo", "private"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("private\n", Some(0)), "{ran:?}");
    assert!(docker.run(&["logout", &host]).code == Some(0));

    // A client that sends what opens the registry with each request.
    let mut connection = Connection::open(&server.unix()).unwrap();
    let headers = [("X-Registry-Auth", HEADER), ("Connection", "close")];
    connection.request("GET", &format!("/distribution/{image}/json"), &headers, b"").unwrap();
    assert_eq!(connection.answer("GET").unwrap().head.status, 200);

    let log = server.log();
    for secret in [PASSWORD, HEADER, "YW5uOm9wZW5zZXNhbWU"] {
        assert!(!log.contains(secret), "the log has {secret}");
    }
    assert!(log.contains("/images/create"), "{log}");
}

#[test]
fn a_private_image_runs_on_a_cluster() {
    let Some(from) = registry::named("a private image on the cluster") else { return };
    let Some(private) = PrivateRegistry::start_for_nodes(&from, IMAGE) else { return };
    let Some(server) = Server::cluster("private") else { return };
    let (docker, host) = (Docker::tcp(&server), private.name());
    let right = docker.run_with_input(&["login", "--username", USER, "--password-stdin", &host], PASSWORD.as_bytes());
    assert_eq!(right.code, Some(0), "{right:?}");
    let ran = docker.run(&["run", "--rm", &format!("{host}/{PRIVATE}"), "echo", "private"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("private\n", Some(0)), "{ran:?}");
}
