//! Networking that makes no sense.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::invalid;
use crate::{Config, ContainerSpec, EndpointSettings, HostConfig, NetworkMode, PREDEFINED_NETWORKS, Result, Subnet};

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
    spec.endpoints.iter().try_for_each(|(network, settings)| settings.check(network))
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
        self.check_in(network, None).or_else(|error| invalid(format!("invalid config for network {network}: {error}")))
    }

    /// Refuses what makes no sense in `network`, of which the client chose the subnets `chosen`, or of which nothing is known.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] with dockerd's text, all problems at once.
    pub fn check_in(&self, network: &str, chosen: Option<&[Subnet]>) -> Result<()> {
        let mut problems = Vec::new();
        if PREDEFINED_NETWORKS.contains(&network) {
            problems.extend(self.problems_in_predefined());
        }
        let (ipv4, ipv6) = (&self.ipv4_address, &self.ipv6_address);
        if !ipv4.is_empty() && ipv4.parse::<Ipv4Addr>().is_err() {
            problems.push(format!("invalid IPv4 address: {ipv4}"));
        }
        if !ipv6.is_empty() && ipv6.parse::<Ipv6Addr>().is_err() {
            problems.push(format!("invalid IPv6 address: {ipv6}"));
        }
        let link_local = self.link_local_ips.iter().filter(|address| address.parse::<IpAddr>().is_err());
        problems.extend(link_local.map(|address| format!("invalid link-local IP address: {address}")));
        if let Some(chosen) = chosen {
            let of = |ipv6: bool| chosen.iter().filter(move |subnet| subnet.is_ipv6() == ipv6);
            problems.extend(out_of_range(ipv4, of(false)).into_iter().chain(out_of_range(ipv6, of(true))));
        }
        match &problems[..] {
            [] if self.mac_address.is_empty() || is_mac(&self.mac_address) => Ok(()),
            [] => invalid(format!("invalid MAC address {}", self.mac_address)),
            [problem] => invalid(format!("invalid endpoint settings:\n{problem}")),
            several => invalid(format!("invalid endpoint settings:\n* {}", several.join("\n* "))),
        }
    }

    /// What only user defined networks can do.
    fn problems_in_predefined(&self) -> impl Iterator<Item = String> {
        let addresses = !(self.ipv4_address.is_empty() && self.ipv6_address.is_empty());
        let list = [
            addresses.then_some("user specified IP address is supported on user defined networks only"),
            (!self.aliases.is_empty()).then_some("network-scoped alias is supported only for containers in user defined networks"),
        ];
        list.into_iter().flatten().map(str::to_owned)
    }
}

/// Why an address cannot be had in these subnets; an empty one is not looked at.
fn out_of_range<'a>(address: &str, mut chosen: impl Iterator<Item = &'a Subnet>) -> Option<String> {
    if address.is_empty() {
        return None;
    }
    let parsed = address.parse::<IpAddr>().ok();
    let holds = |subnet: &Subnet| parsed.is_some_and(|address| subnet.contains(address));
    let Some(first) = chosen.next() else {
        return Some("user specified IP address is supported only when connecting to networks with user configured subnets".to_owned());
    };
    (!holds(first) && !chosen.any(holds)).then(|| format!("no configured subnet or ip-range contain the IP address {address}"))
}
