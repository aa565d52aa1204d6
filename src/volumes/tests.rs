use std::collections::BTreeMap;

use domain::{Bind, Container, Error, Mount, MountKind, VolumeOptions};
use futures_util::FutureExt;
use ports::{Containers, VolumeRequest, VolumeView, Volumes};

use super::{mount_events, unmount_events};
use crate::testing::{World, filters};

fn request(name: &str) -> VolumeRequest {
    VolumeRequest { name: Some(name.to_owned()), ..VolumeRequest::default() }
}

fn labels(key: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), "1".to_owned())])
}

fn mount(kind: MountKind, source: &str, target: &str) -> Mount {
    Mount {
        kind,
        source: source.to_owned(),
        target: target.to_owned(),
        read_only: false,
        consistency: String::new(),
        bind: None,
        volume: None,
        tmpfs: None,
        image: None,
    }
}

fn names(world: &World, pairs: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let views = Volumes::list(&world.handle, &filters(pairs)).map_err(|error| error.to_string())?;
    Ok(views.into_iter().map(|VolumeView { volume, .. }| volume.name).collect())
}

fn binds(texts: &[&str]) -> Option<Vec<Bind>> {
    Some(texts.iter().map(|text| Bind::parse(text).unwrap()).collect())
}

/// What is mounted, one line each; the names that the server made up are `?`.
fn shown(container: &Container) -> Vec<String> {
    let name = |name: &str| if name.len() == 64 { "?".to_owned() } else { name.to_owned() };
    let line = |mount: &domain::MountPoint| {
        let source = if mount.kind == MountKind::Volume { name(&mount.name) } else { mount.source.clone() };
        let rw = if mount.writable { "rw" } else { "ro" };
        let own = if mount.owned { " own" } else { "" };
        format!("{} {} {} {rw} [{}] [{}]{own}", mount.destination, mount.kind.name(), source, mount.mode, mount.propagation)
    };
    container.mounts.iter().map(line).collect()
}

#[test]
fn a_volume_is_made_once() {
    let world = World::new();
    let first = Volumes::create(&world.handle, VolumeRequest { labels: labels("a"), ..request("data") }).unwrap();
    let second = Volumes::create(&world.handle, VolumeRequest { labels: labels("b"), ..request("data") }).unwrap();
    assert_eq!(first, second);
    assert_eq!(Volumes::inspect(&world.handle, "data").unwrap().volume.labels, labels("a"));
    let anonymous = Volumes::create(&world.handle, VolumeRequest::default()).unwrap().volume;
    assert_eq!((anonymous.name.len(), anonymous.anonymous), (64, true));
    assert!(anonymous.labels.contains_key("com.docker.volume.anonymous"));
    assert_eq!(world.events("volume", &["driver"]), ["create local", "create local"]);
}

#[test]
fn bad_volumes_are_refused_in_dockers_words() {
    let world = World::new();
    for (request, text) in [
        (request("a"), "create a: volume name is too short, names should be at least two alphanumeric characters"),
        (
            VolumeRequest { driver: "nfs".to_owned(), ..request("data") },
            "create data: error looking up volume plugin nfs: plugin \"nfs\" not found",
        ),
        (VolumeRequest { options: labels("foo"), ..request("data") }, "create data: invalid option: \"foo\""),
    ] {
        assert_eq!(Volumes::create(&world.handle, request).map_err(|error| error.to_string()), Err(text.to_owned()));
    }
    assert_eq!(Volumes::inspect(&world.handle, "data"), Err(Error::NotFound("get data: no such volume".to_owned())));
    assert_eq!(names(&world, &[]), Ok(vec![]));
}

#[test]
fn lists_are_by_name_and_filtered() {
    let world = World::new();
    for name in ["web", "data"] {
        Volumes::create(&world.handle, VolumeRequest { labels: labels(name), ..request(name) }).unwrap();
    }
    world.create("c1", |spec| spec.host.binds = binds(&["data:/d"]));
    for (pairs, expected) in [
        (&[][..], &["data", "web"][..]),
        (&[("name", "^w.b")], &["web"]),
        (&[("name", "a")], &["data"]),
        (&[("name", "(")], &[]),
        (&[("driver", "loc")], &[]),
        (&[("driver", "local"), ("label", "web=1")], &["web"]),
        (&[("dangling", "true")], &["web"]),
        (&[("dangling", "0")], &["data"]),
    ] {
        assert_eq!(names(&world, pairs), Ok(expected.iter().map(|name| (*name).to_owned()).collect()), "{pairs:?}");
    }
    assert_eq!(names(&world, &[("dangling", "x")]), Err("invalid filter 'dangling=[x]'".to_owned()));
    assert_eq!(names(&world, &[("nosuch", "x")]), Err("invalid filter 'nosuch'".to_owned()));
    assert_eq!(Volumes::inspect(&world.handle, "data").unwrap().users, 1);
}

#[test]
fn every_way_to_ask_for_a_mount_is_one_mount_point() {
    let world = World::new();
    let entry = world.create("c1", |spec| {
        spec.host.binds = binds(&["/tmp:/h:ro", "/srv:/s:rshared", "named:/v", "/anon"]);
        let options = VolumeOptions { labels: labels("l"), ..VolumeOptions::default() };
        spec.host.mounts = vec![
            mount(MountKind::Volume, "", "/m"),
            Mount { read_only: true, volume: Some(options), ..mount(MountKind::Volume, "other", "/n") },
            mount(MountKind::Tmpfs, "", "/t"),
            mount(MountKind::Bind, "/etc", "/e"),
        ];
        spec.config.volumes = ["/v".to_owned(), "/vv".to_owned()].into();
    });
    assert_eq!(
        shown(&entry.container()),
        [
            "/anon volume ? rw [z] [] own",
            "/e bind /etc rw [] [rprivate]",
            "/h bind /tmp ro [ro] [rprivate]",
            "/m volume ? rw [z] [] own",
            "/n volume other ro [z] []",
            "/s bind /srv rw [rshared] [rshared]",
            "/t tmpfs  rw [] []",
            "/v volume named rw [z] []",
            "/vv volume ? rw [] [] own",
        ]
    );
    assert_eq!(names(&world, &[]).map(|names| names.len()), Ok(5));
    assert_eq!(Volumes::inspect(&world.handle, "other").unwrap().volume.labels, labels("l"));
}

#[test]
fn two_mounts_at_one_path_are_refused_before_anything_is_made() {
    let world = World::new();
    let refused = world.try_create("c1", |spec| spec.host.binds = binds(&["named:/x", "/tmp:/x"]));
    assert_eq!(refused, Err(Error::Invalid("Duplicate mount point: /x".to_owned())));
    let refused = world.try_create("c1", |spec| {
        spec.host.tmpfs.insert("/x".to_owned(), String::new());
        spec.host.mounts = vec![mount(MountKind::Volume, "named", "/x")];
    });
    assert_eq!(refused, Err(Error::Invalid("Duplicate mount point: /x".to_owned())));
    assert_eq!(names(&world, &[]), Ok(vec![]));
}

#[test]
fn a_taken_name_leaves_no_volume_behind() {
    let world = World::new();
    world.create("c1", |_| {});
    assert!(world.try_create("c1", |spec| spec.host.binds = binds(&["/anon"])).is_err());
    assert_eq!(names(&world, &[]), Ok(vec![]));
}

#[test]
fn volumes_are_shared_between_containers() {
    let world = World::new();
    world.create("c1", |spec| {
        spec.host.binds = binds(&["named:/v", "/anon"]);
        spec.host.mounts = vec![mount(MountKind::Tmpfs, "", "/t")];
    });
    let second = world.create("c2", |spec| spec.host.volumes_from = Some(vec!["c1:ro".to_owned()]));
    assert_eq!(shown(&second.container()), ["/anon volume ? ro [ro] []", "/v volume named ro [ro] []"]);
    let remove = |name: &str| Containers::remove(&world.handle, name, false, true).now_or_never();
    // The task that removes needs a runtime; what it does with the volumes does not.
    assert!(remove("nosuch").is_some_and(|result| result.is_err()));
    let first = world.core.containers.find("c1").unwrap().container();
    world.core.containers.remove(&first.id);
    super::release(&world.core, &first);
    assert_eq!(names(&world, &[]).map(|names| names.len()), Ok(2), "the second container still uses both");
    for (from, text) in [("nosuch", "No such container: nosuch"), ("c2:bad", "invalid mode: bad")] {
        let refused = world.try_create("c3", |spec| spec.host.volumes_from = Some(vec![from.to_owned()]));
        assert_eq!(refused, Err(Error::Invalid(text.to_owned())));
    }
}

#[test]
fn a_volume_in_use_stays() {
    let world = World::new();
    let entry = world.create("c1", |spec| spec.host.binds = binds(&["named:/v", "/anon"]));
    let container = entry.container();
    let text = format!("remove named: volume is in use - [{}]", container.id);
    assert_eq!(Volumes::remove(&world.handle, "named", true), Err(Error::Conflict(text)));
    world.core.containers.remove(&container.id);
    super::release(&world.core, &container);
    assert_eq!(names(&world, &[]), Ok(vec!["named".to_owned()]));
    assert_eq!(Volumes::remove(&world.handle, "named", false), Ok(()));
    assert_eq!(Volumes::remove(&world.handle, "named", false), Err(Error::NotFound("get named: no such volume".to_owned())));
    assert_eq!(Volumes::remove(&world.handle, "named", true), Ok(()));
    assert_eq!(world.events("volume", &[]), ["create", "create", "destroy", "destroy"]);
}

#[test]
fn prune_takes_anonymous_volumes_or_all() {
    let world = World::new();
    world.create("c1", |spec| spec.host.binds = binds(&["/used"]));
    Volumes::create(&world.handle, VolumeRequest { labels: labels("l"), ..request("named") }).unwrap();
    Volumes::create(&world.handle, VolumeRequest::default()).unwrap();
    let prune = |pairs: &[(&str, &str)]| Volumes::prune(&world.handle, &filters(pairs)).map_err(|error| error.to_string());
    assert_eq!(prune(&[("label", "l")]).map(|report| report.removed.len()), Ok(0));
    assert_eq!(prune(&[]).map(|report| report.removed.len()), Ok(1));
    assert_eq!(prune(&[("all", "1"), ("label!", "l")]).map(|report| report.removed.len()), Ok(0));
    assert_eq!(prune(&[("all", "true")]).map(|report| report.removed), Ok(vec!["named".to_owned()]));
    assert_eq!(prune(&[("all", "x")]), Err("invalid filter 'all': strconv.ParseBool: parsing \"x\": invalid syntax".to_owned()));
    assert_eq!(prune(&[("all", "0"), ("all", "1")]), Err("invalid filter 'all=[0 1]': only one value is expected".to_owned()));
    assert_eq!(names(&world, &[]).map(|names| names.len()), Ok(1));
}

#[test]
fn the_use_of_volumes_is_told() {
    let world = World::new();
    let entry = world.create("c1", |spec| spec.host.binds = binds(&["named:/v:ro", "/tmp:/t"]));
    let container = entry.container();
    let events = mount_events(&container, world.core.now());
    assert_eq!(events.len(), 1);
    let told: Vec<String> = events[0].attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(told[1..], ["destination=/v", "driver=local", "propagation=", "read/write=false"]);
    let ended = unmount_events(&container, world.core.now());
    assert_eq!(ended[0].attributes.keys().collect::<Vec<_>>(), ["container", "driver"]);
}
