use std::sync::Arc;

use domain::{ContainerId, Credentials, RegistryLogin, Run, Workload};
use http::Method;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use ports::Kind;
use serde_json::json;

use super::{Logins, secret};
use crate::pod::{PodSettings, pod};
use crate::settings::KubeSettings;
use crate::testing::{Requests, access, refusal};

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

/// Logins on a cluster that allows these methods and refuses the others.
fn logins(allowed: &'static [Method], refused: u16) -> (Arc<Logins>, Requests) {
    let (access, requests) = access(move |method, _| match allowed.contains(method) {
        true => (200, json!({ "kind": "Secret", "apiVersion": "v1", "metadata": { "name": "x" } })),
        false => refusal(refused),
    });
    (Arc::new(Logins::new(access, Arc::default())), requests)
}

fn taken(requests: &Requests) -> Vec<String> {
    std::mem::take(&mut *requests.lock().unwrap())
}

const NAME: &str = "kubedock-web-abcdefabcdef-2-login";

fn with_login() -> Workload {
    Workload { login: Some(login("quay.io")), ..workload() }
}

#[tokio::test]
async fn a_run_without_a_login_costs_nothing() {
    let (logins, requests) = logins(&[], 500);
    assert_eq!(logins.create(&workload(), &settings()).await.unwrap(), None);
    logins.remove(&workload().run).await.unwrap();
    logins.remove_all().await.unwrap();
    assert_eq!(taken(&requests), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_lives_as_long_as_its_run() {
    let (logins, requests) = logins(&[Method::POST, Method::PATCH, Method::DELETE], 500);
    let name = logins.create(&with_login(), &settings()).await.unwrap().unwrap();
    assert_eq!((name.as_str(), taken(&requests)), (NAME, vec!["POST secrets".to_owned()]));
    let mut pod = Pod::default();
    (pod.metadata.name, pod.metadata.uid) = (Some("pod".to_owned()), Some("uid".to_owned()));
    logins.hand_over(name, &pod);
    while requests.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(taken(&requests), [format!("PATCH secrets/{NAME}")]);
    for _ in 0..2 {
        logins.remove(&with_login().run).await.unwrap();
    }
    assert_eq!(taken(&requests), [format!("DELETE secrets/{NAME}")], "only once");
    logins.create(&with_login(), &settings()).await.unwrap();
    taken(&requests);
    logins.remove_all().await.unwrap();
    logins.remove_all().await.unwrap();
    assert_eq!(taken(&requests), [format!("DELETE secrets/{NAME}")]);
}

#[tokio::test]
async fn what_the_role_forbids_is_gone_without() {
    let (nothing, requests) = logins(&[], 403);
    assert_eq!(nothing.create(&with_login(), &settings()).await.unwrap(), None);
    nothing.remove(&with_login().run).await.unwrap();
    assert_eq!(taken(&requests), ["POST secrets"], "nothing was made, and nothing is to be removed");
    let (only_create, requests) = logins(&[Method::POST], 403);
    assert_eq!(only_create.create(&with_login(), &settings()).await.unwrap().as_deref(), Some(NAME));
    only_create.remove(&with_login().run).await.unwrap();
    assert_eq!(taken(&requests).len(), 2);
}

#[tokio::test]
async fn what_may_have_been_made_is_removed() {
    let (unsure, requests) = logins(&[Method::DELETE], 504);
    assert_eq!(unsure.create(&with_login(), &settings()).await.unwrap_err().kind, Kind::Timeout);
    taken(&requests);
    unsure.remove(&with_login().run).await.unwrap();
    assert_eq!(taken(&requests), [format!("DELETE secrets/{NAME}")]);
    let (broken, requests) = logins(&[Method::POST], 500);
    broken.create(&with_login(), &settings()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(broken.remove(&with_login().run).await.unwrap_err().kind, Kind::Internal);
    }
    assert_eq!(taken(&requests).len(), 3, "it is tried again");
}
