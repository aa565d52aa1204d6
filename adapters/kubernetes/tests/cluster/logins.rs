//! Images that need a password.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use adapter_kubernetes::{KubeCluster, KubeSettings};
use domain::{Credentials, RegistryLogin, Run, Workload};
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Pod, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::config::{AuthInfo, Kubeconfig};
use ports::{Keychain, WorkloadState, Workloads};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::registry::Registry;
use crate::support::{Arena, PATIENCE, is_running, nanos, on_the_cluster, script, settings, until};

#[tokio::test]
async fn a_pod_pulls_with_what_a_client_gave() {
    let Some(registry) = Registry::start().await else { return };
    on_the_cluster("login", async |arena: Arena| {
        let secrets: Api<Secret> = Api::namespaced(arena.client.clone(), &arena.namespace);
        let plain = Workload { image: registry.image(), ..script("sleep 600") };
        arena.cluster.launch(&plain).await.unwrap();
        let state = until(&arena.cluster, &plain.run, |state| !matches!(state, WorkloadState::Waiting(_))).await;
        assert!(matches!(&state, WorkloadState::Failed(failure) if failure.message.contains("401")), "{state:?}");
        assert_eq!(names(&secrets).await, Vec::<String>::new(), "nobody gave anything");

        let private = || Workload { image: registry.image(), login: Some(registry.login()), ..script("sleep 600") };
        let workload = private();
        arena.cluster.launch(&workload).await.unwrap();
        until(&arena.cluster, &workload.run, is_running).await;
        let name = format!("{}-login", pod(&arena, &workload.run).await.metadata.name.unwrap());
        assert_eq!(names(&secrets).await, std::slice::from_ref(&name));
        assert_eq!(secrets.get(&name).await.unwrap().type_.as_deref(), Some("kubernetes.io/dockerconfigjson"));
        arena.cluster.remove(&workload.run).await.unwrap();
        assert_eq!(names(&secrets).await, Vec::<String>::new(), "the secret goes with the run");

        let (first, second) = (private(), private());
        for workload in [&first, &second] {
            arena.cluster.launch(workload).await.unwrap();
            until(&arena.cluster, &workload.run, is_running).await;
        }
        let owner = pod(&arena, &first.run).await;
        let name = format!("{}-login", owner.metadata.name.as_deref().unwrap());
        let owned = async {
            while secrets
                .get(&name)
                .await
                .unwrap()
                .metadata
                .owner_references
                .is_none_or(|owners| owners[0].uid != owner.metadata.uid.clone().unwrap())
            {
                sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, owned).await.expect("the pod owns its secret");
        Api::<Pod>::namespaced(arena.client.clone(), &arena.namespace)
            .delete(owner.metadata.name.as_deref().unwrap(), &DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() })
            .await
            .unwrap();
        let collected = async {
            while secrets.get_opt(&name).await.unwrap().is_some() {
                sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, collected).await.expect("the cluster removes the secret of a pod that is gone");
        assert_eq!(names(&secrets).await.len(), 1);
        arena.cluster.remove_all().await.unwrap();
        assert_eq!(names(&secrets).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn pull_secrets_open_their_registries() {
    on_the_cluster("keychain", async |arena: Arena| {
        let secrets: Api<Secret> = Api::namespaced(arena.client.clone(), &arena.namespace);
        let secret = |name: &str, type_: &str, key: &str, text: String| -> Secret {
            serde_json::from_value(json!({ "metadata": { "name": name }, "type": type_, "stringData": { key: text } })).unwrap()
        };
        let auths =
            json!({ "https://index.docker.io/v1/": { "username": "ann", "password": "one" }, "*.example.com": { "auth": "Ym9iOnR3bw==" } });
        let new = secret("new", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", json!({ "auths": auths }).to_string());
        let old = json!({ "quay.io": { "username": "cid", "password": "three" } }).to_string();
        for secret in [new, secret("old", "kubernetes.io/dockercfg", ".dockercfg", old)] {
            secrets.create(&PostParams::default(), &secret).await.unwrap();
        }
        let names = ["missing", "new", "old"].map(str::to_owned).to_vec();
        let settings = KubeSettings { image_pull_secrets: names, ..settings(&arena.kubeconfig, &arena.namespace) };
        let cluster = KubeCluster::connect(settings).await.unwrap();
        for (registry, opener) in [
            ("docker.io", Some(("ann", "one"))),
            ("eu.example.com", Some(("bob", "two"))),
            ("quay.io", Some(("cid", "three"))),
            ("ghcr.io", None),
        ] {
            let password =
                |(username, password): (&str, &str)| Credentials::Password { username: username.to_owned(), password: password.to_owned() };
            assert_eq!(cluster.credentials(registry).await.unwrap(), opener.map(password), "{registry}");
        }
        assert_eq!(arena.cluster.credentials("quay.io").await.unwrap(), None, "no secret is named");
    })
    .await;
}

#[tokio::test]
async fn a_role_without_secrets_is_enough() {
    on_the_cluster("role", async |arena: Arena| {
        let kubeconfig = restricted(&arena).await;
        let settings = KubeSettings { image_pull_secrets: vec!["team".to_owned()], ..settings(&kubeconfig, &arena.namespace) };
        let cluster = KubeCluster::connect(settings).await.unwrap();
        std::fs::remove_file(kubeconfig).unwrap();
        let log = Log::default();
        // This runtime has one thread: everything is logged here.
        let guard = tracing::subscriber::set_default(tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish());
        for _ in 0..2 {
            assert_eq!(cluster.credentials("quay.io").await.unwrap(), None);
            let credentials = Credentials::Password { username: "ann".to_owned(), password: "s3cret".to_owned() };
            let login = Some(RegistryLogin { registry: "docker.io".to_owned(), credentials });
            let workload = Workload { login, ..script("sleep 600") };
            cluster.launch(&workload).await.unwrap();
            until(&cluster, &workload.run, is_running).await;
            assert_eq!(pod(&arena, &workload.run).await.spec.unwrap().image_pull_secrets.unwrap().len(), 1, "only the operator's");
            cluster.remove(&workload.run).await.unwrap();
        }
        drop(guard);
        let text = log.text();
        for warning in ["nodes pull images without what clients give", "registries are asked without what a pull secret says"] {
            assert_eq!(text.matches(warning).count(), 1, "{text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
    })
    .await;
}

async fn names(secrets: &Api<Secret>) -> Vec<String> {
    secrets.list_metadata(&ListParams::default()).await.unwrap().items.into_iter().filter_map(|secret| secret.metadata.name).collect()
}

async fn pod(arena: &Arena, run: &Run) -> Pod {
    let pods: Api<Pod> = Api::namespaced(arena.client.clone(), &arena.namespace);
    let label = ListParams::default().labels(&format!("kubedock.containerid={}", run.container.short()));
    pods.list(&label).await.unwrap().items.remove(0)
}

/// A kubeconfig of somebody who may do what the README's Role allows, but for the secrets.
async fn restricted(arena: &Arena) -> PathBuf {
    let (client, namespace, params) = (&arena.client, arena.namespace.as_str(), PostParams::default());
    let object = |rest: serde_json::Value| {
        let mut object = json!({ "metadata": { "name": "restricted" } });
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    };
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let account = serde_json::from_value(object(json!({}))).unwrap();
    accounts.create(&params, &account).await.unwrap();
    let pods = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["create", "get", "list", "watch", "delete"] });
    let role: Role = serde_json::from_value(object(json!({ "rules": [pods] }))).unwrap();
    Api::namespaced(client.clone(), namespace).create(&params, &role).await.unwrap();
    let binding: RoleBinding = serde_json::from_value(object(json!({
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "restricted" },
        "subjects": [{ "kind": "ServiceAccount", "name": "restricted", "namespace": namespace }],
    })))
    .unwrap();
    Api::namespaced(client.clone(), namespace).create(&params, &binding).await.unwrap();
    let request = TokenRequest::default();
    let token = accounts.create_token_request("restricted", &params, &request).await.unwrap().status.unwrap().token;
    let mut kubeconfig = Kubeconfig::read_from(&arena.kubeconfig).unwrap();
    kubeconfig.auth_infos[0].auth_info = Some(AuthInfo { token: Some(token.into()), ..AuthInfo::default() });
    let file = std::env::temp_dir().join(format!("kubedock-test-{}.yaml", nanos()));
    std::fs::write(&file, serde_json::to_vec(&kubeconfig).unwrap()).unwrap();
    file
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
