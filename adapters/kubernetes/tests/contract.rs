//! The contract of the outbound ports on a real cluster: the one that `KUBEDOCK_TEST_KUBECONFIG` names, in a namespace of its own.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapter_kubernetes::{KubeCluster, KubeSettings};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use ports::Ids;
use ports::contract::{Abilities, Fixture, only};

/// Unique among the runs of this suite: the clock and a counter.
struct CountedIds(std::sync::atomic::AtomicU64);

impl Ids for CountedIds {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0xab; 32];
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        bytes[..8].copy_from_slice(&(nanos() ^ (count << 32)).to_be_bytes());
        bytes[8..16].copy_from_slice(&count.to_be_bytes());
        bytes
    }
}

fn nanos() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("invariant: the clock is set");
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_cluster_keeps_the_contract() {
    let Some(file) = std::env::var_os("KUBEDOCK_TEST_KUBECONFIG") else {
        say_left_out();
        return;
    };
    let kubeconfig = Kubeconfig::read_from(&file).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(Client::try_from(config).unwrap());
    let name = format!("kubedock-contract-{}", nanos());
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.clone());
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();

    let part = std::env::var("KUBEDOCK_TEST_ONLY").unwrap_or_default();
    let outcome = tokio::spawn(keep(file.into(), name.clone(), part)).await;
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn keep(file: std::path::PathBuf, namespace: String, part: String) {
    let settings = KubeSettings { kubeconfig: Some(file), namespace: Some(namespace), ..KubeSettings::new("c0c0c0c0c0c0") };
    let cluster = KubeCluster::connect(settings).await.unwrap();
    let fixture = Fixture {
        workloads: cluster.clone(),
        processes: cluster.clone(),
        logs: cluster.clone(),
        cluster,
        ids: Arc::new(CountedIds(0.into())),
        image: "busybox:latest".to_owned(),
        patience: Duration::from_secs(30),
        parallel: 6,
        abilities: Abilities { separates: true, signals: true, kills: false },
    };
    only(&fixture, &part).await;
}

/// Says so, because a suite that silently did nothing looks like one that passed.
#[allow(clippy::print_stderr)]
fn say_left_out() {
    eprintln!("left out: KUBEDOCK_TEST_KUBECONFIG names no cluster");
}
