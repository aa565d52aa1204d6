//! Putting containers into networks, and taking them out.

use std::net::IpAddr;

use domain::{Action, Container, Endpoint, EndpointSettings, Error, Event, Network, NetworkMode, Result, Status};

use super::endpoints::{address_of, dns_names, join, network_of};
use super::network_event;
use crate::core::Core;

/// Connects a container, running or not (moby `daemon.ConnectToNetwork`).
pub(super) fn connect(core: &Core, reference: &str, container: &str, settings: EndpointSettings) -> Result<()> {
    if container.is_empty() {
        return Err(Error::Invalid("invalid name or ID supplied: \"\"".to_owned()));
    }
    let entry = core.containers.find(container)?;
    let event = entry.change(|inner| {
        if inner.container.state.status().is_running() {
            connect_running(core, inner.edit(), reference, settings).map(Some)
        } else {
            connect_stopped(core, inner.edit(), reference, settings).map(|()| None)
        }
    })?;
    if let Some(event) = event {
        core.events.publish(event);
    }
    Ok(())
}

fn connect_running(core: &Core, container: &mut Container, reference: &str, settings: EndpointSettings) -> Result<Event> {
    if let NetworkMode::Container(_) = NetworkMode::parse(&container.spec.host.network_mode) {
        return Err(shared());
    }
    let network = core.networks.find(reference)?;
    settings.check_in(&network.name, Some(&core.networks.chosen(&network.id)))?;
    check_combination(core, container, &network)?;
    if container.endpoints.contains_key(&network.name) {
        return Err(Error::Forbidden(format!("endpoint with name {} already exists in network {}", container.name, network.name)));
    }
    let address: Option<IpAddr> = address_of(core, &container.id);
    let mut endpoint = Endpoint::unconnected(settings);
    let event = join(core, container, &network, &mut endpoint, address);
    container.endpoints.insert(network.name, endpoint);
    Ok(event)
}

/// A network that does not exist is kept, and looked for at the start.
fn connect_stopped(core: &Core, container: &mut Container, reference: &str, settings: EndpointSettings) -> Result<()> {
    check_alive(container)?;
    let Ok(network) = core.networks.find(reference) else {
        container.endpoints.insert(reference.to_owned(), Endpoint::unconnected(settings));
        return Ok(());
    };
    settings.check_in(&network.name, Some(&core.networks.chosen(&network.id)))?;
    check_combination(core, container, &network)?;
    if !container.endpoints.contains_key(&network.name) {
        let mut endpoint = Endpoint::unconnected(settings);
        endpoint.dns_names = dns_names(container, &network, &endpoint.settings);
        container.endpoints.insert(network.name, endpoint);
    }
    Ok(())
}

/// Which networks a container cannot be in at the same time (moby `updateNetworkSettings`).
fn check_combination(core: &Core, container: &Container, network: &Network) -> Result<()> {
    let mode = NetworkMode::parse(&container.spec.host.network_mode);
    if network.driver == "host" && mode != NetworkMode::Host {
        return Err(host());
    }
    let others: Vec<Network> = container.endpoints.iter().filter_map(|(name, endpoint)| network_of(core, name, endpoint).ok()).collect();
    if others.iter().any(|other| other.id == network.id) {
        return Ok(());
    }
    if network.driver != "host" && others.iter().any(|other| other.driver == "host") {
        return Err(shared());
    }
    if !others.is_empty() && (network.name == "none" || others.iter().any(|other| other.name == "none")) {
        return Err(Error::Invalid(
            "container cannot be connected to multiple networks with one of the networks in private (none) mode".to_owned(),
        ));
    }
    Ok(())
}

/// Disconnects a container, running or not (moby `daemon.DisconnectFromNetwork`).
pub(super) fn disconnect(core: &Core, reference: &str, container: &str, force: bool) -> Result<()> {
    let network = core.networks.find(reference);
    let entry = match core.containers.find(container) {
        Err(Error::NotFound(_)) if force => {
            network?;
            return Err(Error::NotFound(format!("endpoint {container} not found")));
        }
        other => other?,
    };
    let event = entry.change(|inner| {
        let running = inner.container.state.status().is_running();
        take_out(core, inner.edit(), reference, network, force, running)
    })?;
    if let Some(event) = event {
        core.events.publish(event);
    }
    Ok(())
}

fn take_out(
    core: &Core,
    container: &mut Container,
    reference: &str,
    network: Result<Network>,
    force: bool,
    running: bool,
) -> Result<Option<Event>> {
    check_alive(container)?;
    let network = match network {
        Err(error) if running && !force => return Err(error),
        other => other.ok(),
    };
    let host_mode = NetworkMode::parse(&container.spec.host.network_mode) == NetworkMode::Host;
    if running && host_mode && network.as_ref().is_some_and(|network| network.driver == "host") {
        return Err(host());
    }
    let name = network.as_ref().map_or(reference, |network| network.name.as_str());
    if container.endpoints.remove(name).is_none() {
        let article = if running { "" } else { "the " };
        return Err(Error::Forbidden(format!("container {} is not connected to {article}network {name}", container.id)));
    }
    Ok(network.map(|network| network_event(&network, Action::Disconnect, core.now(), Some(&container.id))))
}

fn check_alive(container: &Container) -> Result<()> {
    match container.state.status() {
        Status::Removing | Status::Dead => Err(Error::Conflict(format!(
            "Container {} is marked for removal and cannot be connected or disconnected to the network",
            container.id
        ))),
        _ => Ok(()),
    }
}

fn shared() -> Error {
    Error::Invalid("container sharing network namespace with another container or host cannot be connected to any other network".to_owned())
}

fn host() -> Error {
    Error::Invalid("container cannot be disconnected from host network or connected to host network".to_owned())
}
