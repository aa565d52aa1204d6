use std::sync::Arc;

use domain::{EndpointSettings, Health, HealthStatus, ImageId, PortBinding, PortSpec};
use ports::{ContainerFilter, Containers, NetworkRequest, Networks};

use crate::registry::Entry;
use crate::testing::{World, filters};

/// `old` has exited with 3, `web` runs, `new` was never started.
struct Three {
    world: World,
    web: Arc<Entry>,
}

impl Three {
    fn new() -> Self {
        let world = World::new();
        world.pull("busybox:1", 2, 20);
        Networks::create(&world.handle, NetworkRequest { name: "net".to_owned(), ..NetworkRequest::default() }).unwrap();
        let old = world.create("old", |spec| spec.config.image = "busybox:1".to_owned());
        world.run(&old, "10.0.0.1");
        world.end(&old, 3);
        world.wait(1);
        let web = world.create("web", |spec| {
            spec.config.labels = [("tier".to_owned(), "front".to_owned())].into();
            spec.config.exposed_ports = PortSpec::parse_range("80-81/tcp").unwrap().into_iter().collect();
            let port = PortSpec::parse_range("80").unwrap()[0];
            spec.host.port_bindings = [(port, vec![PortBinding { host_ip: String::new(), host_port: String::new() }])].into();
            spec.host.binds = Some(vec![domain::Bind::parse("data:/var/data").unwrap(), domain::Bind::parse("/srv:/mnt").unwrap()]);
            spec.endpoints.insert("net".to_owned(), EndpointSettings::default());
        });
        world.run(&web, "10.0.0.2");
        world.wait(1);
        world.create("new", |_| {});
        Self { world, web }
    }

    fn list(&self, all: bool, limit: Option<usize>, pairs: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let filter = ContainerFilter { all, limit, filters: filters(pairs) };
        let views = Containers::list(&self.world.handle, &filter).map_err(|error| error.to_string())?;
        Ok(views.iter().map(|view| view.container.name.to_string()).collect())
    }

    fn check(&self, all: bool, limit: Option<usize>, pairs: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(self.list(all, limit, pairs), Ok(expected.iter().map(|name| (*name).to_owned()).collect()), "{all} {limit:?} {pairs:?}");
    }
}

#[test]
fn running_ones_only_unless_something_else_is_asked_for() {
    let three = Three::new();
    three.check(false, None, &[], &["web"]);
    three.check(true, None, &[], &["new", "web", "old"]);
    three.check(false, Some(2), &[], &["new", "web"]);
    three.check(false, Some(0), &[], &["web"]);
    three.check(false, Some(1), &[("name", "o")], &["old"]);
    three.check(false, None, &[("status", "exited")], &["old"]);
    three.check(false, None, &[("status", "exited"), ("status", "created")], &["new", "old"]);
    three.check(false, None, &[("exited", "3")], &[]);
}

#[test]
fn every_filter_narrows() {
    let three = Three::new();
    let id = three.web.container().id.to_string();
    let network = three.world.core.networks.find("net").unwrap().id.to_string();
    let image = three.world.core.containers.find("old").unwrap().container().image.to_string();
    let digest = format!("busybox@sha256:{}", "d2".repeat(32));
    for (pairs, expected) in [
        (&[("name", "^w")][..], &["web"][..]),
        (&[("name", "^/w")], &["web"]),
        (&[("name", "e")], &["new", "web"]),
        (&[("name", "("), ("name", "old")], &["old"]),
        (&[("name", "(")], &[]),
        (&[("id", &id[..10])], &["web"]),
        (&[("id", &id)], &["web"]),
        (&[("label", "tier")], &["web"]),
        (&[("label", "tier=front")], &["web"]),
        (&[("label", "tier=back")], &[]),
        (&[("exited", "3")], &["old"]),
        (&[("exited", "0")], &[]),
        (&[("health", "none")], &["new", "web", "old"]),
        (&[("health", "healthy")], &[]),
        (&[("is-task", "true")], &[]),
        (&[("is-task", "false"), ("isolation", "x")], &["new", "web", "old"]),
        (&[("volume", "data")], &["web"]),
        (&[("volume", "/var/data")], &["web"]),
        (&[("volume", "/srv")], &["web"]),
        (&[("volume", "")], &[]),
        (&[("network", "net")], &["web"]),
        (&[("network", &network[..8])], &["web"]),
        (&[("network", "bridge")], &["new", "old"]),
        (&[("publish", "80")], &["web"]),
        (&[("publish", "81")], &[]),
        (&[("publish", "80/xx")], &[]),
        (&[("publish", "79-80/tcp")], &["web"]),
        (&[("expose", "81-90/tcp")], &["web"]),
        (&[("expose", "81/udp")], &[]),
        (&[("ancestor", "busybox:1")], &["old"]),
        (&[("ancestor", "alpine")], &["new", "web"]),
        (&[("ancestor", "alpine"), ("ancestor", "busybox:1")], &["new", "web", "old"]),
        (&[("ancestor", &image)], &["old"]),
        (&[("ancestor", "0202")], &["old"]),
        (&[("ancestor", &digest)], &["old"]),
        (&[("ancestor", "nosuch")], &[]),
        (&[("before", "web")], &["old"]),
        (&[("since", "web")], &["new"]),
        (&[("before", "new"), ("since", "old")], &["web"]),
        (&[("before", "old")], &[]),
        (&[("name", "web"), ("status", "exited")], &[]),
    ] {
        three.check(true, None, pairs, expected);
    }
}

#[test]
fn health_is_matched_whole() {
    let three = Three::new();
    let health = Health { status: HealthStatus::Unhealthy, failing_streak: 1, log: Vec::new() };
    three.web.change(|inner| inner.edit().state.set_health(health)).unwrap();
    three.check(true, None, &[("health", "unhealthy")], &["web"]);
    three.check(true, None, &[("health", "healthy")], &[]);
}

#[test]
fn senseless_filters_are_refused_in_dockers_words() {
    let three = Three::new();
    for (pair, text) in [
        (("nosuch", "x"), "invalid filter 'nosuch'"),
        (("label!", "x"), "invalid filter 'label!'"),
        (("status", "x"), "invalid filter 'status=x'"),
        (("health", "x"), "unrecognized filter value for health: x"),
        (("exited", "x"), "invalid filter 'exited=x': strconv.Atoi: parsing \"x\": invalid syntax"),
        (
            ("exited", "99999999999999999999"),
            "invalid filter 'exited=99999999999999999999': strconv.Atoi: parsing \"99999999999999999999\": value out of range",
        ),
        (("is-task", "x"), "invalid filter 'is-task=[x]'"),
        (("before", "nosuch"), "No such container: nosuch"),
        (("since", "nosuch"), "No such container: nosuch"),
        (("publish", "80:80"), "filter for 'publish' should not contain ':': 80:80"),
        (("publish", "x"), "error while looking up for publish x: strconv.ParseUint: parsing \"x\": invalid syntax"),
        (("expose", "9-8"), "error while looking up for expose 9-8: Invalid range specified for the Port: 9-8"),
        (("expose", "99999"), "error while looking up for expose 99999: strconv.ParseUint: parsing \"99999\": value out of range"),
        (("expose", ""), "error while looking up for expose : Empty string specified for ports."),
    ] {
        assert_eq!(three.list(true, None, &[pair]), Err(text.to_owned()));
    }
}

#[test]
fn a_view_names_the_image_as_it_was_asked_for() {
    let three = Three::new();
    let name = || Containers::inspect(&three.world.handle, "old").unwrap().image_name;
    assert_eq!(name(), "busybox:1");
    three.world.pull("busybox:1", 3, 30);
    assert_eq!(ImageId::parse(&name()), Some(three.world.core.containers.find("old").unwrap().container().image.clone()));
}
