//! Networks: which exist, who is in them, and what follows from that.

mod connect;
mod create;
mod endpoints;
mod list;
mod pools;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{
    Action, ContainerId, EndpointSettings, Error, Event, EventKind, Filters, Network, NetworkId, NetworkMember, PREDEFINED_NETWORKS,
    Result, Subnet, Timestamp,
};
use ports::{CreatedNetwork, Ids, NetworkRequest, NetworkView, Networks, PruneReport};

pub(crate) use endpoints::{attach_endpoints, check_networks, detach_endpoints, initial_endpoints, readdress, rename_endpoints};

use crate::core::Core;
use crate::daemon::Handle;
use crate::events::event;

/// A network, and what its view does not show.
struct Known {
    network: Network,
    /// The subnets that the client chose, in which it may choose addresses too.
    chosen: Vec<Subnet>,
}

/// What changes, as one value.
#[derive(Default)]
struct State {
    /// In the order in which they were made.
    networks: Vec<Known>,
    /// The addresses of the containers that run, which each of their endpoints shows.
    addresses: HashMap<ContainerId, IpAddr>,
}

/// All networks.
///
/// Its lock is the innermost one: whoever holds it asks for no other, so it may be taken while a container is being changed.
pub(crate) struct NetworkStore(RwLock<State>);

impl NetworkStore {
    /// The three networks that always exist.
    pub(crate) fn new(ids: &dyn Ids, now: Timestamp) -> Self {
        let id = || NetworkId::from_bytes(ids.bytes());
        let networks = PREDEFINED_NETWORKS.map(|name| Known { network: create::predefined(name, id(), now), chosen: Vec::new() });
        Self(RwLock::new(State { networks: networks.into(), addresses: HashMap::new() }))
    }

    /// The network meant by a whole id, a name, or a unique beginning of an id, in this order (moby `daemon.FindNetwork`).
    pub(crate) fn find(&self, reference: &str) -> Result<Network> {
        let state = self.read();
        let all = || state.networks.iter().map(|known| &known.network);
        let whole = all().find(|network| network.id.as_str() == reference).or_else(|| all().find(|network| network.name == reference));
        if let Some(network) = whole {
            return Ok(network.clone());
        }
        let matching: Vec<&Network> = all().filter(|network| !reference.is_empty() && network.id.as_str().starts_with(reference)).collect();
        match matching[..] {
            [network] => Ok(network.clone()),
            [] => Err(Error::NotFound(format!("network {reference} not found"))),
            _ => Err(Error::Invalid(format!("network {reference} is ambiguous ({} matches found based on ID prefix)", matching.len()))),
        }
    }

    /// The subnets of a network that the client chose.
    fn chosen(&self, id: &NetworkId) -> Vec<Subnet> {
        self.read().networks.iter().find(|known| known.network.id == *id).map(|known| known.chosen.clone()).unwrap_or_default()
    }

    fn all(&self) -> Vec<Network> {
        self.read().networks.iter().map(|known| known.network.clone()).collect()
    }

    /// Takes a network out; whether it was there.
    fn take(&self, id: &NetworkId) -> bool {
        let mut state = self.write();
        let before = state.networks.len();
        state.networks.retain(|known| known.network.id != *id);
        state.networks.len() < before
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().expect("invariant: no panic while holding it")
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().expect("invariant: no panic while holding it")
    }
}

impl Networks for Handle {
    fn create(&self, request: NetworkRequest) -> Result<CreatedNetwork> {
        let core = &self.0;
        let network = core.networks.create(request, NetworkId::from_bytes(core.outbound.ids.bytes()), core.now())?;
        core.events.publish(network_event(&network, Action::Create, network.created, None));
        Ok(CreatedNetwork { id: network.id, warning: String::new() })
    }

    fn list(&self, filters: &Filters) -> Result<Vec<NetworkView>> {
        list::list(&self.0, filters)
    }

    fn inspect(&self, reference: &str) -> Result<NetworkView> {
        let network = self.0.networks.find(reference)?;
        Ok(NetworkView { members: members(&self.0, &network.id), network })
    }

    fn remove(&self, reference: &str) -> Result<()> {
        let core = &self.0;
        let network = core.networks.find(reference)?;
        if network.is_predefined() {
            return Err(Error::Forbidden(format!("{} is a pre-defined network and cannot be removed", network.name)));
        }
        if !members(core, &network.id).is_empty() {
            return Err(Error::Forbidden(format!(
                "error while removing network: network {} id {} has active endpoints",
                network.name, network.id
            )));
        }
        if !core.networks.take(&network.id) {
            return Err(Error::NotFound(format!("network {reference} not found")));
        }
        core.events.publish(network_event(&network, Action::Destroy, core.now(), None));
        Ok(())
    }

    fn connect(&self, reference: &str, container: &str, settings: EndpointSettings) -> Result<()> {
        connect::connect(&self.0, reference, container, settings)
    }

    fn disconnect(&self, reference: &str, container: &str, force: bool) -> Result<()> {
        connect::disconnect(&self.0, reference, container, force)
    }

    fn prune(&self, filters: &Filters) -> Result<PruneReport> {
        list::prune(&self.0, filters)
    }
}

/// The running containers in a network, by name.
fn members(core: &Core, network: &NetworkId) -> Vec<NetworkMember> {
    list::memberships(core).remove(network).unwrap_or_default()
}

/// An event about a network, and perhaps about a container in it.
fn network_event(network: &Network, action: Action, time: Timestamp, container: Option<&ContainerId>) -> Event {
    let mut event = event(EventKind::Network, action, network.id.as_str(), time, &[("name", &network.name), ("type", &network.driver)]);
    if let Some(container) = container {
        event.attributes.insert("container".to_owned(), container.to_string());
    }
    event
}

#[cfg(test)]
mod tests;
