//! `GET /containers/json`.

use std::collections::BTreeMap;

use domain::{Container, Endpoint, PortSpec, State, Status, Timestamp};
use ports::{ContainerView, PruneReport};
use serde::Serialize;

use super::inspect::{EndpointJson, MountPointJson, Slashed, command, network_mode, ports};
use super::time::human;
use super::write::{Mapped, Shown, some};
use crate::version::ApiVersion;

/// `ContainerSummary` of the API reference. Sizes are left out, as dockerd leaves out those that are 0.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContainerSummary<'a> {
    id: &'a str,
    names: [Shown<Slashed<'a>>; 1],
    image: &'a str,
    #[serde(rename = "ImageID")]
    image_id: &'a str,
    command: String,
    created: i64,
    ports: Vec<PortJson>,
    labels: &'a BTreeMap<String, String>,
    state: &'static str,
    status: String,
    host_config: HostConfigSummary<'a>,
    network_settings: NetworkSettingsSummary<'a>,
    mounts: Vec<MountPointJson<'a>>,
}

impl<'a> ContainerSummary<'a> {
    /// The container as a client that speaks `version` sees it.
    pub(crate) fn new(view: &'a ContainerView, version: ApiVersion) -> Self {
        let container: &Container = &view.container;
        let mut mounts: Vec<_> = container.mounts.iter().map(MountPointJson::new).collect();
        mounts.sort_by_key(|mount| mount.destination);
        Self {
            id: container.id.as_str(),
            names: [Shown(Some(Slashed(container.name.as_str())))],
            image: &view.image_name,
            image_id: container.image.as_str(),
            command: command_line(container),
            created: container.created.as_secs(),
            ports: ports(container).into_iter().map(PortJson::from).collect(),
            labels: &container.spec.config.labels,
            state: container.state.status().name(),
            status: status_text(&container.state, view.now),
            host_config: HostConfigSummary {
                network_mode: network_mode(&container.spec.host),
                annotations: Some(&container.spec.host.annotations).filter(|map| version.is_at_least(46) && !map.is_empty()),
            },
            network_settings: NetworkSettingsSummary { networks: Networks { endpoints: &container.endpoints, version } },
            mounts,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfigSummary<'a> {
    network_mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettingsSummary<'a> {
    networks: Networks<'a>,
}

struct Networks<'a> {
    endpoints: &'a BTreeMap<String, Endpoint>,
    version: ApiVersion,
}

impl Serialize for Networks<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let endpoint = |endpoint| EndpointJson::listed(endpoint, self.version);
        Mapped(self.endpoints, endpoint).serialize(serializer)
    }
}

/// A port of a container; it is published nowhere so far.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PortJson {
    private_port: u16,
    #[serde(rename = "Type")]
    protocol: Shown<domain::Protocol>,
}

impl From<PortSpec> for PortJson {
    fn from(port: PortSpec) -> Self {
        Self { private_port: port.port, protocol: Shown(Some(port.protocol)) }
    }
}

/// The answer of `POST /containers/prune`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContainersPruned<'a> {
    containers_deleted: Option<&'a [String]>,
    space_reclaimed: u64,
}

impl<'a> From<&'a PruneReport> for ContainersPruned<'a> {
    fn from(report: &'a PruneReport) -> Self {
        Self { containers_deleted: some(&report.removed[..]), space_reclaimed: report.reclaimed }
    }
}

/// Program and arguments in one line; arguments with blanks are quoted, and that is all (moby `container/view.go`).
fn command_line(container: &Container) -> String {
    let mut words = command(container);
    let mut line = words.next().unwrap_or_default().to_owned();
    for word in words {
        let quote = if word.contains(' ') { "'" } else { "" };
        for part in [" ", quote, word, quote] {
            line.push_str(part);
        }
    }
    line
}

/// Where it is in its life, in words (moby `container/state.go`, `String`).
fn status_text(state: &State, now: Timestamp) -> String {
    let ago = |at: Option<Timestamp>| human(at.map(|at| now.since(at)).unwrap_or_default());
    match state.status() {
        Status::Paused => format!("Up {} (Paused)", ago(state.started_at())),
        Status::Restarting => format!("Restarting ({}) {} ago", state.exit_code(), ago(state.finished_at())),
        Status::Running => match state.health() {
            Some(health) => {
                let starting = if health.status == domain::HealthStatus::Starting { "health: " } else { "" };
                format!("Up {} ({starting}{})", ago(state.started_at()), health.status.name())
            }
            None => format!("Up {}", ago(state.started_at())),
        },
        Status::Removing => "Removal In Progress".to_owned(),
        Status::Dead => "Dead".to_owned(),
        Status::Created => "Created".to_owned(),
        Status::Exited => format!("Exited ({}) {} ago", state.exit_code(), ago(state.finished_at())),
    }
}

#[cfg(test)]
mod tests;
