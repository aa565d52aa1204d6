use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Container, Endpoint, EndpointSettings, Error, Ipam, IpamPool};
use ports::{Containers, NetworkRequest, NetworkView, Networks};

use super::{check_networks, readdress};
use crate::registry::Entry;
use crate::testing::{World, filters};

fn request(name: &str) -> NetworkRequest {
    NetworkRequest { name: name.to_owned(), ..NetworkRequest::default() }
}

fn subnets(list: &[&str]) -> Option<Ipam> {
    let pools = list.iter().map(|subnet| IpamPool { subnet: (*subnet).to_owned(), ..IpamPool::default() }).collect();
    Some(Ipam { driver: String::new(), options: None, pools })
}

fn create(world: &World, request: NetworkRequest) -> Result<Vec<String>, String> {
    let created = Networks::create(&world.handle, request).map_err(|error| error.to_string())?;
    let network = Networks::inspect(&world.handle, created.id.as_str()).unwrap().network;
    Ok(network.ipam.pools.into_iter().map(|pool| format!("{} {}", pool.subnet, pool.gateway)).collect())
}

fn connect(world: &World, network: &str, container: &str) -> Result<(), String> {
    world.handle.connect(network, container, EndpointSettings::default()).map_err(|error| error.to_string())
}

fn disconnect(world: &World, network: &str, container: &str) -> Result<(), String> {
    world.handle.disconnect(network, container, false).map_err(|error| error.to_string())
}

fn in_network(world: &World, container: &str, network: &str) -> Arc<Entry> {
    world.create(container, |spec| spec.host.network_mode = network.to_owned())
}

fn endpoint(container: &Container, network: &str) -> Endpoint {
    container.endpoints[network].clone()
}

#[test]
fn three_networks_always_exist() {
    let world = World::new();
    let list = Networks::list(&world.handle, &filters(&[])).unwrap();
    let seen: Vec<_> =
        list.iter().map(|view| (view.network.name.as_str(), view.network.driver.as_str(), view.network.options.len())).collect();
    assert_eq!(seen, [("bridge", "bridge", 6), ("host", "host", 0), ("none", "null", 0)]);
    assert_eq!(list[0].network.ipam.pools[0].gateway, "172.17.0.1");
    for name in ["bridge", "host", "none"] {
        let error = Networks::remove(&world.handle, name).unwrap_err();
        assert_eq!(error, Error::Forbidden(format!("{name} is a pre-defined network and cannot be removed")));
    }
}

#[test]
fn networks_are_found_by_id_name_and_beginning() {
    let world = World::new();
    let view = Networks::inspect(&world.handle, "bridge").unwrap();
    let id = view.network.id.as_str();
    for reference in [id, &id[..4]] {
        assert_eq!(Networks::inspect(&world.handle, reference).map(|view| view.network.name), Ok("bridge".to_owned()));
    }
    let text = "network a0 is ambiguous (3 matches found based on ID prefix)";
    assert_eq!(Networks::inspect(&world.handle, "a0"), Err(Error::Invalid(text.to_owned())));
    for missing in ["", "nosuch", "brid"] {
        assert_eq!(Networks::inspect(&world.handle, missing), Err(Error::NotFound(format!("network {missing} not found"))));
    }
}

#[test]
fn subnets_are_given_and_never_twice() {
    let world = World::new();
    let one = |text: &str| Ok(vec![text.to_owned()]);
    assert_eq!(create(&world, request("a")), one("172.18.0.0/16 172.18.0.1"));
    assert_eq!(create(&world, NetworkRequest { ipam: subnets(&["172.19.4.0/24"]), ..request("b") }), one("172.19.4.0/24 "));
    assert_eq!(create(&world, request("c")), one("172.20.0.0/16 172.20.0.1"));
    let overlap = NetworkRequest { ipam: subnets(&["172.18.1.0/24"]), ..request("d") };
    assert_eq!(create(&world, overlap), Err("Pool overlaps with other one on this address space".to_owned()));
    let both = NetworkRequest { enable_ipv6: true, ipam: subnets(&["fd00:1::/64"]), ..request("e") };
    assert_eq!(create(&world, both), Ok(vec!["fd00:1::/64 ".to_owned(), "172.21.0.0/16 172.21.0.1".to_owned()]));
    let automatic = create(&world, NetworkRequest { enable_ipv6: true, ..request("f") }).unwrap();
    assert!(automatic[0].starts_with("172.22.") && automatic[1].starts_with("fda0:"), "{automatic:?}");
    let only_ipv6 = create(&world, NetworkRequest { enable_ipv6: true, enable_ipv4: Some(false), ..request("g") }).unwrap();
    assert!(only_ipv6.len() == 1 && only_ipv6[0].starts_with("fda0:"), "{only_ipv6:?}");
    Networks::remove(&world.handle, "a").unwrap();
    assert_eq!(create(&world, request("h")), one("172.18.0.0/16 172.18.0.1"));
}

#[test]
fn what_cannot_be_had_is_refused_in_dockers_words() {
    let world = World::new();
    create(&world, request("taken")).unwrap();
    let named = |name: &str| request(name);
    let driver = |driver: &str| NetworkRequest { driver: driver.to_owned(), ..request("x") };
    let ipam = |ipam_driver: &str| NetworkRequest {
        ipam: subnets(&[]).map(|ipam| Ipam { driver: ipam_driver.to_owned(), ..ipam }),
        ..request("x")
    };
    for (request, text) in [
        (named("taken"), "network with name taken already exists"),
        (named(" "), "invalid name:  "),
        (named("default"), "operation is not permitted on predefined default network "),
        (driver("host"), "only one instance of \"host\" network is allowed"),
        (driver("nosuch"), "plugin \"nosuch\" not found"),
        (
            driver("overlay"),
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
        ),
        (ipam("null"), "ipv4 pool is empty"),
        (ipam("x"), "plugin \"x\" not found"),
        (NetworkRequest { ingress: true, ..request("x") }, "Ingress network can only be global scope network"),
        (NetworkRequest { scope: "swarm".to_owned(), ..request("x") }, "cannot create a swarm scoped network when swarm is not active"),
        (NetworkRequest { ipam: subnets(&[""]), ..request("x") }, "invalid network config:\ninvalid subnet : invalid CIDR block notation"),
        (
            NetworkRequest { ipam: subnets(&["10.1.0.0/24", "10.2.0.0/24"]), ..request("x") },
            "bridge driver doesn't support multiple subnets",
        ),
        (
            NetworkRequest { ipam: subnets(&["10.1.0.0/24", "10.1.0.0/25"]), ..request("x") },
            "Pool overlaps with other one on this address space",
        ),
        (
            NetworkRequest { options: BTreeMap::from([("com.docker.network.driver.mtu".to_owned(), "x".to_owned())]), ..request("x") },
            "failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing \"x\": invalid syntax)",
        ),
    ] {
        assert_eq!(create(&world, request), Err(text.to_owned()));
    }
}

#[test]
fn lists_are_filtered() {
    let world = World::new();
    Networks::create(&world.handle, NetworkRequest { labels: BTreeMap::from([("a".to_owned(), "b".to_owned())]), ..request("web") })
        .unwrap();
    let entry = in_network(&world, "c1", "web");
    let list = |pairs: &[(&str, &str)]| -> Result<Vec<String>, String> {
        let views = Networks::list(&world.handle, &filters(pairs)).map_err(|error| error.to_string())?;
        Ok(views.into_iter().map(|NetworkView { network, .. }| network.name).collect())
    };
    for (pairs, expected) in [
        (&[("name", "ost")][..], &["host"][..]),
        (&[("name", "^(web|none)$")], &["none", "web"]),
        (&[("name", "(")], &[]),
        (&[("driver", "null")], &["none"]),
        (&[("label", "a=b")], &["web"]),
        (&[("scope", "local"), ("type", "custom")], &["web"]),
        (&[("scope", "swarm")], &[]),
        (&[("type", "builtin")], &["bridge", "host", "none"]),
        (&[("type", "builtin"), ("type", "custom")], &["bridge", "host", "none", "web"]),
        (&[("dangling", "true")], &["web"]),
        (&[("dangling", "0")], &["bridge", "host", "none"]),
    ] {
        assert_eq!(list(pairs), Ok(expected.iter().map(|name| (*name).to_owned()).collect()), "{pairs:?}");
    }
    world.run(&entry, "10.1.2.3");
    assert_eq!(list(&[("dangling", "1")]), Ok(vec![]));
    for (pair, text) in [
        (("nosuch", "x"), "invalid filter 'nosuch'"),
        (("type", "x"), "invalid filter: 'type'='x'"),
        (("dangling", "x"), "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")"),
    ] {
        assert_eq!(list(&[pair]), Err(text.to_owned()));
    }
}

#[test]
fn endpoints_are_filled_only_while_a_container_runs() {
    let world = World::new();
    create(&world, request("web")).unwrap();
    let entry = world.create("c1", |spec| {
        spec.host.network_mode = "web".to_owned();
        let settings = EndpointSettings { aliases: vec!["db".to_owned(), "c1".to_owned()], ..EndpointSettings::default() };
        spec.endpoints.insert("web".to_owned(), settings);
    });
    let short = entry.container().id.short().to_owned();
    let created = endpoint(&entry.container(), "web");
    assert_eq!((created.network, created.dns_names, created.id.as_str()), (None, None, ""));
    world.run(&entry, "10.1.2.3");
    let running = endpoint(&entry.container(), "web");
    assert_eq!(running.dns_names, Some(vec!["c1".to_owned(), "db".to_owned(), short]));
    assert_eq!((running.address, running.prefix_length), ("10.1.2.3".parse().ok(), 16));
    assert_eq!((running.gateway.as_str(), running.mac_address.as_str(), running.id.len()), ("172.18.0.1", "02:42:0a:01:02:03", 64));
    let members = Networks::inspect(&world.handle, "web").unwrap().members;
    assert_eq!(members.iter().map(|member| (member.name.as_str(), &member.endpoint)).collect::<Vec<_>>(), [("c1", &running)]);
    world.end(&entry, 0);
    let ended = endpoint(&entry.container(), "web");
    assert_eq!((ended.id.as_str(), ended.address, ended.gateway.as_str(), ended.mac_address.as_str()), ("", None, "", ""));
    assert_eq!((ended.network, ended.dns_names), (running.network, running.dns_names));
    assert!(Networks::inspect(&world.handle, "web").unwrap().members.is_empty());
    assert_eq!(world.events("network", &["name", "type"]), ["create web bridge", "connect web bridge", "disconnect web bridge"]);
}

#[test]
fn a_container_starts_in_the_networks_it_asked_for() {
    let world = World::new();
    create(&world, request("web")).unwrap();
    let keys = |mode: &str, asked: &[&str], disabled: bool| {
        let name = format!("c{}{}{disabled}", mode.replace(':', ""), asked.join(""));
        let entry = world.create(&name, |spec| {
            spec.host.network_mode = mode.to_owned();
            spec.config.network_disabled = disabled;
            spec.endpoints = asked.iter().map(|name| ((*name).to_owned(), EndpointSettings::default())).collect();
        });
        entry.container().endpoints.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys("", &[], false), ["bridge"]);
    assert_eq!(keys("default", &["default"], false), ["bridge"]);
    assert_eq!(keys("host", &[], false), ["host"]);
    assert_eq!(keys("none", &[], false), ["none"]);
    assert_eq!(keys("nosuch", &[], false), ["nosuch"]);
    assert_eq!(keys("bridge", &["web"], false), ["web"]);
    assert_eq!(keys("web", &["web", "bridge"], false), ["bridge", "web"]);
    assert_eq!(keys("container:cfalse", &[], false), Vec::<String>::new());
    assert_eq!(keys("", &[], true), Vec::<String>::new());
    let id = world.core.networks.find("web").unwrap().id;
    assert_eq!(keys(id.as_str(), &[], false), ["web"]);
}

#[test]
fn networks_must_exist_at_the_start() {
    let world = World::new();
    let entry = in_network(&world, "c1", "nosuch");
    assert_eq!(check_networks(&world.core, &entry.container()), Err(Error::NotFound("network nosuch not found".to_owned())));
    create(&world, request("nosuch")).unwrap();
    assert_eq!(check_networks(&world.core, &entry.container()), Ok(()));
    world.run(&entry, "10.1.2.3");
    let id = endpoint(&entry.container(), "nosuch").network.unwrap();
    let text = format!("error while removing network: network nosuch id {id} has active endpoints");
    assert_eq!(Networks::remove(&world.handle, "nosuch"), Err(Error::Forbidden(text)));
    world.end(&entry, 0);
    Networks::remove(&world.handle, "nosuch").unwrap();
    // A new network of the same name is another network, as with dockerd.
    create(&world, request("nosuch")).unwrap();
    assert_eq!(check_networks(&world.core, &entry.container()), Err(Error::NotFound(format!("network {id} not found"))));
}

#[test]
fn running_containers_come_and_go() {
    let world = World::new();
    create(&world, request("web")).unwrap();
    let entry = in_network(&world, "c1", "bridge");
    world.run(&entry, "10.1.2.3");
    assert_eq!(connect(&world, "web", "c1"), Ok(()));
    assert_eq!(endpoint(&entry.container(), "web").address, "10.1.2.3".parse().ok());
    assert_eq!(connect(&world, "web", "c1"), Err("endpoint with name c1 already exists in network web".to_owned()));
    let id = entry.container().id.to_string();
    assert_eq!(disconnect(&world, "web", "c1"), Ok(()));
    assert_eq!(disconnect(&world, "web", "c1"), Err(format!("container {id} is not connected to network web")));
    // A container that was cut off from everything still knows its address.
    assert_eq!(disconnect(&world, "bridge", "c1"), Ok(()));
    assert_eq!(connect(&world, "web", "c1"), Ok(()));
    assert_eq!(endpoint(&entry.container(), "web").address, "10.1.2.3".parse().ok());
    assert_eq!(connect(&world, "nosuch", "c1"), Err("network nosuch not found".to_owned()));
    assert_eq!(connect(&world, "web", "nosuch"), Err("No such container: nosuch".to_owned()));
    assert_eq!(connect(&world, "web", ""), Err("invalid name or ID supplied: \"\"".to_owned()));
    assert_eq!(disconnect(&world, "nosuch", "c1"), Err("network nosuch not found".to_owned()));
    let forced = world.handle.disconnect("web", "nosuch", true);
    assert_eq!(forced, Err(Error::NotFound("endpoint nosuch not found".to_owned())));
    let events = ["connect bridge", "connect web", "disconnect web", "disconnect bridge", "connect web"];
    assert_eq!(world.events("network", &["name"])[1..], events);
}

#[test]
fn stopped_containers_may_ask_for_networks_that_do_not_exist_yet() {
    let world = World::new();
    let entry = in_network(&world, "c1", "bridge");
    assert_eq!(connect(&world, "later", "c1"), Ok(()));
    assert_eq!(connect(&world, "bridge", "c1"), Ok(()));
    assert_eq!(entry.container().endpoints.keys().collect::<Vec<_>>(), ["bridge", "later"]);
    assert_eq!(disconnect(&world, "later", "c1"), Ok(()));
    let id = entry.container().id.to_string();
    assert_eq!(disconnect(&world, "later", "c1"), Err(format!("container {id} is not connected to the network later")));
    assert_eq!(world.events("network", &["name"]), Vec::<String>::new());
}

#[test]
fn some_networks_do_not_go_together() {
    let world = World::new();
    create(&world, request("web")).unwrap();
    let running = |name: &str, mode: &str| {
        let entry = in_network(&world, name, mode);
        world.run(&entry, "10.1.2.3");
    };
    running("onbridge", "bridge");
    running("onhost", "host");
    running("onnone", "none");
    running("shared", "container:onbridge");
    let host = "container cannot be disconnected from host network or connected to host network";
    let none = "container cannot be connected to multiple networks with one of the networks in private (none) mode";
    let shared = "container sharing network namespace with another container or host cannot be connected to any other network";
    for (network, container, text) in [
        ("host", "onbridge", host),
        ("none", "onbridge", none),
        ("web", "onnone", none),
        ("web", "onhost", shared),
        ("web", "shared", shared),
    ] {
        assert_eq!(connect(&world, network, container), Err(text.to_owned()), "{network} {container}");
    }
    assert_eq!(disconnect(&world, "host", "onhost"), Err(host.to_owned()));
    assert_eq!(disconnect(&world, "none", "onnone"), Ok(()));
    assert_eq!(connect(&world, "web", "onnone"), Ok(()));
    let on_host = world.core.containers.find("onhost").unwrap().container();
    let endpoint = endpoint(&on_host, "host");
    assert!(endpoint.address.is_none() && endpoint.mac_address.is_empty() && !endpoint.id.is_empty() && endpoint.dns_names.is_none());
}

#[test]
fn addresses_can_be_asked_for_only_in_subnets_of_ones_own() {
    let world = World::new();
    create(&world, request("given")).unwrap();
    create(&world, NetworkRequest { ipam: subnets(&["10.9.0.0/24"]), ..request("own") }).unwrap();
    in_network(&world, "c1", "bridge");
    let at = |network: &str, address: &str| {
        let settings = EndpointSettings { ipv4_address: address.to_owned(), ..EndpointSettings::default() };
        world.handle.connect(network, "c1", settings).map_err(|error| error.to_string().replace("invalid endpoint settings:\n", ""))
    };
    let foreign = "user specified IP address is supported only when connecting to networks with user configured subnets";
    assert_eq!(at("given", "172.18.0.9"), Err(foreign.to_owned()));
    assert_eq!(at("given", "bad"), Err(format!("* invalid IPv4 address: bad\n* {foreign}")));
    assert_eq!(at("own", "10.8.0.1"), Err("no configured subnet or ip-range contain the IP address 10.8.0.1".to_owned()));
    assert_eq!(at("own", "10.9.0.1"), Ok(()));
    let refused = world.try_create("c2", |spec| {
        let settings = EndpointSettings { ipv4_address: "172.18.0.9".to_owned(), ..EndpointSettings::default() };
        spec.endpoints.insert("given".to_owned(), settings);
    });
    assert_eq!(refused, Err(Error::Invalid(format!("invalid config for network given: invalid endpoint settings:\n{foreign}"))));
}

#[test]
fn an_address_that_comes_late_reaches_every_endpoint() {
    let world = World::new();
    let entry = in_network(&world, "c1", "bridge");
    world.run(&entry, "10.1.2.3");
    entry.change(|inner| readdress(&world.core, inner.edit(), "10.1.2.4".parse().ok()));
    entry.change(|inner| readdress(&world.core, inner.edit(), None));
    let endpoint = endpoint(&entry.container(), "bridge");
    assert_eq!((endpoint.address, endpoint.mac_address.as_str()), ("10.1.2.4".parse().ok(), "02:42:0a:01:02:04"));
}

#[test]
fn a_new_name_reaches_the_networks() {
    let world = World::new();
    create(&world, request("web")).unwrap();
    let entry = in_network(&world, "c1", "web");
    world.run(&entry, "10.1.2.3");
    Containers::rename(&world.handle, "c1", "c2").unwrap();
    let names = endpoint(&entry.container(), "web").dns_names.unwrap();
    assert_eq!(names[0], "c2");
    assert!(!names.contains(&"c1".to_owned()));
}

#[test]
fn prune_leaves_what_is_used() {
    let world = World::new();
    for name in ["used", "labelled", "old"] {
        let labels = if name == "labelled" { BTreeMap::from([("keep".to_owned(), String::new())]) } else { BTreeMap::new() };
        Networks::create(&world.handle, NetworkRequest { labels, ..request(name) }).unwrap();
        world.wait(10);
    }
    let entry = in_network(&world, "c1", "used");
    world.run(&entry, "10.1.2.3");
    let prune = |pairs: &[(&str, &str)]| Networks::prune(&world.handle, &filters(pairs)).map(|report| report.removed);
    assert_eq!(prune(&[("until", "1015")]), Ok(vec!["labelled".to_owned()]));
    assert_eq!(prune(&[("label!", "keep")]), Ok(vec!["old".to_owned()]));
    world.end(&entry, 0);
    assert_eq!(prune(&[]), Ok(vec!["used".to_owned()]));
    assert!(prune(&[("dangling", "1")]).is_err());
}
