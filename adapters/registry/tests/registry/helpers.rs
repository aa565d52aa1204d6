//! Credential helpers.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use adapter_registry::DockerConfig;
use futures_util::future::join_all;
use ports::Keychain;

use crate::support::password;

/// Names the directory of the helpers, in the process that has it in its path.
const DIRECTORY: &str = "KUBEDOCK_TEST_HELPERS";

/// Helpers are found in the path, which belongs to a process: the test runs itself again with another one.
#[tokio::test]
async fn helpers_are_asked_and_not_too_often() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return with_helpers(Path::new(&directory)).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = format!("{}:{}", directory.path().display(), std::env::var("PATH").unwrap());
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "helpers::helpers_are_asked_and_not_too_often"]).env("PATH", path).env(DIRECTORY, directory.path());
    let output = again.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

async fn with_helpers(directory: &Path) {
    let calls = directory.join("calls");
    let helper = |name: &str, script: &str| {
        let file = directory.join(format!("docker-credential-{name}"));
        fs::write(&file, format!("#!/bin/sh\ncat >> {}; echo >> {0}\n{script}\n", calls.display())).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    };
    helper("good", r#"sleep 0.2; echo '{"Username": "ann", "Secret": "secret"}'"#);
    helper("missing", "echo 'credentials not found in native keychain'; exit 1");
    helper("broken", "echo 'hidden'; echo 'hidden' >&2; exit 1");
    helper("token", r#"echo '{"Username": "<token>", "Secret": "hidden"}'"#);
    helper("noise", "echo hidden");
    let helpers = r#"{"docker.io": "none", "quay.io": "missing", "b.io": "broken", "t.io": "token", "n.io": "noise"}"#;
    fs::write(directory.join("config.json"), format!(r#"{{"credsStore": "good", "credHelpers": {helpers}}}"#)).unwrap();
    let config = DockerConfig::new(directory);
    let all = join_all((0..50).map(|_| config.credentials("docker.io"))).await;
    assert!(all.into_iter().all(|found| found.unwrap() == Some(password("ann", "secret"))));
    assert_eq!(fs::read_to_string(&calls).unwrap(), "https://index.docker.io/v1/\n");
    assert_eq!(config.credentials("quay.io").await.unwrap(), None);
    for (registry, says) in [
        ("b.io", "docker-credential-broken failed for b.io"),
        ("t.io", "it has an identity token for t.io, and these are not supported; log in with a password or an access token"),
        ("n.io", "n.io: Credential helper response malformed"),
    ] {
        let error = config.credentials(registry).await.unwrap_err().to_string();
        assert!(error.ends_with(says) && !error.contains("hidden"), "{error}");
    }
}
