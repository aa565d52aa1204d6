//! A container's places in networks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::{Container, Endpoint, NetworkId, PREDEFINED_NETWORKS, PortSpec};
use serde::{Serialize, Serializer};

use crate::dto::write::{Shown, some};
use crate::version::ApiVersion;

/// `NetworkSettings` of the API reference. The flat fields repeat those of the default bridge.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NetworkSettingsJson<'a> {
    bridge: &'static str,
    #[serde(rename = "SandboxID")]
    sandbox_id: &'static str,
    sandbox_key: &'static str,
    ports: Ports,
    hairpin_mode: bool,
    #[serde(rename = "LinkLocalIPv6Address")]
    link_local_ipv6_address: &'static str,
    #[serde(rename = "LinkLocalIPv6PrefixLen")]
    link_local_ipv6_prefix_len: u8,
    #[serde(rename = "SecondaryIPAddresses")]
    secondary_ip_addresses: Option<()>,
    #[serde(rename = "SecondaryIPv6Addresses")]
    secondary_ipv6_addresses: Option<()>,
    #[serde(rename = "EndpointID")]
    endpoint_id: &'a str,
    gateway: &'a str,
    #[serde(rename = "GlobalIPv6Address")]
    global_ipv6_address: Shown<Ipv6Addr>,
    #[serde(rename = "GlobalIPv6PrefixLen")]
    global_ipv6_prefix_len: u8,
    #[serde(rename = "IPAddress")]
    ip_address: Shown<Ipv4Addr>,
    #[serde(rename = "IPPrefixLen")]
    ip_prefix_len: u8,
    #[serde(rename = "IPv6Gateway")]
    ipv6_gateway: &'static str,
    mac_address: &'a str,
    networks: BTreeMap<&'a str, EndpointJson<'a>>,
}

impl<'a> NetworkSettingsJson<'a> {
    pub(super) fn new(container: &'a Container, version: ApiVersion) -> Self {
        let bridge = container.endpoints.get("bridge").filter(|endpoint| !endpoint.id.is_empty());
        let address = bridge.map(Addresses::from).unwrap_or_default();
        Self {
            bridge: "",
            sandbox_id: "",
            sandbox_key: "",
            ports: Ports(ports(container)),
            hairpin_mode: false,
            link_local_ipv6_address: "",
            link_local_ipv6_prefix_len: 0,
            secondary_ip_addresses: None,
            secondary_ipv6_addresses: None,
            endpoint_id: bridge.map_or("", |endpoint| &endpoint.id),
            gateway: bridge.map_or("", |endpoint| &endpoint.gateway),
            global_ipv6_address: Shown(address.v6),
            global_ipv6_prefix_len: address.v6_length,
            ip_address: Shown(address.v4),
            ip_prefix_len: address.v4_length,
            ipv6_gateway: "",
            mac_address: bridge.map_or("", |endpoint| &endpoint.mac_address),
            networks: container
                .endpoints
                .iter()
                .map(|(name, endpoint)| (name.as_str(), EndpointJson::inspected(container, name, endpoint, version)))
                .collect(),
        }
    }
}

/// Ports and where they are published, which is nowhere so far: the cluster's network reaches them at the container's own address.
struct Ports(Vec<PortSpec>);

impl Serialize for Ports {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|port| (Shown(Some(port)), ())))
    }
}

/// The ports of a running container; none while it does not run.
pub(crate) fn ports(container: &Container) -> Vec<PortSpec> {
    if !container.state.status().is_running() {
        return Vec::new();
    }
    let spec = &container.spec;
    let ports: BTreeSet<PortSpec> = spec.config.exposed_ports.iter().chain(spec.host.port_bindings.keys()).copied().collect();
    ports.into_iter().collect()
}

/// The address of each family and its length; an endpoint has one of them at most.
#[derive(Default)]
struct Addresses {
    v4: Option<Ipv4Addr>,
    v4_length: u8,
    v6: Option<Ipv6Addr>,
    v6_length: u8,
}

impl From<&Endpoint> for Addresses {
    fn from(endpoint: &Endpoint) -> Self {
        match endpoint.address {
            Some(IpAddr::V4(address)) => Self { v4: Some(address), v4_length: endpoint.prefix_length, ..Self::default() },
            Some(IpAddr::V6(address)) => Self { v6: Some(address), v6_length: endpoint.prefix_length, ..Self::default() },
            None => Self::default(),
        }
    }
}

/// `EndpointSettings` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointJson<'a> {
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<IpamConfigJson<'a>>,
    links: Option<&'a [String]>,
    aliases: Option<Vec<&'a str>>,
    mac_address: &'a str,
    driver_opts: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gw_priority: Option<i64>,
    #[serde(rename = "NetworkID")]
    network_id: &'a str,
    #[serde(rename = "EndpointID")]
    endpoint_id: &'a str,
    gateway: &'a str,
    #[serde(rename = "IPAddress")]
    ip_address: Shown<Ipv4Addr>,
    #[serde(rename = "IPPrefixLen")]
    ip_prefix_len: u8,
    #[serde(rename = "IPv6Gateway")]
    ipv6_gateway: &'static str,
    #[serde(rename = "GlobalIPv6Address")]
    global_ipv6_address: Shown<Ipv6Addr>,
    #[serde(rename = "GlobalIPv6PrefixLen")]
    global_ipv6_prefix_len: u8,
    #[serde(rename = "DNSNames")]
    dns_names: Option<&'a [String]>,
}

impl<'a> EndpointJson<'a> {
    /// An endpoint as a list shows it: without what was asked for beyond addresses (moby `container/view.go`).
    pub(crate) fn listed(endpoint: &'a Endpoint, version: ApiVersion) -> Self {
        let settings = &endpoint.settings;
        let address = Addresses::from(endpoint);
        Self {
            ipam_config: settings.has_ipam.then_some(IpamConfigJson {
                ipv4_address: &settings.ipv4_address,
                ipv6_address: &settings.ipv6_address,
                link_local_ips: &[],
            }),
            links: None,
            aliases: None,
            mac_address: if endpoint.mac_address.is_empty() { &settings.mac_address } else { &endpoint.mac_address },
            driver_opts: None,
            gw_priority: version.is_at_least(48).then_some(settings.gateway_priority),
            network_id: endpoint.network.as_ref().map_or(&settings.network_id, NetworkId::as_str),
            endpoint_id: &endpoint.id,
            gateway: &endpoint.gateway,
            ip_address: Shown(address.v4),
            ip_prefix_len: address.v4_length,
            ipv6_gateway: "",
            global_ipv6_address: Shown(address.v6),
            global_ipv6_prefix_len: address.v6_length,
            dns_names: None,
        }
    }

    /// An endpoint with all that is known about it.
    fn inspected(container: &'a Container, network: &str, endpoint: &'a Endpoint, version: ApiVersion) -> Self {
        let settings = &endpoint.settings;
        let user_defined = !PREDEFINED_NETWORKS.contains(&network);
        let mut listed = Self::listed(endpoint, version);
        if let Some(ipam) = &mut listed.ipam_config {
            ipam.link_local_ips = &settings.link_local_ips;
        }
        listed.links = some(&settings.links[..]);
        listed.driver_opts = some(&settings.driver_options);
        let aliases = settings.aliases.iter().map(String::as_str);
        let own = [container.id.short(), &container.spec.config.hostname];
        listed.aliases = if user_defined && !version.is_at_least(45) {
            Some(distinct(aliases.chain(own)))
        } else {
            (!settings.aliases.is_empty()).then(|| aliases.collect())
        };
        listed.dns_names = endpoint.dns_names.as_deref();
        listed
    }
}

/// The names in their order, each once.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut list = Vec::with_capacity(4);
    for name in names.filter(|name| !name.is_empty()) {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    list
}

#[derive(Serialize)]
struct IpamConfigJson<'a> {
    #[serde(rename = "IPv4Address", skip_serializing_if = "str::is_empty")]
    ipv4_address: &'a str,
    #[serde(rename = "IPv6Address", skip_serializing_if = "str::is_empty")]
    ipv6_address: &'a str,
    #[serde(rename = "LinkLocalIPs", skip_serializing_if = "<[String]>::is_empty")]
    link_local_ips: &'a [String],
}
