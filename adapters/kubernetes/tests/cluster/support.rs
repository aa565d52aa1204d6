//! A namespace to play in, and what is played with.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapter_kubernetes::{KubeCluster, KubeSettings};
use domain::{ContainerId, Run, Workload};
use futures_util::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use ports::{LogQuery, Logs, WorkloadState, Workloads};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Everything, from the beginning.
pub(crate) const WHOLE: LogQuery =
    LogQuery { follow: false, stdout: true, stderr: true, since: None, until: None, tail: None, timestamps: false };

static COUNT: AtomicU64 = AtomicU64::new(0);

/// The cluster, seen by us and by somebody with all rights.
pub(crate) struct Arena {
    pub(crate) cluster: Arc<KubeCluster>,
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) kubeconfig: PathBuf,
}

/// Runs `test` in a namespace of its own; says so if there is no cluster to run it on.
#[allow(clippy::print_stderr)]
pub(crate) async fn on_the_cluster(name: &str, test: impl AsyncFnOnce(Arena)) {
    let Some(kubeconfig) = std::env::var_os("KUBEDOCK_TEST_KUBECONFIG").map(PathBuf::from) else {
        eprintln!("left out: KUBEDOCK_TEST_KUBECONFIG names no cluster");
        return;
    };
    let client = client(&kubeconfig).await;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace = format!("kubedock-test-{name}-{}", nanos());
    let mut object = Namespace::default();
    object.metadata.name = Some(namespace.clone());
    namespaces.create(&PostParams::default(), &object).await.unwrap();
    let cluster = KubeCluster::connect(settings(&kubeconfig, &namespace)).await.unwrap();
    let arena = Arena { cluster, client, namespace: namespace.clone(), kubeconfig };
    let outcome = AssertUnwindSafe(test(arena)).catch_unwind().await;
    namespaces.delete(&namespace, &DeleteParams::default()).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

pub(crate) fn settings(kubeconfig: &std::path::Path, namespace: &str) -> KubeSettings {
    let (kubeconfig, namespace) = (Some(kubeconfig.to_owned()), Some(namespace.to_owned()));
    KubeSettings { kubeconfig, namespace, ..KubeSettings::new("c0c0c0c0c0c0") }
}

async fn client(kubeconfig: &std::path::Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

pub(crate) fn nanos() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

/// 32 bytes that nobody else uses; `count` tells them apart.
pub(crate) fn container_id(count: u64) -> [u8; 32] {
    let mut bytes = [0xab; 32];
    bytes[..8].copy_from_slice(&(nanos().rotate_left(24) ^ count).to_be_bytes());
    bytes[8..16].copy_from_slice(&count.to_be_bytes());
    bytes
}

/// A container that runs a shell script.
pub(crate) fn script(text: &str) -> Workload {
    let run = Run { container: ContainerId::from_bytes(container_id(COUNT.fetch_add(1, Ordering::Relaxed))), number: 1 };
    Workload { entrypoint: Some(["sh", "-c", text].map(str::to_owned).to_vec()), ..Workload::new(run, "test", "busybox:latest") }
}

/// Waits until `run` is in a state like this.
pub(crate) async fn until(cluster: &KubeCluster, run: &Run, wanted: impl Fn(&WorkloadState) -> bool) -> WorkloadState {
    let mut events = cluster.watch();
    let mut last = None;
    let waiting = async {
        loop {
            let event = events.next().await.unwrap();
            if event.run == *run {
                if wanted(&event.state) {
                    return event.state;
                }
                last = Some(event.state);
            }
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(state) => state,
        Err(_) => panic!("the state never came; the last one was {last:?}"),
    }
}

pub(crate) fn is_running(state: &WorkloadState) -> bool {
    matches!(state, WorkloadState::Running { .. })
}

pub(crate) fn is_ended(state: &WorkloadState) -> bool {
    matches!(state, WorkloadState::Ended(_))
}

/// Runs it to its end and returns what it printed.
pub(crate) async fn output(cluster: &KubeCluster, workload: &Workload) -> String {
    cluster.launch(workload).await.unwrap();
    until(cluster, &workload.run, is_ended).await;
    log(cluster, &workload.run, &WHOLE).await
}

pub(crate) async fn log(cluster: &KubeCluster, run: &Run, query: &LogQuery) -> String {
    let mut lines = cluster.read(run, query).await.unwrap();
    let mut text = Vec::new();
    let reading = async {
        while let Some(line) = lines.next().await {
            text.extend_from_slice(line.unwrap().output.bytes());
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the log ends");
    String::from_utf8_lossy(&text).into_owned()
}
