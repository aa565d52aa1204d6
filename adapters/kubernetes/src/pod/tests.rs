use std::collections::BTreeMap;
use std::time::Duration;

use domain::{ContainerId, HostAlias, PullPolicy, Run, Scratch, UserIds, Workload};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::{PodSettings, grace_seconds, pod, run_of};
use crate::settings::KubeSettings;

fn settings() -> PodSettings {
    PodSettings { common: KubeSettings::new("0123456789ab"), owner: None }
}

fn workload() -> Workload {
    let run = Run { container: ContainerId::parse(&"abcdef".repeat(11)[..64]).unwrap(), number: 1 };
    Workload { hostname: "abcdefabcdef".to_owned(), ..Workload::new(run, "quirky_lamarr", "alpine:3.20") }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn full_workload() -> Workload {
    Workload {
        run: Run { number: 3, ..workload().run },
        entrypoint: Some(strings(&["/bin/sh", "-c"])),
        args: Some(strings(&["echo $(HOME) $$ $HOME; exit 3", ""])),
        env: map(&[("PRICE", "5$ $(PATH)"), ("EMPTY", "")]),
        working_dir: Some("/srv/$dir".to_owned()),
        tty: true,
        stdin: true,
        stdin_once: true,
        hostname: "My_Host.example".to_owned(),
        user: Some(UserIds { uid: 1000, gid: Some(2000) }),
        groups: vec![10, 20],
        readonly_rootfs: true,
        cap_add: strings(&["NET_ADMIN"]),
        cap_drop: strings(&["ALL"]),
        scratch: vec![Scratch { path: "/dev/shm".to_owned(), size: Some(128 << 20) }, Scratch { path: "/data".to_owned(), size: None }],
        host_aliases: [("10.0.0.1", "one"), ("10.0.0.2", "two"), ("10.0.0.1", "uno")]
            .map(|(address, name)| HostAlias { address: address.to_owned(), name: name.to_owned() })
            .to_vec(),
        memory: Some(64 << 20),
        nano_cpus: Some(250_000_001),
        stop_timeout: Duration::from_millis(1500),
        labels: map(&[
            ("org.testcontainers.session-id", "8a1b_2c"),
            ("com.example/path", "/a/b/c"),
            ("two/slashes/here", "x"),
            ("kubedock", "no"),
            ("empty", ""),
        ]),
        ..workload()
    }
}

fn full_settings() -> PodSettings {
    let common = KubeSettings {
        pod_name_prefix: "Team_A".to_owned(),
        pull_policy: PullPolicy::Always,
        service_account: Some("runner".to_owned()),
        image_pull_secrets: strings(&["registry"]),
        request_cpu: Some("1".to_owned()),
        request_memory: Some("1Gi".to_owned()),
        labels: map(&[("team", "a"), ("empty", "overridden by the client")]),
        annotations: map(&[("sidecar.istio.io/inject", "false")]),
        ..KubeSettings::new("0123456789ab")
    };
    let owner = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        name: "kubedock-0".to_owned(),
        uid: "11111111-2222-3333-4444-555555555555".to_owned(),
        ..OwnerReference::default()
    };
    PodSettings { common, owner: Some(owner) }
}

fn check(name: &str, workload: &Workload, settings: &PodSettings) {
    insta::with_settings!({ snapshot_path => "../../../../fixtures/pods", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_yaml_snapshot!(name, pod(workload, settings, None));
    });
}

#[test]
fn a_workload_that_says_nothing() {
    check("plain", &workload(), &settings());
}

#[test]
fn a_workload_that_says_everything() {
    check("full", &full_workload(), &full_settings());
}

#[test]
fn requests_that_only_the_operator_says() {
    let pod = pod(&workload(), &full_settings(), None);
    let requests = pod.spec.unwrap().containers[0].resources.clone().unwrap().requests.unwrap();
    assert_eq!(requests["cpu"].0, "1");
    assert_eq!(requests["memory"].0, "1Gi");
}

#[test]
fn a_pod_tells_its_run() {
    let mut pod = pod(&full_workload(), &settings(), None);
    assert_eq!(run_of(&pod), Some(full_workload().run));
    pod.metadata.labels = None;
    assert_eq!(run_of(&pod), None);
}

#[test]
fn ten_thousand_labels_leave_a_pod_that_the_api_accepts() {
    let labels = (0..10_000).map(|n| (format!("label-{n:05}"), "v".repeat(50))).collect();
    let pod = pod(&Workload { labels, ..workload() }, &settings(), None);
    let size = |map: Option<BTreeMap<String, String>>| map.unwrap().iter().map(|(k, v)| k.len() + v.len()).sum::<usize>();
    assert!(size(pod.metadata.annotations) < 256 << 10);
    assert!(size(pod.metadata.labels.clone()) < 256 << 10);
    assert_eq!(pod.metadata.labels.unwrap()["kubedock"], "true");
}

#[test]
fn grace_is_whole_seconds_and_never_none() {
    for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (10_000, 10)] {
        assert_eq!(grace_seconds(Duration::from_millis(millis)), seconds);
    }
    assert_eq!(grace_seconds(Duration::MAX), i64::from(u32::MAX >> 1));
}
