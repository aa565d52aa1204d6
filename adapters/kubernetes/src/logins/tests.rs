use domain::{ContainerId, Credentials, RegistryLogin, Run, Workload};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::secret;
use crate::pod::{PodSettings, pod};
use crate::settings::KubeSettings;

fn settings() -> PodSettings {
    let owner = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        name: "kubedock-0".to_owned(),
        uid: "11111111-2222-3333-4444-555555555555".to_owned(),
        ..OwnerReference::default()
    };
    let common = KubeSettings { image_pull_secrets: vec!["team".to_owned()], ..KubeSettings::new("0123456789ab") };
    PodSettings { common, owner: Some(owner) }
}

fn workload() -> Workload {
    let run = Run { container: ContainerId::parse(&"abcdef".repeat(11)[..64]).unwrap(), number: 2 };
    Workload::new(run, "web", "quay.io/private/app:1")
}

fn login(registry: &str) -> RegistryLogin {
    let credentials = Credentials::Password { username: "ann".to_owned(), password: "s3cret".to_owned() };
    RegistryLogin { registry: registry.to_owned(), credentials }
}

fn config(registry: &str) -> String {
    let secret = secret(&workload(), &login(registry), &settings()).unwrap();
    String::from_utf8(secret.data.unwrap()[super::KEY].0.clone()).unwrap()
}

#[test]
fn a_pod_with_a_login() {
    insta::with_settings!({ snapshot_path => "../../../../fixtures/pods", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_yaml_snapshot!("login_secret", secret(&workload(), &login("quay.io"), &settings()).unwrap());
        insta::assert_yaml_snapshot!("login_pod", pod(&workload(), &settings(), Some("kubedock-web-abcdefabcdef-2-login")));
    });
}

#[test]
fn the_kubelet_finds_the_registry() {
    let auth = r#"{"auth":"YW5uOnMzY3JldA==","password":"s3cret","username":"ann"}"#;
    assert_eq!(config("quay.io"), format!(r#"{{"auths":{{"quay.io":{auth}}}}}"#));
    assert_eq!(config("localhost:5000"), format!(r#"{{"auths":{{"localhost:5000":{auth}}}}}"#));
    assert_eq!(config("docker.io"), format!(r#"{{"auths":{{"https://index.docker.io/v1/":{auth}}}}}"#));
}

#[test]
fn a_token_is_nothing_for_a_kubelet() {
    let token = RegistryLogin { credentials: Credentials::Token("t".to_owned()), ..login("quay.io") };
    assert!(secret(&workload(), &token, &settings()).is_none());
}
