//! Networks.

use std::collections::BTreeMap;

use domain::{EndpointSettings, Filters, Ipam, Network, NetworkId, NetworkMember, Result};

use crate::PruneReport;

/// A request for a new network.
#[derive(Debug, Clone, Default)]
pub struct NetworkRequest {
    /// Its name.
    pub name: String,
    /// The driver; empty is `bridge`.
    pub driver: String,
    /// Addresses, if the client cares.
    pub ipam: Option<Ipam>,
    /// Whether IPv4 is on; `None` is yes.
    pub enable_ipv4: Option<bool>,
    /// Whether IPv6 is on.
    pub enable_ipv6: bool,
    /// Whether it is cut off from the outside.
    pub internal: bool,
    /// Whether standalone containers may join it.
    pub attachable: bool,
    /// Whether it is the routing mesh of a swarm.
    pub ingress: bool,
    /// `local` or empty.
    pub scope: String,
    /// Options for the driver.
    pub options: BTreeMap<String, String>,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
}

/// A new network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedNetwork {
    /// Its id.
    pub id: NetworkId,
    /// What it asked for and does not get; empty usually.
    pub warning: String,
}

/// A network and who is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkView {
    /// The network.
    pub network: Network,
    /// The running containers in it.
    pub members: Vec<NetworkMember>,
}

/// Networks. `reference` is an id, a unique beginning of one, or a name.
pub trait Networks: Send + Sync {
    /// Makes a network.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if the name is taken; settings that make no sense.
    fn create(&self, request: NetworkRequest) -> Result<CreatedNetwork>;

    /// Lists networks.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn list(&self, filters: &Filters) -> Result<Vec<NetworkView>>;

    /// Looks at one.
    ///
    /// # Errors
    /// An unknown network.
    fn inspect(&self, reference: &str) -> Result<NetworkView>;

    /// Removes one.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] if it is predefined or in use.
    fn remove(&self, reference: &str) -> Result<()>;

    /// Puts a container into a network.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] with dockerd's text if it is there already.
    fn connect(&self, reference: &str, container: &str, settings: EndpointSettings) -> Result<()>;

    /// Takes a container out of a network.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] with dockerd's text if it is not there.
    fn disconnect(&self, reference: &str, container: &str, force: bool) -> Result<()>;

    /// Removes those that no container is in.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn prune(&self, filters: &Filters) -> Result<PruneReport>;
}
