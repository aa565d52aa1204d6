//! `kubedock image inspect`.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{Ended, refusal, run};
use crate::support::registry::{self, PASSWORD, PRIVATE, PrivateRegistry, USER};

/// What is in the private registry.
const IMAGE: &str = "library/busybox:latest";

/// Runs `kubedock image inspect` without a cluster, with a file of settings.
fn inspect(settings: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubedock.toml");
    fs::write(&file, settings).expect("a file");
    let begin = ["image", "inspect", "--backend", "memory", "--config", file.to_str().expect("a path")];
    run(&[&begin, arguments].concat(), variables)
}

/// What was printed about one image.
fn printed(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("[\n    {\n") && ended.stdout.ends_with("\n]\n"), "{}", ended.stdout);
    let mut images: Vec<Value> = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(images.len(), 1);
    images.remove(0)
}

/// The one line that a failure consists of.
fn failed(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    let line = ended.stderr.strip_prefix("kubedock: ").and_then(|rest| rest.strip_suffix('\n')).expect("a line");
    assert!(!line.contains('\n'), "one line: {line}");
    line
}

#[test]
fn what_cannot_be_asked_for_is_one_line() {
    assert!(refusal(&["image", "inspect"], &[]).starts_with("the following required arguments were not provided: <NAME>"));
    let bad = refusal(&["image", "inspect", "--backend", "memory", "UPPER"], &[]);
    assert_eq!(bad, "invalid reference format: repository name (library/UPPER) must be lowercase");
    let platform = refusal(&["image", "inspect", "--backend", "memory", "--platform", "foo", "redis"], &[]);
    assert_eq!(platform, "\"foo\": unknown operating system or architecture: invalid argument");
    let off = refusal(&["image", "inspect", "--backend", "memory", "redis"], &[("KUBEDOCK_INSPECTOR", "false")]);
    assert_eq!(off, "no registry is asked (--inspector=false)");
    assert!(refusal(&["image", "inspect", "redis"], &[]).ends_with("--backend memory needs no cluster"));
    let nobody = refusal(&["image", "inspect", "--backend", "memory", "127.0.0.1:1/x"], &[]);
    assert!(nobody.contains("127.0.0.1:1"), "{nobody}");
}

#[test]
fn an_image_is_printed_as_docker_prints_it() {
    let Some(registry) = registry::named("kubedock image inspect") else { return };
    let mirrored = registry::mirrored("*", &registry);
    let ended = inspect(&mirrored, &["redis:7"], &[("PULL_POLICY", "never")]);
    assert_eq!(ended.stderr, "");
    let image = printed(&ended);
    assert_eq!(image["RepoTags"], serde_json::json!(["redis:7"]));
    assert_eq!(image["Config"]["WorkingDir"], "/data");
    assert!(image["Config"]["ExposedPorts"]["6379/tcp"].is_object(), "{image}");
    let digest = image["RepoDigests"][0].as_str().expect("a digest");
    assert_eq!(printed(&inspect(&mirrored, &[digest], &[]))["Id"], image["Id"]);

    let logged = inspect(&mirrored, &["-v", "5", "redis:7"], &[]);
    assert_eq!(printed(&logged)["Id"], image["Id"], "the log is somewhere else");
    assert!(logged.stderr.contains("started"), "{}", logged.stderr);

    let missing = inspect(&mirrored, &["redis:nosuch"], &[("PULL_POLICY", "never")]);
    assert!(failed(&missing).contains("redis:nosuch"), "{}", missing.stderr);
    let other = inspect(&mirrored, &["--platform", "windows", &format!("{registry}/library/redis:7")], &[]);
    assert!(failed(&other).contains("does not match the specified platform: wanted windows/amd64"), "{}", other.stderr);
}

#[test]
fn dockers_own_configuration_opens_registries() {
    let Some(from) = registry::named("credentials of docker's configuration") else { return };
    let Some(private) = PrivateRegistry::start(&from, IMAGE) else { return };
    let image = format!("{}/{PRIVATE}", private.name());
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".docker");
    fs::create_dir(&folder).expect("a folder");
    let write = |password: &str| {
        let auths = serde_json::json!({ "auths": { private.name(): { "username": USER, "password": password } } });
        fs::write(folder.join("config.json"), auths.to_string()).expect("a file");
    };
    let path = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    write(PASSWORD);
    for variables in [("HOME", path(home.path())), ("DOCKER_CONFIG", path(&folder))] {
        let ended = inspect("", &["-v", "5", &image], &[(variables.0, &variables.1)]);
        assert_eq!(printed(&ended)["RepoTags"], serde_json::json!([image]));
        assert!(!ended.stderr.contains(PASSWORD), "{}", ended.stderr);
    }
    let stranger = inspect("", &[&image], &[]);
    assert!(failed(&stranger).contains("no basic auth credentials") || failed(&stranger).contains("unauthorized"), "{}", stranger.stderr);
    write("not-the-password");
    let refused = inspect("", &[&image], &[("HOME", &path(home.path()))]);
    assert!(!failed(&refused).contains("not-the-password"), "{}", refused.stderr);
}

#[test]
fn pull_secrets_of_the_cluster_open_registries() {
    let Some(from) = registry::named("pull secrets") else { return };
    let Some(kubeconfig) = std::env::var_os("KUBEDOCK_TEST_KUBECONFIG") else { return };
    let Some(private) = PrivateRegistry::start(&from, IMAGE) else { return };
    let namespace = format!("kubedock-it-secret-{}", std::process::id());
    let kubectl = |arguments: &[&str]| {
        let output = Command::new("kubectl").arg("--kubeconfig").arg(&kubeconfig).args(arguments).output().expect("kubectl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    kubectl(&["create", "namespace", &namespace]);
    let server = format!("--docker-server={}", private.name());
    let (user, password) = (format!("--docker-username={USER}"), format!("--docker-password={PASSWORD}"));
    kubectl(&["--namespace", &namespace, "create", "secret", "docker-registry", "team", &server, &user, &password]);

    let image = format!("{}/{PRIVATE}", private.name());
    let kubeconfig = kubeconfig.to_str().expect("a path");
    let begin = ["image", "inspect", "--kubeconfig", kubeconfig, "--namespace", &namespace];
    let opened = run(&[&begin[..], &["--image-pull-secrets", "other, team", &image]].concat(), &[]);
    let closed = run(&[&begin[..], &[&image]].concat(), &[]);
    kubectl(&["delete", "namespace", &namespace, "--wait=false"]);

    assert_eq!(printed(&opened)["RepoTags"], serde_json::json!([image]));
    assert!(opened.stderr.contains("secrets \\\"other\\\" not found"), "a warning about the other one: {}", opened.stderr);
    failed(&closed);
}
