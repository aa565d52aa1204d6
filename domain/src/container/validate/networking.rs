//! Networking that makes no sense.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::invalid;
use crate::{Config, ContainerSpec, EndpointSettings, HostConfig, NetworkMode, PREDEFINED_NETWORKS, Result};

/// What excludes what (moby `runconfig/hostconfig_unix.go`, `validateNetMode`).
pub(super) fn check_mode(config: &Config, host: &HostConfig) -> Result<()> {
    let mode = NetworkMode::parse(&host.network_mode);
    let given = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if let NetworkMode::Container(other) = &mode {
        if other.is_empty() {
            return invalid("Invalid network mode: invalid container format container:<name|id>");
        }
        let conflicts = [
            (!config.hostname.is_empty(), "hostname and the network mode"),
            (given(&host.links), "container type network can't be used with links. This would result in undefined behavior"),
            (given(&host.dns), "dns and the network mode"),
            (given(&host.extra_hosts), "custom host-to-IP mapping and the network mode"),
            (!host.port_bindings.is_empty() || host.publish_all_ports, "port publishing and the container type network mode"),
            (!config.exposed_ports.is_empty(), "port exposing and the container type network mode"),
        ];
        if let Some((_, text)) = conflicts.iter().find(|(conflict, _)| *conflict) {
            return invalid(format!("conflicting options: {text}"));
        }
    }
    if host.uts_mode == "host" && !config.hostname.is_empty() {
        return invalid("conflicting options: hostname and the UTS mode");
    }
    if mode == NetworkMode::Host && given(&host.links) {
        return invalid("conflicting options: host type networking can't be used with links. This would result in undefined behavior");
    }
    Ok(())
}

/// What can be said about each endpoint without knowing its network (moby `daemon/container_operations.go`, `validateEndpointSettings`).
pub(super) fn check_endpoints(spec: &ContainerSpec) -> Result<()> {
    let main = match NetworkMode::parse(&spec.host.network_mode) {
        NetworkMode::Bridge => Some("bridge".to_owned()),
        NetworkMode::Network(name) => Some(name),
        NetworkMode::Host | NetworkMode::None | NetworkMode::Container(_) => None,
    };
    if let Some(network) = main.filter(|_| !spec.config.mac_address.is_empty()) {
        check_mac(&network, &spec.config.mac_address)?;
    }
    spec.endpoints.iter().try_for_each(|(network, settings)| settings.check(network))
}

fn check_mac(network: &str, text: &str) -> Result<()> {
    if is_mac(text) { Ok(()) } else { invalid(format!("invalid config for network {network}: invalid MAC address {text}")) }
}

/// Six pairs of hexadecimal digits (Go `net.ParseMAC`, as far as Ethernet goes).
fn is_mac(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ':' };
    let pairs = text.split(separator);
    pairs.clone().count() == 6 && pairs.into_iter().all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
}

impl EndpointSettings {
    /// Refuses what makes no sense in `network`, whatever that network is like.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] with dockerd's text.
    pub fn check(&self, network: &str) -> Result<()> {
        let Self { ipv4_address, ipv6_address, .. } = self;
        let user_defined = !PREDEFINED_NETWORKS.contains(&network);
        let mut problems = Vec::new();
        if !user_defined && !self.aliases.is_empty() {
            problems.push("network-scoped alias is supported only for containers in user defined networks".to_owned());
        }
        if !ipv4_address.is_empty() && ipv4_address.parse::<Ipv4Addr>().is_err() {
            problems.push(format!("invalid IPv4 address: {ipv4_address}"));
        }
        if !ipv6_address.is_empty() && ipv6_address.parse::<Ipv6Addr>().is_err() {
            problems.push(format!("invalid IPv6 address: {ipv6_address}"));
        }
        let link_local = self.link_local_ips.iter().find(|address| address.parse::<IpAddr>().is_err());
        problems.extend(link_local.map(|address| format!("invalid link-local IP address: {address}")));
        if !user_defined && !(ipv4_address.is_empty() && ipv6_address.is_empty()) {
            problems.push("user specified IP address is supported on user defined networks only".to_owned());
        }
        match &problems[..] {
            [] if self.mac_address.is_empty() => Ok(()),
            [] => check_mac(network, &self.mac_address),
            [problem] => invalid(format!("invalid config for network {network}: invalid endpoint settings:\n{problem}")),
            several => invalid(format!("invalid config for network {network}: invalid endpoint settings:\n* {}", several.join("\n* "))),
        }
    }
}
