//! Networks and the endpoints of containers in them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::{ContainerId, NetworkId, Timestamp};

/// The networks that always exist and cannot be removed.
pub const PREDEFINED_NETWORKS: [&str; 3] = ["bridge", "host", "none"];

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Its id.
    pub id: NetworkId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// The driver: `bridge`, `host` or `null`.
    pub driver: String,
    /// `local`.
    pub scope: String,
    /// Whether IPv4 is on.
    pub enable_ipv4: bool,
    /// Whether IPv6 is on.
    pub enable_ipv6: bool,
    /// Addresses.
    pub ipam: Ipam,
    /// Whether it is cut off from the outside; kept and shown.
    pub internal: bool,
    /// Whether standalone containers may join it; kept and shown.
    pub attachable: bool,
    /// Whether it is the routing mesh of a swarm; kept and shown.
    pub ingress: bool,
    /// Options for the driver, kept and shown.
    pub options: BTreeMap<String, String>,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
}

impl Network {
    /// Whether it is one that always exists.
    #[must_use]
    pub fn is_predefined(&self) -> bool {
        PREDEFINED_NETWORKS.contains(&self.name.as_str())
    }
}

/// How a network's addresses are managed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipam {
    /// The driver, `default`.
    pub driver: String,
    /// Options for the driver; `None` is shown as null.
    pub options: Option<BTreeMap<String, String>>,
    /// The pools.
    pub pools: Vec<IpamPool>,
}

/// A range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpamPool {
    /// The subnet, `172.17.0.0/16`.
    pub subnet: String,
    /// The part of the subnet to give addresses from.
    pub ip_range: String,
    /// The gateway's address.
    pub gateway: String,
    /// Addresses that are taken.
    pub auxiliary: BTreeMap<String, String>,
}

/// What a client asked for about one network of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointSettings {
    /// Names in that network.
    pub aliases: Vec<String>,
    /// The IPv4 address asked for.
    pub ipv4_address: String,
    /// The IPv6 address asked for.
    pub ipv6_address: String,
    /// Link-local addresses asked for.
    pub link_local_ips: Vec<String>,
    /// Whether addresses were mentioned at all, so that inspect gives them back.
    pub has_ipam: bool,
    /// Links to other containers.
    pub links: Vec<String>,
    /// The MAC address asked for.
    pub mac_address: String,
    /// Options for the driver.
    pub driver_options: BTreeMap<String, String>,
    /// Which network's gateway is the default one.
    pub gateway_priority: i64,
    /// The network's id or name as the client gave it, which may differ from the key in the request.
    pub network_id: String,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The network, once the container was started in it or connected to it; what it was created with may not exist.
    pub network: Option<NetworkId>,
    /// What the client asked for.
    pub settings: EndpointSettings,
    /// The names it has in that network: the container's name, the aliases, the short id; `None` until the first start, and always in
    /// networks without names.
    pub dns_names: Option<Vec<String>>,
    /// Its own id while the container runs, 64 hexadecimal digits; empty otherwise.
    pub id: String,
    /// The container's real address while it runs.
    pub address: Option<IpAddr>,
    /// How many bits of the address name the network; 0 while it does not run.
    pub prefix_length: u8,
    /// The gateway's address while it runs; empty otherwise.
    pub gateway: String,
    /// A MAC address while it runs; empty otherwise.
    pub mac_address: String,
}

impl Endpoint {
    /// The endpoint of a container that does not run.
    #[must_use]
    pub fn unconnected(settings: EndpointSettings) -> Self {
        Self {
            network: None,
            settings,
            dns_names: None,
            id: String::new(),
            address: None,
            prefix_length: 0,
            gateway: String::new(),
            mac_address: String::new(),
        }
    }
}

/// Which network a container starts in (API reference, `HostConfig.NetworkMode`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkMode {
    /// The default bridge, asked for as `default`, `bridge` or by silence.
    Bridge,
    /// The network of the node.
    Host,
    /// No network.
    None,
    /// That of another container.
    Container(String),
    /// A network by name or id.
    Network(String),
}

impl NetworkMode {
    /// Reads the mode.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "" | "default" | "bridge" => Self::Bridge,
            "host" => Self::Host,
            "none" => Self::None,
            _ => match text.strip_prefix("container:") {
                Some(container) => Self::Container(container.to_owned()),
                None => Self::Network(text.to_owned()),
            },
        }
    }
}

/// A container as the inspection of a network shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkMember {
    /// The container.
    pub container: ContainerId,
    /// Its name.
    pub name: String,
    /// Its place.
    pub endpoint: Endpoint,
}
