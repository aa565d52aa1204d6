//! Making a network.

use std::collections::BTreeMap;

use domain::{Error, Ipam, IpamPool, Network, NetworkId, Result, Subnet, Timestamp};
use ports::NetworkRequest;

use super::{Known, NetworkStore, State, pools};

/// The options that dockerd gives its default bridge.
const BRIDGE_OPTIONS: [(&str, &str); 6] = [
    ("com.docker.network.bridge.default_bridge", "true"),
    ("com.docker.network.bridge.enable_icc", "true"),
    ("com.docker.network.bridge.enable_ip_masquerade", "true"),
    ("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0"),
    ("com.docker.network.bridge.name", "docker0"),
    ("com.docker.network.driver.mtu", "1500"),
];

/// The options whose values are numbers.
const MTU: &str = "com.docker.network.driver.mtu";

/// One of the networks that always exist.
pub(super) fn predefined(name: &str, id: NetworkId, created: Timestamp) -> Network {
    let bridge = name == "bridge";
    let pools = if bridge { pools::free_ipv4(&[]).ok().into_iter().collect() } else { Vec::new() };
    let options = if bridge { &BRIDGE_OPTIONS[..] } else { &[] };
    Network {
        id,
        name: name.to_owned(),
        created,
        driver: if name == "none" { "null" } else { name }.to_owned(),
        scope: "local".to_owned(),
        enable_ipv4: true,
        enable_ipv6: false,
        ipam: Ipam { driver: "default".to_owned(), options: None, pools },
        internal: false,
        attachable: false,
        ingress: false,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        labels: BTreeMap::new(),
    }
}

impl NetworkStore {
    /// Makes a network if its name and its subnets are free.
    pub(super) fn create(&self, request: NetworkRequest, id: NetworkId, created: Timestamp) -> Result<Network> {
        let mut state = self.write();
        check_name(&state, &request.name)?;
        let ipam = request.ipam.clone().unwrap_or_else(|| Ipam { driver: String::new(), options: None, pools: Vec::new() });
        ipam.check(request.enable_ipv6)?;
        check_kind(&request)?;
        let (pools, chosen) = address(&state, &id, ipam.pools, &request, &ipam.driver)?;
        let network = Network {
            id,
            name: request.name,
            created,
            driver: "bridge".to_owned(),
            scope: "local".to_owned(),
            enable_ipv4: request.enable_ipv4.unwrap_or(true),
            enable_ipv6: request.enable_ipv6,
            ipam: Ipam { driver: "default".to_owned(), options: ipam.options, pools },
            internal: request.internal,
            attachable: request.attachable,
            ingress: false,
            options: request.options,
            labels: request.labels,
        };
        state.networks.push(Known { network: network.clone(), chosen });
        Ok(network)
    }
}

fn check_name(state: &State, name: &str) -> Result<()> {
    if matches!(name, "bridge" | "host" | "none" | "default") {
        return Err(Error::Forbidden(format!("operation is not permitted on predefined {name} network ")));
    }
    if name.trim().is_empty() {
        return Err(Error::Invalid(format!("invalid name: {name}")));
    }
    if state.networks.iter().any(|known| known.network.name == name) {
        return Err(Error::Conflict(format!("network with name {name} already exists")));
    }
    Ok(())
}

/// Refuses the kinds of network that cannot be had.
fn check_kind(request: &NetworkRequest) -> Result<()> {
    if request.ingress {
        return Err(Error::Forbidden("Ingress network can only be global scope network".to_owned()));
    }
    if request.scope == "swarm" {
        return Err(Error::Forbidden("cannot create a swarm scoped network when swarm is not active".to_owned()));
    }
    match request.driver.as_str() {
        "" | "bridge" => {}
        driver @ ("host" | "null") => return Err(Error::Forbidden(format!("only one instance of \"{driver}\" network is allowed"))),
        "overlay" => {
            return Err(Error::Forbidden(
                "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."
                    .to_owned(),
            ));
        }
        driver @ ("macvlan" | "ipvlan") => {
            return Err(Error::Unsupported(format!("network driver {driver}: pods have no access to the network devices of their node")));
        }
        driver => return Err(Error::NotFound(format!("plugin \"{driver}\" not found"))),
    }
    match request.options.get(MTU) {
        Some(value) if value.parse::<i64>().is_err() => {
            Err(Error::Invalid(format!("failed to parse {MTU} value: {value} (strconv.Atoi: parsing \"{value}\": invalid syntax)")))
        }
        _ => Ok(()),
    }
}

/// The network's pools, and which of its subnets the client chose.
fn address(
    state: &State,
    id: &NetworkId,
    mut pools: Vec<IpamPool>,
    request: &NetworkRequest,
    driver: &str,
) -> Result<(Vec<IpamPool>, Vec<Subnet>)> {
    match driver {
        "" | "default" => {}
        "null" => return Err(Error::Invalid("ipv4 pool is empty".to_owned())),
        driver => return Err(Error::NotFound(format!("plugin \"{driver}\" not found"))),
    }
    let chosen: Vec<Subnet> = pools.iter().filter_map(|pool| Subnet::parse(&pool.subnet)).collect();
    let mut taken: Vec<Subnet> = state.networks.iter().flat_map(|known| subnets(&known.network)).collect();
    for subnet in &chosen {
        if taken.iter().any(|other| other.overlaps(subnet)) {
            return Err(Error::Forbidden("Pool overlaps with other one on this address space".to_owned()));
        }
        taken.push(*subnet);
    }
    let count = |ipv6: bool| chosen.iter().filter(|subnet| subnet.is_ipv6() == ipv6).count();
    if count(false) > 1 || count(true) > 1 {
        return Err(Error::Forbidden("bridge driver doesn't support multiple subnets".to_owned()));
    }
    if count(false) == 0 && request.enable_ipv4 != Some(false) {
        pools.push(pools::free_ipv4(&taken)?);
    }
    if count(true) == 0 && request.enable_ipv6 {
        pools.push(pools::free_ipv6(id, &taken)?);
    }
    Ok((pools, chosen))
}

/// The subnets of a network.
pub(super) fn subnets(network: &Network) -> impl Iterator<Item = Subnet> {
    network.ipam.pools.iter().filter_map(|pool| Subnet::parse(&pool.subnet))
}
