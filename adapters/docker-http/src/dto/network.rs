//! Networks.

use std::collections::BTreeMap;

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
mod tests {
    use domain::{ContainerId, Network, NetworkId, NetworkMember, Timestamp};
    use ports::{NetworkRequest, NetworkView};
    use serde_json::{Value, json};

    use super::{NetworkCreateBody, NetworkJson};
    use crate::dto::sample;
    use crate::error::ApiError;
    use crate::version::{API_VERSION, ApiVersion};

    fn request(body: Value) -> Result<NetworkRequest, ApiError> {
        serde_json::from_value::<NetworkCreateBody>(body).unwrap().try_into()
    }

    fn network(name: &str, pools: Value) -> Network {
        let request = request(json!({ "Name": name, "IPAM": { "Driver": "default", "Config": pools }, "Labels": { "a": "b" } })).unwrap();
        Network {
            id: NetworkId::from_bytes([0xbb; 32]),
            name: request.name,
            created: Timestamp::from_nanos(sample::CREATED.as_nanos() + 123_456),
            driver: "bridge".to_owned(),
            scope: "local".to_owned(),
            enable_ipv4: true,
            enable_ipv6: false,
            ipam: request.ipam.unwrap(),
            internal: false,
            attachable: false,
            ingress: false,
            options: request.options,
            labels: request.labels,
        }
    }

    #[test]
    fn bodies_of_docker_java_and_of_the_command_line() {
        let java = request(json!({
            "enableIPv6": null, "Name": "n", "Driver": null, "IPAM": null, "Options": {}, "CheckDuplicate": true, "Internal": null,
            "EnableIPv6": null, "Attachable": null, "Labels": { "a": null },
        }));
        assert_eq!(java.map(|request| (request.ipam, request.labels["a"].clone())), Ok((None, String::new())));
        let cli =
            request(json!({ "Name": "n", "IPAM": { "Driver": "default", "Options": {}, "Config": [] }, "ConfigFrom": null })).unwrap();
        assert_eq!(cli.ipam.unwrap().options, Some(std::collections::BTreeMap::new()));
        let error = request(json!({ "Name": "n", "ConfigFrom": { "Network": "x" } })).unwrap_err();
        assert_eq!((error.status.as_u16(), error.message.as_str()), (404, "configuration network \"x\" does not exist"));
        assert_eq!(request(json!({ "Name": "n", "ConfigOnly": true })).unwrap_err().status.as_u16(), 501);
    }

    #[test]
    fn a_network_parses_as_bollards_model() {
        let mut container = sample::container(domain::ContainerSpec::default(), &sample::alpine());
        sample::run(&mut container);
        let member = NetworkMember {
            container: ContainerId::parse(sample::ID).unwrap(),
            name: container.name.to_string(),
            endpoint: container.endpoints["bridge"].clone(),
        };
        let network =
            network("net", json!([{ "Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1", "AuxiliaryAddresses": { "a": "10.0.0.9" } }]));
        let view = NetworkView { network, members: vec![member] };
        let text = serde_json::to_string(&NetworkJson::inspected(&view, API_VERSION)).unwrap();
        let model: bollard::models::NetworkInspect = serde_json::from_str(&text).unwrap();
        assert_eq!(model.containers.unwrap()[sample::ID].ipv4_address.as_deref(), Some("10.0.0.7/24"));
        assert_eq!(model.ipam.unwrap().config.unwrap()[0].subnet.as_deref(), Some("10.0.0.0/24"));
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&json["Created"], &json["EnableIPv4"]), (&json!("2026-11-24T06:23:24.5Z"), &json!(true)));
        let listed = serde_json::to_value(NetworkJson::listed(&view.network, ApiVersion::new(47))).unwrap();
        assert_eq!((&listed["Containers"], listed.get("EnableIPv4")), (&json!({}), None));
    }

    #[test]
    fn only_predefined_networks_have_no_list_of_pools() {
        let pools =
            |name| serde_json::to_value(NetworkJson::listed(&network(name, json!([])), API_VERSION)).unwrap()["IPAM"]["Config"].clone();
        assert_eq!((pools("host"), pools("net")), (Value::Null, json!([])));
    }
}
