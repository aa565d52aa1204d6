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
    let cli = request(json!({ "Name": "n", "IPAM": { "Driver": "default", "Options": {}, "Config": [] }, "ConfigFrom": null })).unwrap();
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
    let network = network("net", json!([{ "Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1", "AuxiliaryAddresses": { "a": "10.0.0.9" } }]));
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
    let pools = |name| serde_json::to_value(NetworkJson::listed(&network(name, json!([])), API_VERSION)).unwrap()["IPAM"]["Config"].clone();
    assert_eq!((pools("host"), pools("net")), (Value::Null, json!([])));
}
