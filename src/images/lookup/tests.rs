use domain::{Credentials, Error, ImageRef, Platform, PullPolicy, RegistryLogin};
use futures_util::FutureExt;
use ports::{Containers, CreateContainer, Images, Kind, PulledImage};

use crate::core::EngineSettings;
use crate::testing::{World, image, image_id};

/// A world that pulls images by this policy.
fn world(pull_policy: PullPolicy) -> World {
    World::with(EngineSettings { pull_policy, ..EngineSettings::default() })
}

fn token(text: &str) -> Option<Credentials> {
    Some(Credentials::Token(text.to_owned()))
}

fn pull(world: &World, name: &str, platform: Option<&str>, credentials: Option<Credentials>) -> Result<PulledImage, Error> {
    let platform = platform.map(|text| Platform::parse(text).unwrap());
    world.handle.pull(&ImageRef::parse(name).unwrap(), platform.as_ref(), credentials).now_or_never().unwrap()
}

/// Creates a container of the image, and tells its warnings, the image it has and what a node is to pull.
fn create(world: &World, name: &str, credentials: Option<Credentials>) -> Result<(Vec<String>, String, String), Error> {
    let mut request = CreateContainer { credentials, ..CreateContainer::default() };
    request.spec.config.image = name.to_owned();
    request.spec.config.cmd = Some(vec!["true".to_owned()]);
    let created = Containers::create(&world.handle, request).now_or_never().unwrap()?;
    let container = world.core.containers.find(created.id.as_str()).unwrap().container();
    Ok((created.warnings, container.image.to_string(), container.pull_name.clone()))
}

fn inspect(world: &World, name: &str) -> Result<String, Error> {
    Images::inspect(&world.handle, name).now_or_never().unwrap().map(|summary| summary.image.id.to_string())
}

fn missing<T>(name: &str) -> Result<T, Error> {
    Err(Error::NotFound(format!("No such image: {name}")))
}

#[test]
fn what_nobody_pulled_is_missing_even_if_its_registry_has_it() {
    let world = world(PullPolicy::IfNotPresent);
    world.offer("redis:7", image(5, 50));
    assert_eq!(create(&world, "redis:7", None), missing("redis:7"));
    assert_eq!(inspect(&world, "redis:7"), missing("redis:7"));
    assert_eq!(create(&world, "nosuch", None), missing("nosuch:latest"));
    assert!(pull(&world, "redis:7", None, None).unwrap().new);
    let (warnings, id, pull_name) = create(&world, "redis:7", None).unwrap();
    assert_eq!((warnings, id, pull_name.as_str()), (Vec::new(), image_id(5).to_string(), "redis:7"));
}

#[test]
fn what_is_known_is_not_asked_for_again() {
    let world = world(PullPolicy::IfNotPresent);
    world.asked();
    for name in ["alpine", "docker.io/library/alpine:latest", image_id(1).as_str(), "0101"] {
        create(&world, name, None).unwrap();
        inspect(&world, name).unwrap();
    }
    assert_eq!(world.asked(), Vec::<String>::new());
}

#[test]
fn bare_words_are_not_asked_for_when_they_are_only_looked_at() {
    let world = world(PullPolicy::IfNotPresent);
    world.fail(Some(Kind::Unavailable));
    world.asked();
    assert_eq!(inspect(&world, "mynet"), missing("mynet:latest"));
    assert_eq!(inspect(&world, &"f".repeat(64)), missing(&format!("sha256:{}", "f".repeat(64))));
    assert_eq!(world.asked(), Vec::<String>::new());
}

#[test]
fn where_no_registry_answers_the_nodes_decide() {
    for kind in [Kind::Unavailable, Kind::Timeout, Kind::Forbidden] {
        let world = world(PullPolicy::IfNotPresent);
        world.fail(Some(kind));
        let (warnings, id, pull_name) = create(&world, "redis", None).unwrap();
        assert_eq!(pull_name, "redis");
        assert!(warnings[0].contains("Image redis: its configuration is not known: the registry is on fire"), "{warnings:?}");
        assert_eq!(inspect(&world, "redis"), Ok(id.clone()));
        assert_eq!(inspect(&world, &id), Ok(id.clone()));
        assert!(inspect(&world, "quay.io/x/y:1").is_ok(), "a whole name is looked at");
        assert!(pull(&world, "busybox", None, None).is_err(), "a pull says what is wrong");
        // The registry is back, and whoever was silent is asked again.
        world.wait(300);
        world.fail(None);
        world.offer("redis", image(5, 50));
        assert_eq!(create(&world, "redis", None).unwrap(), (Vec::new(), image_id(5).to_string(), "redis".to_owned()));
        assert_eq!(inspect(&world, &id), Ok(id), "an image in use keeps its id");
    }
}

#[test]
fn nobody_waits_again_and_again_for_a_registry_that_is_silent() {
    let world = world(PullPolicy::IfNotPresent);
    world.fail(Some(Kind::Timeout));
    world.asked();
    for name in ["redis", "redis", "nginx:1", "docker.io/x/y"] {
        create(&world, name, None).unwrap();
        inspect(&world, name).unwrap();
    }
    assert_eq!(world.asked().len(), 1);
    create(&world, "quay.io/x/y", None).unwrap();
    assert_eq!(world.asked().len(), 1, "another registry may answer");
    pull(&world, "redis", None, None).unwrap_err();
    assert_eq!(world.asked().len(), 1, "a pull always asks");
    world.wait(300);
    create(&world, "redis", None).unwrap();
    assert_eq!(world.asked().len(), 1, "after a while it is tried again");
    world.fail(None);
    world.offer("redis", image(5, 50));
    pull(&world, "redis", None, None).unwrap();
    assert_eq!(create(&world, "nginx:2", None), missing("nginx:2"));
    world.asked();
    // An outage that is noticed at once makes nobody wait.
    world.fail(Some(Kind::Unavailable));
    create(&world, "nginx:3", None).unwrap();
    create(&world, "nginx:3", None).unwrap();
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn only_pulls_wait_long() {
    let world = world(PullPolicy::IfNotPresent);
    world.offer("redis", image(5, 50));
    let before = world.hasty();
    pull(&world, "redis", None, None).unwrap();
    pull(&world, "nosuch", None, None).unwrap_err();
    assert_eq!(world.hasty(), before);
    create(&world, "nosuch", None).unwrap_err();
    inspect(&world, "nosuch:1").unwrap_err();
    assert_eq!(world.hasty(), before + 2);
}

#[test]
fn a_registry_that_answers_is_believed() {
    for kind in [Kind::NotFound, Kind::Unauthorized, Kind::Internal] {
        let world = world(PullPolicy::IfNotPresent);
        world.fail(Some(kind));
        assert_eq!(create(&world, "redis", None), missing("redis:latest"));
        assert_eq!(inspect(&world, "redis:7"), missing("redis:7"));
    }
}

#[test]
fn nodes_that_pull_nothing_have_images_that_no_registry_knows() {
    let world = world(PullPolicy::Never);
    assert!(!pull(&world, "built-here:1", None, None).unwrap().new);
    assert!(create(&world, "built-here:1", None).unwrap().0[0].contains("its configuration is not known"));
    assert!(create(&world, "built-here:2", None).is_ok());
}

#[test]
fn nodes_that_always_pull_get_what_the_tag_means_now() {
    let world = world(PullPolicy::Always);
    world.pull("redis:7", 5, 50);
    world.offer("redis:7", image(6, 60));
    assert_eq!(create(&world, "redis:7", None).unwrap().1, image_id(6).to_string());
    // Nothing newer is meant by an id, and by a name that only we know.
    world.handle.tag("redis:7", &ImageRef::parse("mine").unwrap()).unwrap();
    world.offer("redis:7", image(7, 70));
    assert_eq!(create(&world, image_id(5).as_str(), None).unwrap().1, image_id(5).to_string());
    assert_eq!(create(&world, "mine", None).unwrap().1, image_id(6).to_string());
    world.fail(Some(Kind::Unavailable));
    assert_eq!(create(&world, "redis:7", None).unwrap().1, image_id(6).to_string(), "the last known one goes on");
}

#[test]
fn nodes_pull_what_registries_know() {
    let world = world(PullPolicy::IfNotPresent);
    world.pull("quay.io/x/y:2", 5, 50);
    world.handle.tag("quay.io/x/y:2", &ImageRef::parse("mine:1").unwrap()).unwrap();
    let digest = format!("quay.io/x/y@sha256:{}", "d5".repeat(32));
    for name in ["mine:1", "0505", image_id(5).as_str()] {
        assert_eq!(create(&world, name, None).unwrap().2, digest, "{name}");
    }
    assert_eq!(create(&world, "quay.io/x/y:2", None).unwrap().2, "quay.io/x/y:2");
    assert_eq!(create(&world, &digest, None).unwrap().2, digest);
}

#[test]
fn the_clients_credentials_come_first_and_are_kept_for_their_registry() {
    let world = world(PullPolicy::IfNotPresent);
    for name in ["quay.io/x:1", "quay.io/y:1", "ghcr.io/x:1", "configured.io/x:1"] {
        world.offer(name, image(5, 50));
    }
    world.asked();
    pull(&world, "quay.io/x:1", None, token("given")).unwrap();
    pull(&world, "quay.io/y:1", None, None).unwrap();
    pull(&world, "ghcr.io/x:1", None, None).unwrap();
    pull(&world, "configured.io/x:1", None, None).unwrap();
    pull(&world, "configured.io/x:1", None, token("better")).unwrap();
    let platform = world.core.platform().now_or_never().unwrap();
    let expected = ["quay.io/x:1 {} given", "quay.io/y:1 {} given", "ghcr.io/x:1 {} -", "configured.io/x:1 {} configured"];
    let expected = expected.map(|line| line.replace("{}", &platform.to_string()));
    assert_eq!(world.asked()[..4], expected);
    // What a node is to be given is what a client gave, not what is configured for us.
    assert_eq!(world.core.login("quay.io/z@sha256:0").map(|login| login.credentials), None, "no image");
    assert_eq!(world.core.login("quay.io/z:1").map(|login| login.credentials), token("given"));
    assert_eq!(world.core.login("ghcr.io/x:1"), None);
    create(&world, "ghcr.io/x:1", token("on create")).unwrap();
    assert_eq!(world.core.login("ghcr.io/x:1").map(|login| login.credentials), token("on create"));
}

#[test]
fn what_may_not_be_read_is_missing_and_said_so_once() {
    let world = world(PullPolicy::IfNotPresent);
    let text = "pull access denied for x, repository does not exist or may require 'docker login': the registry is on fire".to_owned();
    world.fail(Some(Kind::Unauthorized));
    assert_eq!(pull(&world, "x:1", None, None).unwrap_err(), Error::NotFound(text.clone()));
    world.fail(Some(Kind::Forbidden));
    assert_eq!(pull(&world, "x:1", None, None).unwrap_err(), Error::Forbidden(text));
    world.fail(Some(Kind::Internal));
    assert_eq!(pull(&world, "x:1", None, None).unwrap_err(), Error::Internal("the registry is on fire".to_owned()));
}

#[test]
fn credentials_that_open_nothing_are_not_kept() {
    let world = world(PullPolicy::IfNotPresent);
    world.fail(Some(Kind::Unauthorized));
    pull(&world, "quay.io/x:1", None, token("wrong")).unwrap_err();
    assert_eq!(world.core.login("quay.io/x:1"), None);
    let login = |credentials| {
        let login = RegistryLogin { registry: "quay.io".to_owned(), credentials };
        world.handle.login(login).now_or_never().unwrap()
    };
    let password = Credentials::Password { username: "ann".to_owned(), password: "wrong".to_owned() };
    assert_eq!(login(password), Err(Error::Unauthorized("quay.io does not know you".to_owned())));
    assert_eq!(world.core.login("quay.io/x:1"), None);
    assert_eq!(login(Credentials::Token("right".to_owned())), Ok(()));
    assert_eq!(world.core.login("quay.io/x:1").map(|login| login.credentials), token("right"));
}

#[test]
fn another_platform_is_told() {
    let world = world(PullPolicy::IfNotPresent);
    let nodes = world.core.platform().now_or_never().unwrap().clone();
    let other = Platform::linux("s390x");
    world.offer("mainframe", domain::Image { platform: other.clone(), ..image(5, 50) });
    assert_eq!(pull(&world, "mainframe", None, None).unwrap().mismatch, None);
    let name = "docker.io/library/mainframe:latest";
    let text = format!("image with reference {name} was found but does not match the specified platform: wanted {nodes}, actual: {other}");
    assert_eq!(pull(&world, "mainframe", Some(&nodes.to_string()), None).unwrap().mismatch, Some(text));
    let (warnings, ..) = create(&world, "mainframe", None).unwrap();
    assert_eq!(
        warnings,
        [format!(
            "The requested image's platform ({other}) does not match the detected host platform ({nodes}) and no specific platform was requested"
        )]
    );
}

#[test]
fn nodes_cannot_use_a_token() {
    let world = world(PullPolicy::IfNotPresent);
    world.pull("quay.io/x:1", 5, 50);
    let (warnings, ..) = create(&world, "quay.io/x:1", token("given")).unwrap();
    assert_eq!(warnings, ["Image quay.io/x:1: nodes cannot use a token of quay.io; they pull the image without it."]);
    let password = Credentials::Password { username: "ann".to_owned(), password: "right".to_owned() };
    assert_eq!(create(&world, "quay.io/x:1", Some(password)).unwrap().0, Vec::<String>::new());
}
