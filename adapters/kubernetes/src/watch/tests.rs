use domain::{ContainerId, Run};
use futures_util::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::watcher::Event;
use ports::{WorkloadEvent, WorkloadState, WorkloadStream};
use serde_json::json;

use super::{Retry, Tracker};

fn run(number: u32) -> Run {
    Run { container: ContainerId::from_bytes([7; 32]), number }
}

/// A pod of a run, with its container in this state.
fn pod(number: u32, state: serde_json::Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {
            "name": format!("pod-{number}"),
            "labels": { "kubedock.run": number.to_string() },
            "annotations": { "kubedock.containerid": run(1).container.as_str() },
        },
        "status": { "phase": "Running", "containerStatuses": [
            { "name": "main", "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": state },
        ] },
    }))
    .unwrap()
}

fn running(number: u32) -> Pod {
    pod(number, json!({ "running": { "startedAt": "2026-11-24T06:00:00Z" } }))
}

fn ended(number: u32) -> Pod {
    pod(number, json!({ "terminated": { "exitCode": 3, "finishedAt": "2026-11-24T06:00:01Z" } }))
}

fn feed(tracker: &Tracker, events: impl IntoIterator<Item = Event<Pod>>) {
    for event in events {
        tracker.event(event);
    }
}

/// What is told without waiting, as run numbers and words.
fn told(events: &mut WorkloadStream) -> Vec<String> {
    let word = |event: WorkloadEvent| {
        let word = match event.state {
            WorkloadState::Waiting(_) => "waiting".to_owned(),
            WorkloadState::Failed(_) => "failed".to_owned(),
            WorkloadState::Running { .. } => "running".to_owned(),
            WorkloadState::Ended(exit) => format!("ended {}", exit.code),
            WorkloadState::Gone => "gone".to_owned(),
        };
        format!("{} {word}", event.run.number)
    };
    std::iter::from_fn(|| events.next().now_or_never().flatten()).map(word).collect()
}

#[test]
fn subscribers_get_the_present_and_then_every_change() {
    let tracker = Tracker::default();
    let mut early = tracker.subscribe();
    feed(&tracker, [Event::Init, Event::InitApply(running(1)), Event::InitDone, Event::Apply(running(1))]);
    let mut late = tracker.subscribe();
    feed(&tracker, [Event::Apply(ended(1)), Event::Delete(ended(1))]);
    assert_eq!(told(&mut early), ["1 running", "1 ended 3", "1 gone"]);
    assert_eq!(told(&mut late), ["1 running", "1 ended 3", "1 gone"]);
    assert!(tracker.find(&run(1)).is_none());
}

#[test]
fn an_end_that_only_the_removal_shows_is_told() {
    let tracker = Tracker::default();
    let mut events = tracker.subscribe();
    feed(&tracker, [Event::Apply(running(1)), Event::Delete(ended(1))]);
    assert_eq!(told(&mut events), ["1 running", "1 ended 3", "1 gone"]);
}

#[test]
fn what_happened_while_nobody_watched_is_told_afterwards() {
    let tracker = Tracker::default();
    let mut events = tracker.subscribe();
    feed(&tracker, [Event::Init, Event::InitApply(running(1)), Event::InitApply(running(2)), Event::InitDone]);
    feed(&tracker, [Event::Init, Event::InitApply(ended(2)), Event::InitDone]);
    assert_eq!(told(&mut events), ["1 running", "2 running", "2 ended 3", "1 gone"]);
}

#[test]
fn a_pod_created_during_a_list_is_not_lost_by_it() {
    let tracker = Tracker::default();
    tracker.expect(&run(1), &running(1));
    feed(&tracker, [Event::Init]);
    tracker.expect(&run(2), &running(2));
    let mut events = tracker.subscribe();
    feed(&tracker, [Event::InitDone]);
    let mut told = told(&mut events);
    told.sort();
    assert_eq!(told, ["1 gone", "1 waiting", "2 waiting"]);
    assert!(tracker.find(&run(2)).is_some());
}

#[test]
fn a_created_pod_that_was_seen_already_keeps_its_state() {
    let tracker = Tracker::default();
    feed(&tracker, [Event::Apply(ended(1))]);
    tracker.expect(&run(1), &running(1));
    assert!(matches!(tracker.find(&run(1)).unwrap().state, WorkloadState::Ended(_)));
}

#[test]
fn pods_of_others_are_ignored() {
    let tracker = Tracker::default();
    let mut events = tracker.subscribe();
    feed(&tracker, [Event::Apply(Pod::default()), Event::Delete(Pod::default())]);
    assert!(told(&mut events).is_empty());
}

#[tokio::test]
async fn waiting_for_an_end() {
    let tracker = Tracker::default();
    tracker.ended(&run(1)).await;
    feed(&tracker, [Event::Apply(running(1))]);
    assert!(tracker.ended(&run(1)).now_or_never().is_none());
    feed(&tracker, [Event::Apply(ended(1))]);
    tracker.ended(&run(1)).await;
}

#[test]
fn tries_become_rarer_and_never_end() {
    let millis: Vec<u128> = Retry::default().map(|wait| wait.as_millis()).take(7).collect();
    assert_eq!(millis, [100, 200, 400, 800, 1600, 2000, 2000]);
    assert_eq!(Retry { failures: 4_000 }.next().map(|wait| wait.as_millis()), Some(2000));
}
