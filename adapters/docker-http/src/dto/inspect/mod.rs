//! `GET /containers/{id}/json`.

mod config;
mod host_config;
mod mounts;
mod network_settings;
mod resources;
mod state;

use domain::Container;
use ports::ContainerView;
use serde::Serialize;

pub(crate) use config::{ConfigJson, HealthcheckJson};
pub(crate) use host_config::network_mode;
pub(crate) use mounts::MountPointJson;
pub(crate) use network_settings::{EndpointJson, ports};

use self::host_config::HostConfigJson;
use self::network_settings::NetworkSettingsJson;
use self::state::StateJson;
use super::image::GraphDriverJson;
use super::time::Rfc3339;
use super::write::{STORAGE_DRIVER, Shown};
use crate::version::ApiVersion;

/// `ContainerInspectResponse` of the API reference.
///
/// Paths on the server's host are empty: there are no such files. Sizes are 0, because the nodes do not tell them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContainerJson<'a> {
    id: &'a str,
    created: Rfc3339,
    path: &'a str,
    args: Vec<&'a str>,
    state: StateJson<'a>,
    image: &'a str,
    resolv_conf_path: &'static str,
    hostname_path: &'static str,
    hosts_path: &'static str,
    log_path: &'static str,
    name: Shown<Slashed<'a>>,
    restart_count: u32,
    driver: &'static str,
    platform: &'static str,
    mount_label: &'static str,
    process_label: &'static str,
    app_armor_profile: &'static str,
    #[serde(rename = "ExecIDs")]
    exec_ids: Option<&'a [String]>,
    host_config: HostConfigJson<'a>,
    graph_driver: GraphDriverJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_rw: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_root_fs: Option<i64>,
    mounts: Vec<MountPointJson<'a>>,
    config: ConfigJson<'a>,
    network_settings: NetworkSettingsJson<'a>,
}

impl<'a> ContainerJson<'a> {
    /// The container as a client that speaks `version` sees it; `size` asks for its sizes.
    pub(crate) fn new(view: &'a ContainerView, version: ApiVersion, size: bool) -> Self {
        let container: &Container = &view.container;
        let mut command = command(container);
        let size = size.then_some(0);
        Self {
            id: container.id.as_str(),
            created: Rfc3339(Some(container.created)),
            path: command.next().unwrap_or_default(),
            args: command.collect(),
            state: StateJson::new(&container.state),
            image: container.image.as_str(),
            resolv_conf_path: "",
            hostname_path: "",
            hosts_path: "",
            log_path: "",
            name: Shown(Some(Slashed(container.name.as_str()))),
            restart_count: container.state.restarts(),
            driver: STORAGE_DRIVER,
            platform: "linux",
            mount_label: "",
            process_label: "",
            app_armor_profile: "",
            exec_ids: super::write::some(&view.execs[..]),
            host_config: HostConfigJson::new(&container.spec.host),
            graph_driver: GraphDriverJson::default(),
            size_rw: size,
            size_root_fs: size,
            mounts: container.mounts.iter().map(MountPointJson::new).collect(),
            config: ConfigJson::of_container(&container.spec, main_mac_address(container)),
            network_settings: NetworkSettingsJson::new(container, version),
        }
    }
}

/// The MAC address asked for in the container's main network; empty without one.
fn main_mac_address(container: &Container) -> &str {
    let main = network_mode(&container.spec.host);
    container.endpoints.get(main).map_or("", |endpoint| &endpoint.settings.mac_address)
}

/// Entrypoint, then command.
pub(crate) fn command(container: &Container) -> impl Iterator<Item = &str> {
    let config = &container.spec.config;
    config.entrypoint.iter().flatten().chain(config.cmd.iter().flatten()).map(String::as_str)
}

/// A container's name as the API shows it.
#[derive(Clone, Copy)]
pub(crate) struct Slashed<'a>(pub(crate) &'a str);

impl std::fmt::Display for Slashed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}", self.0)
    }
}

#[cfg(test)]
mod tests;
