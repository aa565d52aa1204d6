//! Networks.

mod bodies;

use std::collections::BTreeMap;

use domain::{Ipam, IpamPool, Network, NetworkMember, Subnet};
use ports::{CreatedNetwork, NetworkView, PruneReport};
use serde::Serialize;

pub(crate) use self::bodies::{ConnectBody, DisconnectBody, NetworkCreateBody};
use super::time::Rfc3339Millis;
use super::write::{Shown, some};
use crate::version::ApiVersion;

/// The answer of `POST /networks/create`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkCreated<'a> {
    id: &'a str,
    warning: &'a str,
}

impl<'a> From<&'a CreatedNetwork> for NetworkCreated<'a> {
    fn from(created: &'a CreatedNetwork) -> Self {
        Self { id: created.id.as_str(), warning: &created.warning }
    }
}

/// `Network` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkJson<'a> {
    name: &'a str,
    id: &'a str,
    created: Rfc3339Millis,
    scope: &'a str,
    driver: &'a str,
    #[serde(rename = "EnableIPv4", skip_serializing_if = "Option::is_none")]
    enable_ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    ipam: IpamJson<'a>,
    internal: bool,
    attachable: bool,
    ingress: bool,
    config_from: ConfigReference,
    config_only: bool,
    containers: BTreeMap<&'a str, MemberJson<'a>>,
    options: &'a BTreeMap<String, String>,
    labels: &'a BTreeMap<String, String>,
}

impl<'a> NetworkJson<'a> {
    /// A network as a list shows it: without who is in it.
    pub(crate) fn listed(network: &'a Network, version: ApiVersion) -> Self {
        Self {
            name: &network.name,
            id: network.id.as_str(),
            created: Rfc3339Millis(network.created),
            scope: &network.scope,
            driver: &network.driver,
            enable_ipv4: version.is_at_least(48).then_some(network.enable_ipv4),
            enable_ipv6: network.enable_ipv6,
            ipam: IpamJson::from(network),
            internal: network.internal,
            attachable: network.attachable,
            ingress: network.ingress,
            config_from: ConfigReference { network: "" },
            config_only: false,
            containers: BTreeMap::new(),
            options: &network.options,
            labels: &network.labels,
        }
    }

    /// A network and who is in it.
    pub(crate) fn inspected(view: &'a NetworkView, version: ApiVersion) -> Self {
        let mut json = Self::listed(&view.network, version);
        json.containers = view.members.iter().map(|member| (member.container.as_str(), MemberJson::new(member))).collect();
        json
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IpamJson<'a> {
    driver: &'a str,
    options: Option<&'a BTreeMap<String, String>>,
    config: Option<Vec<IpamPoolJson<'a>>>,
}

impl<'a> From<&'a Network> for IpamJson<'a> {
    /// Only `host` and `none` have null where there are no pools, as in dockerd: clients loop over the pools of others.
    fn from(network: &'a Network) -> Self {
        let Ipam { driver, options, pools } = &network.ipam;
        let config = pools.iter().map(IpamPoolJson::from).collect();
        Self { driver, options: options.as_ref(), config: Some(config).filter(|_| !(pools.is_empty() && network.is_predefined())) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IpamPoolJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    subnet: &'a str,
    #[serde(rename = "IPRange", skip_serializing_if = "str::is_empty")]
    ip_range: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    gateway: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    auxiliary_addresses: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a IpamPool> for IpamPoolJson<'a> {
    fn from(pool: &'a IpamPool) -> Self {
        Self { subnet: &pool.subnet, ip_range: &pool.ip_range, gateway: &pool.gateway, auxiliary_addresses: &pool.auxiliary }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigReference {
    network: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MemberJson<'a> {
    name: &'a str,
    #[serde(rename = "EndpointID")]
    endpoint_id: &'a str,
    mac_address: &'a str,
    #[serde(rename = "IPv4Address")]
    ipv4_address: Shown<Subnet>,
    #[serde(rename = "IPv6Address")]
    ipv6_address: Shown<Subnet>,
}

impl<'a> MemberJson<'a> {
    fn new(member: &'a NetworkMember) -> Self {
        let endpoint = &member.endpoint;
        let address = endpoint.address.and_then(|address| Subnet::new(address, endpoint.prefix_length));
        Self {
            name: &member.name,
            endpoint_id: &endpoint.id,
            mac_address: &endpoint.mac_address,
            ipv4_address: Shown(address.filter(|address| !address.is_ipv6())),
            ipv6_address: Shown(address.filter(Subnet::is_ipv6)),
        }
    }
}

/// The answer of `POST /networks/prune`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworksPruned<'a> {
    networks_deleted: Option<&'a [String]>,
}

impl<'a> From<&'a PruneReport> for NetworksPruned<'a> {
    fn from(report: &'a PruneReport) -> Self {
        Self { networks_deleted: some(&report.removed[..]) }
    }
}

#[cfg(test)]
mod tests;
