//! What is asked for about networks.

use std::collections::BTreeMap;

use domain::{ContainerSpec, EndpointSettings, NetworkMode, Result};
use serde::Deserialize;

use super::invalid;
use crate::dto::lenient::{List, Texts, list, texts};
use crate::version::ApiVersion;

/// `NetworkingConfig` of the API reference.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct NetworkingConfig {
    pub(super) endpoints_config: Option<BTreeMap<String, Option<EndpointSettingsBody>>>,
}

/// `EndpointSettings` of the API reference, as far as a client decides.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct EndpointSettingsBody {
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<IpamConfig>,
    links: List,
    aliases: List,
    mac_address: Option<String>,
    driver_opts: Texts,
    pub(super) gw_priority: Option<i64>,
    #[serde(rename = "NetworkID", alias = "NetworkId")]
    network_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object")]
struct IpamConfig {
    #[serde(rename = "IPv4Address")]
    ipv4_address: Option<String>,
    #[serde(rename = "IPv6Address")]
    ipv6_address: Option<String>,
    #[serde(rename = "LinkLocalIPs")]
    link_local_ips: List,
}

impl From<NetworkingConfig> for BTreeMap<String, EndpointSettings> {
    fn from(body: NetworkingConfig) -> Self {
        let named = |(name, settings): (String, Option<EndpointSettingsBody>)| {
            // dockerd knows its default network by this name too.
            let name = if name == "default" { "bridge".to_owned() } else { name };
            (name, settings.unwrap_or_default().into())
        };
        body.endpoints_config.into_iter().flatten().map(named).collect()
    }
}

impl From<EndpointSettingsBody> for EndpointSettings {
    fn from(body: EndpointSettingsBody) -> Self {
        let has_ipam = body.ipam_config.is_some();
        let ipam = body.ipam_config.unwrap_or_default();
        Self {
            aliases: list(body.aliases).unwrap_or_default(),
            ipv4_address: ipam.ipv4_address.unwrap_or_default(),
            ipv6_address: ipam.ipv6_address.unwrap_or_default(),
            link_local_ips: list(ipam.link_local_ips).unwrap_or_default(),
            has_ipam,
            links: list(body.links).unwrap_or_default(),
            mac_address: body.mac_address.unwrap_or_default(),
            driver_options: texts(body.driver_opts),
            gateway_priority: body.gw_priority.unwrap_or_default(),
            network_id: body.network_id.unwrap_or_default(),
        }
    }
}

/// Moves the MAC address of the whole container to the endpoint of its main network, where it belongs since API 1.44, and returns the
/// warning that goes with it (moby `handleMACAddressBC`).
pub(super) fn migrate_mac(spec: &mut ContainerSpec, version: ApiVersion) -> Result<Option<String>> {
    let old = !version.is_at_least(44);
    let address = std::mem::take(&mut spec.config.mac_address);
    if address.is_empty() {
        if old {
            spec.endpoints.values_mut().for_each(|endpoint| endpoint.mac_address.clear());
        }
        return Ok(None);
    }
    let main = match NetworkMode::parse(&spec.host.network_mode) {
        NetworkMode::Bridge => Some("bridge".to_owned()),
        NetworkMode::Network(name) => Some(name),
        NetworkMode::Host | NetworkMode::None | NetworkMode::Container(_) => None,
    };
    match main {
        Some(network) => {
            let endpoint = spec.endpoints.entry(network).or_default();
            if !old && !endpoint.mac_address.is_empty() && endpoint.mac_address != address {
                return Err(invalid(
                    "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
                ));
            }
            endpoint.mac_address = address;
        }
        None if old => return Err(invalid("conflicting options: mac-address and the network mode")),
        None => {}
    }
    Ok((!old)
        .then(|| "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.".to_owned()))
}
