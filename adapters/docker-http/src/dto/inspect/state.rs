//! Where a container is in its life.

use domain::{Health, ProbeResult, State, Status};
use serde::Serialize;

use crate::dto::time::Rfc3339;

/// `ContainerState` of the API reference. The number of the process is not known: it runs on a node that nobody asks.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StateJson<'a> {
    status: &'static str,
    running: bool,
    paused: bool,
    restarting: bool,
    #[serde(rename = "OOMKilled")]
    oom_killed: bool,
    dead: bool,
    pid: u32,
    exit_code: i32,
    error: &'a str,
    started_at: Rfc3339,
    finished_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<HealthJson<'a>>,
}

impl<'a> StateJson<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        let status = state.status();
        Self {
            status: status.name(),
            running: status.is_running(),
            paused: status == Status::Paused,
            restarting: status == Status::Restarting,
            oom_killed: state.oom_killed(),
            dead: status == Status::Dead,
            pid: 0,
            exit_code: state.exit_code(),
            error: state.error(),
            started_at: Rfc3339(state.started_at()),
            finished_at: Rfc3339(state.finished_at()),
            health: state.health().map(HealthJson::new),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HealthJson<'a> {
    status: &'static str,
    failing_streak: u32,
    log: Vec<ProbeJson<'a>>,
}

impl<'a> HealthJson<'a> {
    fn new(health: &'a Health) -> Self {
        Self { status: health.status.name(), failing_streak: health.failing_streak, log: health.log.iter().map(ProbeJson::new).collect() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProbeJson<'a> {
    start: Rfc3339,
    end: Rfc3339,
    exit_code: i32,
    output: &'a str,
}

impl<'a> ProbeJson<'a> {
    fn new(probe: &'a ProbeResult) -> Self {
        Self { start: Rfc3339(Some(probe.start)), end: Rfc3339(Some(probe.end)), exit_code: probe.exit_code, output: &probe.output }
    }
}
