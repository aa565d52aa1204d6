//! What only a real cluster can show about our pods.

use std::collections::BTreeMap;
use std::time::Duration;

use adapter_kubernetes::{KubeCluster, KubeSettings};
use domain::{Run, Scratch, UserIds, Workload};
use k8s_openapi::api::core::v1::{Namespace, Pod, ResourceQuota};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use ports::{Kind, WorkloadState, Workloads};
use serde_json::json;

use crate::support::{Arena, PATIENCE, WHOLE, is_ended, is_running, log, on_the_cluster, output, script, settings, until};

#[tokio::test]
async fn words_with_dollars_reach_the_process_as_written() {
    on_the_cluster("dollars", async |arena: Arena| {
        let text = r#"printf '%s|' '$(HOME) $$ $HOME $$(X)' "$PRICE" "$1""#;
        let mut workload = script(text);
        workload.entrypoint.as_mut().unwrap().push("sh".to_owned());
        workload.args = Some(vec!["$(PRICE) $$".to_owned()]);
        workload.env = BTreeMap::from([("PRICE".to_owned(), "5$ $(HOME) $$".to_owned())]);
        assert_eq!(output(&arena.cluster, &workload).await, "$(HOME) $$ $HOME $$(X)|5$ $(HOME) $$|$(PRICE) $$|");
    })
    .await;
}

#[tokio::test]
async fn surroundings_are_as_asked_for() {
    on_the_cluster("surroundings", async |arena: Arena| {
        let text = "id -u; id -g; id -G; hostname; pwd; touch /x 2>/dev/null || echo readonly; df -P /dev/shm | tail -n1 | awk '{print $2}'; \
                    grep -c KUBERNETES /proc/self/environ; ls /var/run/secrets 2>/dev/null; grep -c extra /etc/hosts";
        let workload = Workload {
            user: Some(UserIds { uid: 1000, gid: Some(2000) }),
            groups: vec![3000],
            hostname: "My_Host".to_owned(),
            working_dir: Some("/tmp".to_owned()),
            readonly_rootfs: true,
            scratch: vec![Scratch { path: "/dev/shm".to_owned(), size: Some(32 << 20) }],
            host_aliases: vec![domain::HostAlias { address: "10.0.0.1".to_owned(), name: "extra".to_owned() }],
            labels: BTreeMap::from([("two/slashes/in it".to_owned(), "§".to_owned())]),
            ..script(text)
        };
        let printed = output(&arena.cluster, &workload).await;
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[..2], ["1000", "2000"]);
        assert!(lines[2].split(' ').any(|group| group == "3000"), "{printed}");
        assert_eq!(lines[3..7], ["my-host", "/tmp", "readonly", "32768"]);
        assert_eq!(lines[8..], ["1"], "no credentials, and the extra host: {printed}");
    })
    .await;
}

#[tokio::test]
async fn refusals_keep_the_clusters_words() {
    on_the_cluster("refusals", async |arena: Arena| {
        let bad_env = Workload { env: BTreeMap::from([("A=B\n".to_owned(), String::new())]), ..script("true") };
        let error = arena.cluster.launch(&bad_env).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{error}");

        let workload = script("true");
        arena.cluster.launch(&workload).await.unwrap();
        assert_eq!(arena.cluster.launch(&workload).await.unwrap_err().kind, Kind::Conflict);

        let quota = serde_json::from_value(json!({ "metadata": { "name": "few" }, "spec": { "hard": { "pods": "0" } } })).unwrap();
        let quotas: Api<ResourceQuota> = Api::namespaced(arena.client.clone(), &arena.namespace);
        quotas.create(&PostParams::default(), &quota).await.unwrap();
        // A quota counts once a controller has looked at it.
        while quotas.get_status("few").await.unwrap().status.is_none_or(|status| status.hard.is_none()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let error = arena.cluster.launch(&script("true")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Forbidden);
        assert!(error.context.contains("exceeded quota: few"), "{error}");
        quotas.delete("few", &DeleteParams::default()).await.unwrap();

        let label = json!({ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "restricted" } } });
        let namespaces: Api<Namespace> = Api::all(arena.client.clone());
        namespaces.patch(&arena.namespace, &PatchParams::default(), &Patch::Merge(label)).await.unwrap();
        // The label counts once the API server's admission has heard of it.
        let refused = async {
            loop {
                if let Err(error) = arena.cluster.launch(&script("true")).await {
                    return error;
                }
            }
        };
        let error = tokio::time::timeout(PATIENCE, refused).await.expect("it is refused");
        assert_eq!(error.kind, Kind::Forbidden);
        assert!(error.context.contains("violates PodSecurity \"restricted"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn starts_that_cannot_succeed_fail_at_once_and_others_say_why_they_wait() {
    on_the_cluster("starts", async |arena: Arena| {
        let failed = async |workload: Workload| {
            arena.cluster.launch(&workload).await.unwrap();
            match until(&arena.cluster, &workload.run, |state| !matches!(state, WorkloadState::Waiting(_))).await {
                WorkloadState::Failed(failure) => failure,
                other => panic!("{other:?}"),
            }
        };
        let missing = failed(Workload { image: "no-such-image:1".to_owned(), ..script("true") }).await;
        assert!(missing.message.contains("not found"), "{missing:?}");
        let nonsense = failed(Workload { image: "Bad::image".to_owned(), ..script("true") }).await;
        assert!(nonsense.message.contains("InvalidImageName"), "{nonsense:?}");
        let directory = failed(Workload { working_dir: Some("/etc/passwd".to_owned()), ..script("true") }).await;
        assert_eq!(directory.code, 127, "{directory:?}");

        let huge = Workload { memory: Some(1 << 50), ..script("true") };
        arena.cluster.launch(&huge).await.unwrap();
        let says = |state: &WorkloadState| matches!(state, WorkloadState::Waiting(why) if why.contains("Insufficient memory"));
        until(&arena.cluster, &huge.run, says).await;
    })
    .await;
}

#[tokio::test]
async fn an_end_is_told_when_somebody_else_deletes_the_pod() {
    on_the_cluster("deleted", async |arena: Arena| {
        let workload = script("trap 'exit 9' TERM; while true; do sleep 0.1; done");
        arena.cluster.launch(&workload).await.unwrap();
        until(&arena.cluster, &workload.run, is_running).await;
        let pods: Api<Pod> = Api::namespaced(arena.client.clone(), &arena.namespace);
        for pod in pods.list(&ListParams::default()).await.unwrap() {
            pods.delete(&pod.metadata.name.unwrap(), &DeleteParams::default()).await.unwrap();
        }
        let WorkloadState::Ended(exit) = until(&arena.cluster, &workload.run, is_ended).await else { unreachable!() };
        assert_eq!(exit.code, 9);
        until(&arena.cluster, &workload.run, |state| *state == WorkloadState::Gone).await;
    })
    .await;
}

#[tokio::test]
async fn the_next_run_does_not_wait_for_the_last_one() {
    on_the_cluster("restart", async |arena: Arena| {
        let first = script("trap '' TERM; echo first; while true; do sleep 0.1; done");
        arena.cluster.launch(&first).await.unwrap();
        until(&arena.cluster, &first.run, is_running).await;
        arena.cluster.stop(&first.run, None, Duration::from_secs(5)).await.unwrap();
        let second = Workload { run: Run { number: 2, ..first.run.clone() }, ..script("echo second") };
        assert_eq!(output(&arena.cluster, &second).await, "second\n");
        until(&arena.cluster, &first.run, is_ended).await;
        until(&arena.cluster, &first.run, |state| *state == WorkloadState::Gone).await;
        assert_eq!(log(&arena.cluster, &first.run, &WHOLE).await, "first\n");
    })
    .await;
}

#[tokio::test]
async fn another_server_in_the_namespace_is_left_alone() {
    on_the_cluster("two", async |arena: Arena| {
        let other = KubeSettings { instance: "d1d1d1d1d1d1".to_owned(), ..settings(&arena.kubeconfig, &arena.namespace) };
        let other = KubeCluster::connect(other).await.unwrap();
        let (ours, theirs) = (script("sleep 600"), script("sleep 600"));
        arena.cluster.launch(&ours).await.unwrap();
        other.launch(&theirs).await.unwrap();
        until(&other, &theirs.run, is_running).await;
        other.remove_all().await.unwrap();
        until(&arena.cluster, &ours.run, is_running).await;
        let pods: Api<Pod> = Api::namespaced(arena.client.clone(), &arena.namespace);
        let left = pods.list_metadata(&ListParams::default()).await.unwrap();
        assert_eq!(left.items.len(), 1);
        assert_eq!(left.items[0].metadata.labels.as_ref().unwrap()["kubedock.id"], "c0c0c0c0c0c0");
    })
    .await;
}
