//! What clients send about networks.

use domain::{EndpointSettings, Ipam, IpamPool};
use ports::NetworkRequest;
use serde::Deserialize;

use crate::dto::create::EndpointSettingsBody;
use crate::dto::lenient::{Texts, texts};
use crate::error::ApiError;

/// The body of `POST /networks/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
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
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct ConfigReferenceBody {
    network: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct IpamBody {
    driver: Option<String>,
    options: Texts,
    config: Option<Vec<Option<IpamPoolBody>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
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
#[serde(rename_all = "PascalCase", expecting = "an object")]
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
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct DisconnectBody {
    container: Option<String>,
    force: Option<bool>,
}

impl From<DisconnectBody> for (String, bool) {
    fn from(body: DisconnectBody) -> Self {
        (body.container.unwrap_or_default(), body.force.unwrap_or_default())
    }
}
