//! Domain values for the tests of this module.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    Container, ContainerId, ContainerName, ContainerSpec, Endpoint, EndpointSettings, ImageConfig, ImageId, NetworkId, NetworkMode, State,
    Timestamp,
};
use ports::ContainerView;

/// 2026-11-24T06:23:24.5Z.
pub(super) const CREATED: Timestamp = Timestamp::from_nanos(1_795_501_404_500_000_000);

/// The id of every sample.
pub(super) const ID: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A container as the engine makes it from `spec` and what is known about its image.
pub(super) fn container(mut spec: ContainerSpec, image: &ImageConfig) -> Container {
    domain::merge(&mut spec.config, image);
    let id = ContainerId::parse(ID).unwrap();
    if spec.config.hostname.is_empty() {
        spec.config.hostname = id.short().to_owned();
    }
    let mut endpoints: BTreeMap<String, Endpoint> =
        spec.endpoints.iter().map(|(name, settings)| (name.clone(), Endpoint::unconnected(settings.clone()))).collect();
    let main = match NetworkMode::parse(&spec.host.network_mode) {
        NetworkMode::Bridge => "bridge".to_owned(),
        NetworkMode::Host => "host".to_owned(),
        NetworkMode::None => "none".to_owned(),
        NetworkMode::Network(name) => name,
        NetworkMode::Container(_) => String::new(),
    };
    if endpoints.is_empty() && !main.is_empty() {
        endpoints.insert(main, Endpoint::unconnected(EndpointSettings::default()));
    }
    Container {
        id,
        name: ContainerName::parse("fixture").unwrap(),
        created: CREATED,
        spec: Arc::new(spec),
        image: ImageId::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(),
        pull_name: "redis:7".to_owned(),
        state: State::new(),
        runs: 0,
        endpoints,
        mounts: Vec::new(),
    }
}

/// Lets the container run, in all of its networks.
pub(super) fn run(container: &mut Container) {
    container.state.start(CREATED).unwrap();
    container.runs += 1;
    for (index, endpoint) in container.endpoints.values_mut().enumerate() {
        endpoint.network = Some(NetworkId::from_bytes([0xbb; 32]));
        endpoint.dns_names = Some(vec![container.name.to_string(), "alias".to_owned()]);
        endpoint.id = "e".repeat(64);
        endpoint.address = Some(format!("10.0.{index}.7").parse().unwrap());
        endpoint.prefix_length = 24;
        endpoint.gateway = format!("10.0.{index}.1");
        endpoint.mac_address = "02:42:0a:00:00:07".to_owned();
    }
}

/// The container as the engine shows it `seconds` after its creation.
pub(super) fn view(container: Container, seconds: u64) -> ContainerView {
    ContainerView {
        execs: Vec::new(),
        image_name: container.spec.config.image.clone(),
        now: container.created.plus(std::time::Duration::from_secs(seconds)),
        container: Arc::new(container),
    }
}

/// What is known about `alpine`.
pub(super) fn alpine() -> ImageConfig {
    ImageConfig {
        env: vec!["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()],
        cmd: Some(vec!["/bin/sh".to_owned()]),
        ..ImageConfig::default()
    }
}

/// What is known about `redis:7`.
pub(super) fn redis() -> ImageConfig {
    let words = ["redis-server", "--protected-mode", "no"];
    ImageConfig {
        exposed_ports: domain::PortSpec::parse_range("6379").unwrap().into_iter().collect(),
        cmd: Some(words.iter().map(|&word| word.to_owned()).collect()),
        volumes: ["/data".to_owned()].into(),
        working_dir: "/data".to_owned(),
        ..alpine()
    }
}
