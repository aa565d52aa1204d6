use std::time::Instant;

use super::*;

/// What a configuration file says about a registry; an error by its text, without the file's name.
async fn ask(config: &str, registry: &str) -> Result<Option<(String, String)>, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, config).unwrap();
    match DockerConfig::new(directory.path()).credentials(registry).await {
        Ok(None) => Ok(None),
        Ok(Some(Credentials::Password { username, password })) => Ok(Some((username, password))),
        Ok(Some(Credentials::Token(_))) => panic!("no configuration has one"),
        Err(error) => Err(error.to_string().replace(&format!("{}: ", file.display()), "")),
    }
}

fn ann() -> Result<Option<(String, String)>, String> {
    Ok(Some(("ann".to_owned(), "se:cret".to_owned())))
}

/// `ann:se:cret`
const AUTH: &str = "YW5uOnNlOmNyZXQ=";

#[tokio::test]
async fn the_file_is_read_as_docker_reads_it() {
    let hub = format!(r#"{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{AUTH}"}}}}}}"#);
    assert_eq!(ask(&hub, "docker.io").await, ann());
    assert_eq!(ask(&hub, "quay.io").await, Ok(None));
    let quay =
        format!(r#"{{"auths": {{"https://quay.io/v2/": {{"auth": "{AUTH}"}}, "r:5000": {{"username": "ann", "password": "se:cret"}}}}}}"#);
    assert_eq!(ask(&quay, "quay.io").await, ann());
    assert_eq!(ask(&quay, "r:5000").await, ann());
    assert_eq!(ask(&quay, "docker.io").await, Ok(None));
    assert_eq!(ask("{}", "quay.io").await, Ok(None));
}

#[tokio::test]
async fn nothing_there_is_nothing_configured() {
    let directory = tempfile::tempdir().unwrap();
    for path in ["", "nosuch", "config.json/x"] {
        let config = DockerConfig::new(&directory.path().join(path));
        assert_eq!(config.credentials("quay.io").await.unwrap(), None, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_told() {
    for (config, says) in [
        ("hello", "quay.io: Unable to read config"),
        (r#"{"auths": {"quay.io": {"auth": "%"}}}"#, "quay.io: Unable to decode credential"),
        (
            r#"{"auths": {"quay.io": {"identitytoken": "secret"}}}"#,
            "it has an identity token for quay.io, and these are not supported; log in with a password or an access token",
        ),
        (r#"{"credHelpers": {"quay.io": "no-such-helper"}}"#, "quay.io: Unable to communicate with credential helper"),
    ] {
        assert_eq!(ask(config, "quay.io").await, Err(says.to_owned()), "{config}");
    }
}

#[tokio::test]
async fn a_file_without_end_is_not_read_to_its_end() {
    let long = format!(r#"{{"x": "{}", "auths": {{"quay.io": {{"auth": "{AUTH}"}}}}}}"#, "x".repeat(2 << 20));
    assert_eq!(ask(&long, "quay.io").await, Err("quay.io: Unable to read config".to_owned()));
}

/// Whoever opens a pipe that nobody writes to hangs, as a helper may.
#[tokio::test]
async fn nobody_waits_for_long() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("config.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let config = DockerConfig { patience: Duration::from_millis(200), ..DockerConfig::new(directory.path()) };
    let begun = Instant::now();
    for registry in ["a", "b", "c", "d", "e", "f", "a"] {
        let error = config.credentials(registry).await.unwrap_err();
        assert!(error.context.ends_with("no answer within 200ms"), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(config.turns.available_permits(), 0);
    // The threads end when somebody writes, and the runtime of this test with them.
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::io::Write::write_all(&mut writer, b"{}").unwrap();
}

#[tokio::test]
async fn what_was_found_is_kept_for_a_while() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, format!(r#"{{"auths": {{"quay.io": {{"auth": "{AUTH}"}}}}}}"#)).unwrap();
    let config = DockerConfig::new(directory.path());
    assert!(config.credentials("quay.io").await.unwrap().is_some());
    std::fs::remove_file(&file).unwrap();
    assert!(config.credentials("quay.io").await.unwrap().is_some());
    assert!(config.credentials("other.io").await.unwrap().is_none());
}
