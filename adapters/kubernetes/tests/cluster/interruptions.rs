//! What happens when the connection to the cluster breaks, and when there is none.

use std::path::Path;
use std::time::Duration;

use adapter_kubernetes::KubeCluster;
use futures_util::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, ListParams};
use kube::config::Kubeconfig;
use ports::{Kind, LogQuery, WorkloadState, Workloads};
use tokio::time::sleep;

use crate::proxy::Proxy;
use crate::support::{Arena, WHOLE, is_running, log, nanos, on_the_cluster, script, settings, until};

/// A connection to the same cluster through a wire that can be cut.
async fn through_a_proxy(arena: &Arena) -> (Proxy, std::sync::Arc<KubeCluster>) {
    let mut kubeconfig = Kubeconfig::read_from(&arena.kubeconfig).unwrap();
    let server = kubeconfig.clusters[0].cluster.as_mut().unwrap();
    let url: http::Uri = server.server.clone().unwrap().parse().unwrap();
    let host = url.host().unwrap().to_owned();
    let proxy = Proxy::to(format!("{host}:{}", url.port_u16().unwrap_or(443))).await;
    server.server = Some(format!("https://127.0.0.1:{}", proxy.port));
    server.tls_server_name = Some(host);
    let file = std::env::temp_dir().join(format!("kubedock-test-{}.yaml", nanos()));
    std::fs::write(&file, serde_json::to_vec(&kubeconfig).unwrap()).unwrap();
    let cluster = KubeCluster::connect(settings(&file, &arena.namespace)).await.unwrap();
    std::fs::remove_file(file).unwrap();
    (proxy, cluster)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missed_while_the_connection_is_broken_is_told_afterwards() {
    on_the_cluster("cut", async |arena: Arena| {
        let (proxy, cluster) = through_a_proxy(&arena).await;
        let (ends, goes) = (script("sleep 3; exit 5"), script("sleep 600"));
        let mut events = cluster.watch();
        for workload in [&ends, &goes] {
            cluster.launch(workload).await.unwrap();
            until(&cluster, &workload.run, is_running).await;
        }
        proxy.cut();
        let pods: Api<Pod> = Api::namespaced(arena.client.clone(), &arena.namespace);
        let label = ListParams::default().labels(&format!("kubedock.containerid={}", goes.run.container.short()));
        let name = pods.list(&label).await.unwrap().items[0].metadata.name.clone().unwrap();
        pods.delete(&name, &DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() }).await.unwrap();
        sleep(Duration::from_secs(4)).await;
        proxy.mend();

        let (mut ended, mut gone) = (false, false);
        let reading = async {
            while !(ended && gone) {
                let event = events.next().await.unwrap();
                ended |= event.run == ends.run && matches!(&event.state, WorkloadState::Ended(exit) if exit.code == 5);
                gone |= event.run == goes.run && matches!(event.state, WorkloadState::Gone | WorkloadState::Ended(_));
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reading).await.expect("both are told soon");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_followed_log_goes_on_without_a_gap_or_a_repetition() {
    on_the_cluster("follow", async |arena: Arena| {
        let (proxy, cluster) = through_a_proxy(&arena).await;
        let workload = script("n=0; while [ $n -lt 60 ]; do echo $n; echo e$n >&2; n=$((n + 1)); sleep 0.1; done");
        cluster.launch(&workload).await.unwrap();
        until(&cluster, &workload.run, is_running).await;
        let cutting = async {
            for _ in 0..2 {
                sleep(Duration::from_millis(1200)).await;
                proxy.cut();
                sleep(Duration::from_millis(700)).await;
                proxy.mend();
            }
        };
        let follow = LogQuery { follow: true, ..WHOLE };
        let (text, ()) = tokio::join!(log(&cluster, &workload.run, &follow), cutting);
        let lines = |error: bool| text.lines().filter(|line| line.starts_with('e') == error).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(false), (0..60).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(lines(true), (0..60).map(|n| format!("e{n}")).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_cluster_that_cannot_be_used_is_named_in_one_sentence() {
    on_the_cluster("unusable", async |arena: Arena| {
        let missing = KubeCluster::connect(settings(Path::new("/nonexistent/config"), "x")).await.err().unwrap();
        assert_eq!(missing.kind, Kind::Invalid);
        assert!(missing.context.starts_with("cannot use kubeconfig /nonexistent/config: No such file"), "{missing}");

        let (proxy, _cluster) = through_a_proxy(&arena).await;
        let mut kubeconfig = Kubeconfig::read_from(&arena.kubeconfig).unwrap();
        kubeconfig.clusters[0].cluster.as_mut().unwrap().server = Some(format!("https://127.0.0.1:{}", proxy.port));
        drop(proxy);
        let file = std::env::temp_dir().join(format!("kubedock-test-{}.yaml", nanos()));
        std::fs::write(&file, serde_json::to_vec(&kubeconfig).unwrap()).unwrap();
        let unreachable = KubeCluster::connect(settings(&file, &arena.namespace)).await.err().unwrap();
        assert_eq!(unreachable.kind, Kind::Unavailable);
        assert!(unreachable.context.contains("cannot be reached: Connection refused"), "{unreachable}");

        kubeconfig.auth_infos[0].auth_info = Some(kube::config::AuthInfo::default());
        kubeconfig.clusters = Kubeconfig::read_from(&arena.kubeconfig).unwrap().clusters;
        std::fs::write(&file, serde_json::to_vec(&kubeconfig).unwrap()).unwrap();
        let stranger = KubeCluster::connect(settings(&file, &arena.namespace)).await.err().unwrap();
        std::fs::remove_file(file).unwrap();
        assert!(matches!(stranger.kind, Kind::Forbidden | Kind::Unauthorized), "{stranger}");
        assert!(stranger.context.contains("cannot be watched"), "{stranger}");
    })
    .await;
}
