//! From a pod's status to where its run is.

use domain::{Cause, Exit, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use ports::{StartFailure, WorkloadState};

use crate::pod::MAIN;

/// The code of a process that somebody killed, for ends of which the cluster tells no code.
const KILLED: i32 = 137;

/// Reasons to wait after which the kubelet tries again for ever, and always in vain unless somebody repairs what is wrong.
const HOPELESS: [&str; 12] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "SignatureValidationFailed",
    "RegistryUnavailable",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "CrashLoopBackOff",
];

/// Signs in a message of the kubelet that the next try may succeed: the network, or a registry or runtime that is overloaded.
const PASSING: [&str; 16] = [
    "timeout",
    "timed out",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "no such host",
    "temporary failure",
    "network is unreachable",
    "no route to host",
    "unexpected eof",
    "tls handshake",
    "toomanyrequests",
    "429 too many",
    "500 internal server",
    "503 service",
    "failed to reserve container name",
];

/// Where the run of this pod is, judged by the pod alone.
pub(crate) fn state(pod: &Pod) -> WorkloadState {
    let Some(status) = &pod.status else { return WorkloadState::Waiting(String::new()) };
    let main = status.container_statuses.iter().flatten().find(|container| container.name == MAIN);
    let current = main.and_then(|main| main.state.as_ref());
    if let Some(end) = current.and_then(|state| state.terminated.as_ref()) {
        return ended(end, status);
    }
    if status.phase.as_deref() == Some("Failed") {
        return failed(pod, status, main);
    }
    if let Some(running) = current.and_then(|state| state.running.as_ref()) {
        return WorkloadState::Running {
            started_at: timestamp(running.started_at.as_ref()).unwrap_or(Timestamp::from_nanos(0)),
            address: status.pod_ip.as_deref().and_then(|ip| ip.parse().ok()),
        };
    }
    match current.and_then(|state| state.waiting.as_ref()) {
        Some(waiting) => waiting_state(waiting),
        None => WorkloadState::Waiting(unscheduled(status)),
    }
}

/// What is news about a run that was last in state `before`, now that its pod looks like this; `None` if nothing is. An end is final.
pub(crate) fn news(before: Option<&WorkloadState>, pod: &Pod) -> Option<WorkloadState> {
    match (before, state(pod)) {
        (Some(WorkloadState::Ended(_) | WorkloadState::Failed(_) | WorkloadState::Gone), _) => None,
        // It ran, so this is an end and not a start that failed, whatever the node forgot to report.
        (Some(WorkloadState::Running { started_at, .. }), WorkloadState::Failed(failure)) => Some(WorkloadState::Ended(Exit {
            code: KILLED,
            cause: Cause::Ended,
            message: failure.message,
            started_at: Some(*started_at),
            finished_at: last_change(pod).max(*started_at),
        })),
        (Some(WorkloadState::Running { .. }), WorkloadState::Waiting(_)) => None,
        (before, now) => (before != Some(&now)).then_some(now),
    }
}

/// What is news about a run that was last in state `before` when its pod is removed and looked like `last` then: its end, if only now it is
/// seen, before it is gone.
pub(crate) fn news_of_removal(before: Option<&WorkloadState>, last: &Pod) -> impl Iterator<Item = WorkloadState> {
    let end = news(before, last).filter(|state| matches!(state, WorkloadState::Ended(_)));
    end.into_iter().chain([WorkloadState::Gone])
}

fn ended(end: &ContainerStateTerminated, status: &PodStatus) -> WorkloadState {
    let reason = end.reason.as_deref().unwrap_or_default();
    if matches!(reason, "StartError" | "ContainerCannotRun") {
        let message = end.message.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| reason.to_owned());
        return WorkloadState::Failed(StartFailure { code: start_code(&message), message });
    }
    // A container's own message is what it wrote to /dev/termination-log, which is no news about its end; the kubelet's is.
    let message = match reason {
        "ContainerStatusUnknown" => sentence(reason, end.message.as_deref()),
        _ => status.reason.as_deref().map(|reason| sentence(reason, status.message.as_deref())).unwrap_or_default(),
    };
    let started_at = timestamp(end.started_at.as_ref()).filter(|at| at.as_nanos() > 0);
    let finished_at = timestamp(end.finished_at.as_ref()).or(started_at).unwrap_or(Timestamp::from_nanos(0));
    WorkloadState::Ended(Exit {
        code: end.exit_code,
        cause: if reason == "OOMKilled" { Cause::OutOfMemory } else { Cause::Ended },
        message,
        // The runtime notes the start once it is over, which a short process does not wait for.
        started_at: started_at.map(|at| at.min(finished_at)),
        finished_at,
    })
}

/// A pod that failed as a whole, without a word about how its container ended: evicted, refused by its node, or its node is lost.
fn failed(pod: &Pod, status: &PodStatus, main: Option<&ContainerStatus>) -> WorkloadState {
    let message = sentence(status.reason.as_deref().unwrap_or("Failed"), status.message.as_deref());
    let running = main.and_then(|main| main.state.as_ref()?.running.as_ref());
    let last = main.and_then(|main| main.last_state.as_ref()?.terminated.as_ref());
    let Some(started_at) = running.map(|r| r.started_at.as_ref()).or(last.map(|l| l.started_at.as_ref())) else {
        return WorkloadState::Failed(StartFailure { code: 128, message });
    };
    WorkloadState::Ended(Exit {
        code: KILLED,
        cause: Cause::Ended,
        message,
        started_at: timestamp(started_at),
        finished_at: last_change(pod),
    })
}

/// The latest point that the pod names.
fn last_change(pod: &Pod) -> Timestamp {
    let status = pod.status.iter();
    let conditions = status.clone().flat_map(|status| status.conditions.iter().flatten()).map(|c| c.last_transition_time.as_ref());
    let start = status.map(|status| status.start_time.as_ref());
    let all = conditions.chain(start).chain([pod.metadata.creation_timestamp.as_ref()]);
    all.filter_map(timestamp).max().unwrap_or(Timestamp::from_nanos(0))
}

fn waiting_state(waiting: &ContainerStateWaiting) -> WorkloadState {
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let message = sentence(reason, waiting.message.as_deref());
    if HOPELESS.contains(&reason) && !may_pass(&message) {
        return WorkloadState::Failed(StartFailure { code: start_code(&message), message });
    }
    WorkloadState::Waiting(message)
}

/// Whether the next try may succeed. An unknown image, a refused login or a broken configuration will not repair itself; a registry that
/// could not be reached may come back, so such a start goes on until the client's or the operator's patience ends.
fn may_pass(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    PASSING.iter().any(|sign| message.contains(sign))
}

/// Why a pod without any container yet waits.
fn unscheduled(status: &PodStatus) -> String {
    let refused = |kind: &str| status.conditions.iter().flatten().find(|c| c.type_ == kind && c.status == "False");
    refused("PodScheduled")
        .map(|condition| sentence(condition.reason.as_deref().unwrap_or_default(), condition.message.as_deref()))
        .unwrap_or_default()
}

/// The shell's code for a program that could not be started (moby `daemon/start.go`).
pub(crate) fn start_code(message: &str) -> i32 {
    let message = message.to_ascii_lowercase();
    let says = |text: &str| message.contains(text);
    if says("executable file not found") || says("no such file or directory") || says("not a directory") {
        127
    } else if says("permission denied") {
        126
    } else {
        128
    }
}

fn sentence(reason: &str, message: Option<&str>) -> String {
    match message.unwrap_or_default() {
        "" => reason.to_owned(),
        message if reason.is_empty() => message.to_owned(),
        message => format!("{reason}: {message}"),
    }
}

fn timestamp(time: Option<&Time>) -> Option<Timestamp> {
    i64::try_from(time?.0.as_nanosecond()).ok().map(Timestamp::from_nanos)
}

#[cfg(test)]
mod tests;
