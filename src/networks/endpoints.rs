//! The places of containers in networks, through the life of a container.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::{
    Action, Container, ContainerId, ContainerSpec, Endpoint, EndpointSettings, Error, Event, IpamPool, Network, NetworkMode, Result, Subnet,
};

use super::network_event;
use crate::core::Core;

/// The endpoints of a new container. Networks that do not exist are kept: dockerd looks for them at the start.
pub(crate) fn initial_endpoints(core: &Core, spec: &ContainerSpec) -> Result<BTreeMap<String, Endpoint>> {
    let mode = NetworkMode::parse(&spec.host.network_mode);
    let main = match &mode {
        NetworkMode::Container(_) => return Ok(BTreeMap::new()),
        _ if spec.config.network_disabled => return Ok(BTreeMap::new()),
        NetworkMode::Bridge => "bridge",
        NetworkMode::Host => "host",
        NetworkMode::None => "none",
        NetworkMode::Network(name) => name,
    };
    let mut endpoints = BTreeMap::new();
    for (name, settings) in &spec.endpoints {
        let name = if name == "default" { "bridge" } else { name };
        let network = core.networks.find(name).ok();
        if let Some(network) = &network {
            let checked = settings.check_in(&network.name, Some(&core.networks.chosen(&network.id)));
            checked.map_err(|error| Error::Invalid(format!("invalid config for network {name}: {error}")))?;
        }
        endpoints.insert(network.map_or_else(|| name.to_owned(), |network| network.name), Endpoint::unconnected(settings.clone()));
    }
    if endpoints.is_empty() {
        let name = core.networks.find(main).map_or_else(|_| main.to_owned(), |network| network.name);
        endpoints.insert(name, Endpoint::unconnected(EndpointSettings::default()));
    }
    Ok(endpoints)
}

/// Makes sure before a start that all networks of a container exist.
pub(crate) fn check_networks(core: &Core, container: &Container) -> Result<()> {
    container.endpoints.iter().try_for_each(|(name, endpoint)| network_of(core, name, endpoint).map(|_| ()))
}

/// The network of an endpoint: by the id it had when it was connected last, else by name (moby `getNetworkID`).
pub(super) fn network_of(core: &Core, name: &str, endpoint: &Endpoint) -> Result<Network> {
    core.networks.find(endpoint.network.as_ref().map_or(name, |id| id.as_str()))
}

/// Connects the endpoints of a container that begins to run at `address`; the default bridge first, as dockerd does.
pub(crate) fn attach_endpoints(core: &Core, container: &mut Container, address: Option<IpAddr>) -> Vec<Event> {
    set_address(core, &container.id, address);
    let mut endpoints: Vec<(String, Endpoint)> = std::mem::take(&mut container.endpoints).into_iter().collect();
    endpoints.sort_by_key(|(name, _)| name != "bridge");
    let mut events = Vec::new();
    for (name, mut endpoint) in endpoints {
        // Removed since the start was checked: the container runs without it.
        let Ok(network) = network_of(core, &name, &endpoint) else {
            container.endpoints.insert(name, endpoint);
            continue;
        };
        events.push(join(core, container, &network, &mut endpoint, address));
        container.endpoints.insert(network.name, endpoint);
    }
    events
}

/// Connects one endpoint of a running container.
pub(super) fn join(core: &Core, container: &Container, network: &Network, endpoint: &mut Endpoint, address: Option<IpAddr>) -> Event {
    endpoint.network = Some(network.id.clone());
    endpoint.dns_names = dns_names(container, network, &endpoint.settings);
    endpoint.id = domain::NetworkId::from_bytes(core.outbound.ids.bytes()).to_string();
    place(network, endpoint, address);
    network_event(network, Action::Connect, core.now(), Some(&container.id))
}

/// Gives an endpoint what follows from the container's address. Networks without pools show none.
fn place(network: &Network, endpoint: &mut Endpoint, address: Option<IpAddr>) {
    let Some((pool, subnet)) = pool_for(network, address) else { return };
    endpoint.address = address;
    endpoint.prefix_length = if address.is_some() { subnet.length() } else { 0 };
    endpoint.gateway = match pool.gateway.as_str() {
        // Nothing leads out of it.
        _ if network.internal => String::new(),
        "" => subnet.gateway().to_string(),
        gateway => gateway.to_owned(),
    };
    endpoint.mac_address = mac_address(&endpoint.id, address);
}

/// The network's pool of the address' family, or its first one.
fn pool_for(network: &Network, address: Option<IpAddr>) -> Option<(&IpamPool, Subnet)> {
    let pools = || network.ipam.pools.iter().filter_map(|pool| Subnet::parse(&pool.subnet).map(|subnet| (pool, subnet)));
    let fits = |subnet: &Subnet| subnet.is_ipv6() == address.is_some_and(|address| address.is_ipv6());
    pools().find(|(_, subnet)| fits(subnet)).or_else(|| pools().next())
}

/// `02:42` and the address, as dockerd makes it; where that is not IPv4, a part of the endpoint's id.
fn mac_address(endpoint: &str, address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        }
        _ => format!("02:42:{}:{}:{}:{}", &endpoint[..2], &endpoint[2..4], &endpoint[4..6], &endpoint[6..8]),
    }
}

/// The names of a container in a network; there are none in predefined ones (moby `buildEndpointDNSNames`).
pub(super) fn dns_names(container: &Container, network: &Network, settings: &EndpointSettings) -> Option<Vec<String>> {
    if network.is_predefined() {
        return None;
    }
    let hostname = Some(container.spec.config.hostname.as_str()).filter(|name| !name.is_empty());
    let mut names: Vec<String> = Vec::new();
    let all = [container.name.as_str()]
        .into_iter()
        .chain(settings.aliases.iter().map(String::as_str))
        .chain([container.id.short()])
        .chain(hostname);
    for name in all {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Some(names)
}

/// A container has another name now, and so has each endpoint that has names at all.
pub(crate) fn rename_endpoints(core: &Core, container: &mut Container) {
    let mut endpoints = std::mem::take(&mut container.endpoints);
    for (name, endpoint) in endpoints.iter_mut().filter(|(_, endpoint)| endpoint.dns_names.is_some()) {
        if let Ok(network) = network_of(core, name, endpoint) {
            endpoint.dns_names = dns_names(container, &network, &endpoint.settings);
        }
    }
    container.endpoints = endpoints;
}

/// Disconnects the endpoints of a container that ended; what was asked for stays.
pub(crate) fn detach_endpoints(core: &Core, container: &mut Container) -> Vec<Event> {
    set_address(core, &container.id, None);
    let id = container.id.clone();
    let mut events = Vec::new();
    for (name, endpoint) in &mut container.endpoints {
        if endpoint.id.is_empty() {
            continue;
        }
        leave(endpoint);
        if let Ok(network) = network_of(core, name, endpoint) {
            events.push(network_event(&network, Action::Disconnect, core.now(), Some(&id)));
        }
    }
    events
}

fn leave(endpoint: &mut Endpoint) {
    endpoint.id.clear();
    endpoint.address = None;
    endpoint.prefix_length = 0;
    endpoint.gateway.clear();
    endpoint.mac_address.clear();
}

/// A running container has an address now, or another one.
pub(crate) fn readdress(core: &Core, container: &mut Container, address: Option<IpAddr>) {
    if address.is_none() || address_of(core, &container.id) == address {
        return;
    }
    set_address(core, &container.id, address);
    for (name, endpoint) in &mut container.endpoints {
        if let Ok(network) = network_of(core, name, endpoint)
            && !endpoint.id.is_empty()
        {
            place(&network, endpoint, address);
        }
    }
}

/// The address of a running container.
pub(super) fn address_of(core: &Core, container: &ContainerId) -> Option<IpAddr> {
    core.networks.read().addresses.get(container).copied()
}

fn set_address(core: &Core, container: &ContainerId, address: Option<IpAddr>) {
    let mut state = core.networks.write();
    match address {
        Some(address) => state.addresses.insert(container.clone(), address),
        None => state.addresses.remove(container),
    };
}
