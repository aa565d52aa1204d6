//! Networks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::{EndpointSettings, Ipam, IpamPool, Network, NetworkMember, Subnet};
use ports::{CreatedNetwork, NetworkRequest, NetworkView, PruneReport};
use serde::{Deserialize, Serialize};

use super::create::EndpointSettingsBody;
use super::lenient::{Texts, texts};
use super::time::Rfc3339Millis;
use super::write::{Shown, some};
use crate::error::ApiError;
use crate::version::ApiVersion;

/// The body of `POST /networks/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkCreateBody {
    name: Option<String>,
    driver: Option<String>,
    scope: Option<String>,
    #[serde(rename = "EnableIPv4")]
    enable_ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: Option<bool>,
    #[serde(rename = "IPAM")]
    ipam: Option<IpamBody>,
    internal: Option<bool>,
    attachable: Option<bool>,
    ingress: Option<bool>,
    config_only: Option<bool>,
    config_from: Option<ConfigReferenceBody>,
    options: Texts,
    labels: Texts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigReferenceBody {
    network: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IpamBody {
    driver: Option<String>,
    options: Texts,
    config: Option<Vec<Option<IpamPoolBody>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IpamPoolBody {
    subnet: Option<String>,
    #[serde(rename = "IPRange")]
    ip_range: Option<String>,
    gateway: Option<String>,
    #[serde(alias = "AuxAddress")]
    auxiliary_addresses: Texts,
}

impl TryFrom<NetworkCreateBody> for NetworkRequest {
    type Error = ApiError;

    fn try_from(body: NetworkCreateBody) -> Result<Self, ApiError> {
        if let Some(network) = body.config_from.and_then(|from| from.network).filter(|network| !network.is_empty()) {
            return Err(ApiError::not_found(format!("configuration network \"{network}\" does not exist")));
        }
        if body.config_only == Some(true) {
            return Err(ApiError::unsupported("networks that only hold configuration for other nodes are not supported"));
        }
        Ok(Self {
            name: body.name.unwrap_or_default(),
            driver: body.driver.unwrap_or_default(),
            ipam: body.ipam.map(Ipam::from),
            enable_ipv4: body.enable_ipv4,
            enable_ipv6: body.enable_ipv6.unwrap_or_default(),
            internal: body.internal.unwrap_or_default(),
            attachable: body.attachable.unwrap_or_default(),
            ingress: body.ingress.unwrap_or_default(),
            scope: body.scope.unwrap_or_default(),
            options: texts(body.options),
            labels: texts(body.labels),
        })
    }
}

impl From<IpamBody> for Ipam {
    fn from(body: IpamBody) -> Self {
        let pool = |pool: Option<IpamPoolBody>| {
            let pool = pool.unwrap_or_default();
            IpamPool {
                subnet: pool.subnet.unwrap_or_default(),
                ip_range: pool.ip_range.unwrap_or_default(),
                gateway: pool.gateway.unwrap_or_default(),
                auxiliary: texts(pool.auxiliary_addresses),
            }
        };
        Self {
            driver: body.driver.unwrap_or_default(),
            options: body.options.map(|options| texts(Some(options))),
            pools: body.config.into_iter().flatten().map(pool).collect(),
        }
    }
}

/// The body of `POST /networks/{id}/connect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConnectBody {
    container: Option<String>,
    endpoint_config: Option<EndpointSettingsBody>,
}

impl From<ConnectBody> for (String, EndpointSettings) {
    fn from(body: ConnectBody) -> Self {
        (body.container.unwrap_or_default(), body.endpoint_config.unwrap_or_default().into())
    }
}

/// The body of `POST /networks/{id}/disconnect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DisconnectBody {
    container: Option<String>,
    force: Option<bool>,
}

impl From<DisconnectBody> for (String, bool) {
    fn from(body: DisconnectBody) -> Self {
        (body.container.unwrap_or_default(), body.force.unwrap_or_default())
    }
}

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
        json.containers = view.members.iter().map(|member| (member.container.as_str(), MemberJson::new(member, &view.network))).collect();
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
    fn new(member: &'a NetworkMember, network: &Network) -> Self {
        let address = member.endpoint.address.and_then(|address| with_length(address, network));
        Self {
            name: &member.name,
            endpoint_id: &member.endpoint.id,
            mac_address: &member.endpoint.mac_address,
            ipv4_address: Shown(address.filter(|address| !address.is_ipv6())),
            ipv6_address: Shown(address.filter(Subnet::is_ipv6)),
        }
    }
}

/// An address with the length of the subnet it is in; the address of a pod is usually in none of them, and alone in its own.
fn with_length(address: IpAddr, network: &Network) -> Option<Subnet> {
    let own = if address.is_ipv6() { 128 } else { 32 };
    let subnets = network.ipam.pools.iter().filter_map(|pool| Subnet::parse(&pool.subnet));
    let length = subnets.into_iter().find(|subnet| subnet.contains(address)).map_or(own, |subnet| subnet.length());
    Subnet::new(address, length)
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
