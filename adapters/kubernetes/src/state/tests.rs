use domain::{Cause, Exit, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use ports::{StartFailure, WorkloadState};
use serde_json::{Value, json};

use super::{news, news_of_removal, state};

const SECOND: i64 = 1_000_000_000;

fn pod(status: Value) -> Pod {
    serde_json::from_value(json!({ "metadata": { "creationTimestamp": "1970-01-01T00:00:01Z" }, "status": status })).unwrap()
}

/// A pod whose container `main` is in this state, beside a container that somebody injected.
fn main(container_state: &Value) -> Pod {
    pod(json!({
        "phase": "Running",
        "podIP": "10.1.2.3",
        "containerStatuses": [
            { "name": "istio-proxy", "image": "", "imageID": "", "ready": true, "restartCount": 0,
              "state": { "terminated": { "exitCode": 99, "reason": "Error" } } },
            { "name": "main", "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": container_state },
        ],
    }))
}

fn terminated(reason: &str, code: i32, message: &str) -> Pod {
    main(&json!({ "terminated": {
        "exitCode": code, "reason": reason, "message": message,
        "startedAt": "1970-01-01T00:00:02Z", "finishedAt": "1970-01-01T00:00:03Z",
    } }))
}

fn waiting(reason: &str, message: &str) -> Pod {
    main(&json!({ "waiting": { "reason": reason, "message": message } }))
}

fn end(code: i32, message: &str) -> Exit {
    Exit {
        code,
        cause: Cause::Ended,
        message: message.to_owned(),
        started_at: Some(Timestamp::from_nanos(2 * SECOND)),
        finished_at: Timestamp::from_nanos(3 * SECOND),
    }
}

fn failure(code: i32, message: &str) -> WorkloadState {
    WorkloadState::Failed(StartFailure { code, message: message.to_owned() })
}

fn running() -> WorkloadState {
    WorkloadState::Running { started_at: Timestamp::from_nanos(2 * SECOND), address: "10.1.2.3".parse().ok() }
}

#[test]
fn ends() {
    assert_eq!(state(&terminated("Completed", 0, "")), WorkloadState::Ended(end(0, "")));
    assert_eq!(state(&terminated("Error", 3, "written to the termination log")), WorkloadState::Ended(end(3, "")));
    let oom = Exit { cause: Cause::OutOfMemory, ..end(137, "") };
    assert_eq!(state(&terminated("OOMKilled", 137, "")), WorkloadState::Ended(oom));
    let lost = end(137, "ContainerStatusUnknown: The container could not be located");
    assert_eq!(state(&terminated("ContainerStatusUnknown", 137, "The container could not be located")), WorkloadState::Ended(lost));
}

#[test]
fn a_start_that_was_noted_after_the_end_is_no_later_than_it() {
    let quick = main(&json!({ "terminated": {
        "exitCode": 3, "reason": "Error", "startedAt": "1970-01-01T00:00:03Z", "finishedAt": "1970-01-01T00:00:02Z",
    } }));
    let at = Timestamp::from_nanos(2 * SECOND);
    assert_eq!(state(&quick), WorkloadState::Ended(Exit { started_at: Some(at), finished_at: at, ..end(3, "") }));
}

#[test]
fn an_end_that_the_cluster_caused_says_so() {
    let mut evicted = terminated("Error", 137, "");
    let status = evicted.status.as_mut().unwrap();
    status.reason = Some("Evicted".to_owned());
    status.message = Some("The node was low on resource: memory.".to_owned());
    assert_eq!(state(&evicted), WorkloadState::Ended(end(137, "Evicted: The node was low on resource: memory.")));
}

#[test]
fn programs_that_cannot_be_started() {
    let text = |what: &str| format!("failed to create containerd task: OCI runtime create failed: exec: \"x\": {what}: unknown");
    for (what, code) in [
        ("executable file not found in $PATH", 127),
        ("stat x: no such file or directory", 127),
        ("mkdir /etc/passwd: not a directory", 127),
        ("permission denied", 126),
        ("exec format error", 128),
    ] {
        assert_eq!(state(&terminated("StartError", 128, &text(what))), failure(code, &text(what)), "{what}");
        let waiting_text = format!("RunContainerError: {}", text(what));
        assert_eq!(state(&waiting("RunContainerError", &text(what))), failure(code, &waiting_text), "{what}");
    }
    assert_eq!(state(&terminated("ContainerCannotRun", 128, "")), failure(128, "ContainerCannotRun"));
}

#[test]
fn waits_without_hope_fail_at_once() {
    for reason in ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"] {
        assert_eq!(state(&waiting(reason, "it is wrong")), failure(128, &format!("{reason}: it is wrong")), "{reason}");
    }
}

#[test]
fn waits_that_may_pass_go_on() {
    for (reason, message) in [
        ("ContainerCreating", ""),
        ("PodInitializing", ""),
        ("ErrImagePull", "failed to do request: Head \"https://r/v2/\": dial tcp 10.0.0.1:443: connect: connection refused"),
        ("ImagePullBackOff", "Back-off pulling image \"a\": ErrImagePull: dial tcp: lookup r: no such host"),
        ("ErrImagePull", "unexpected status from HEAD request: 503 Service Unavailable"),
        ("CreateContainerError", "context deadline exceeded"),
    ] {
        assert!(matches!(state(&waiting(reason, message)), WorkloadState::Waiting(_)), "{reason} {message}");
    }
}

#[test]
fn a_pod_that_finds_no_node_waits_and_says_why() {
    let unschedulable = pod(json!({ "phase": "Pending", "conditions": [
        { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu." },
    ] }));
    assert_eq!(state(&unschedulable), WorkloadState::Waiting("Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.".to_owned()));
    assert_eq!(state(&Pod::default()), WorkloadState::Waiting(String::new()));
}

#[test]
fn a_running_container_has_an_address() {
    assert_eq!(state(&main(&json!({ "running": { "startedAt": "1970-01-01T00:00:02Z" } }))), running());
}

#[test]
fn a_pod_refused_by_its_node_never_ran() {
    let refused = pod(json!({ "phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have enough resource: cpu" }));
    assert_eq!(state(&refused), failure(128, "OutOfcpu: Node didn't have enough resource: cpu"));
    assert_eq!(news(None, &refused), Some(state(&refused)));
}

#[test]
fn a_running_pod_that_fails_without_a_code_was_killed() {
    let evicted = pod(json!({ "phase": "Failed", "reason": "Evicted", "message": "low on memory" }));
    let Some(WorkloadState::Ended(exit)) = news(Some(&running()), &evicted) else { panic!("it ended") };
    assert_eq!((exit.code, exit.message.as_str()), (137, "Evicted: low on memory"));

    let mut silent = main(&json!({ "running": { "startedAt": "1970-01-01T00:00:02Z" } }));
    silent.status.as_mut().unwrap().phase = Some("Failed".to_owned());
    let WorkloadState::Ended(exit) = state(&silent) else { panic!("it ended") };
    assert_eq!((exit.code, exit.message.as_str()), (137, "Failed"));
}

#[test]
fn only_changes_are_news_and_an_end_is_final() {
    let runs = main(&json!({ "running": { "startedAt": "1970-01-01T00:00:02Z" } }));
    let ends = terminated("Error", 3, "");
    let ended = WorkloadState::Ended(end(3, ""));
    assert_eq!(news(None, &runs), Some(running()));
    assert_eq!(news(Some(&running()), &runs), None);
    assert_eq!(news(Some(&running()), &Pod::default()), None);
    assert_eq!(news(Some(&running()), &ends), Some(ended.clone()));
    assert_eq!(news(Some(&ended), &runs), None);
    assert_eq!(news(Some(&failure(127, "x")), &runs), None);
}

#[test]
fn removal_tells_an_end_that_was_not_seen_before() {
    let ended = terminated("Error", 143, "");
    let told = |before: Option<&WorkloadState>, last: &Pod| news_of_removal(before, last).collect::<Vec<_>>();
    let end = WorkloadState::Ended(end(143, ""));
    assert_eq!(told(Some(&running()), &ended), [end.clone(), WorkloadState::Gone]);
    assert_eq!(told(Some(&end), &ended), [WorkloadState::Gone]);
    assert_eq!(told(Some(&running()), &Pod::default()), [WorkloadState::Gone]);
    assert_eq!(told(None, &waiting("ErrImagePull", "not found")), [WorkloadState::Gone]);
}
