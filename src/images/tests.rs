use domain::{Error, ImageRef};
use futures_util::FutureExt;
use ports::{ImageDeletion, ImageSummary, Images};

use crate::testing::{World, filters, image, image_id};

/// What is done with the images of one world.
struct Known(World);

impl Known {
    fn new() -> Self {
        let world = World::new();
        world.pull("busybox:1", 2, 20);
        world.pull("quay.io/x/y:2", 3, 30);
        Self(world)
    }

    fn tag(&self, name: &str, target: &str) -> Result<(), Error> {
        self.0.handle.tag(name, &ImageRef::parse(target)?)
    }

    fn inspect(&self, name: &str) -> Result<ImageSummary, Error> {
        self.0.handle.inspect(name).now_or_never().unwrap()
    }

    fn list(&self, pairs: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let first = |summary: ImageSummary| summary.tags.into_iter().next().unwrap_or_else(|| "<none>".to_owned());
        let list = Images::list(&self.0.handle, &filters(pairs)).map_err(|error| error.to_string())?;
        Ok(list.into_iter().map(first).collect())
    }

    fn remove(&self, name: &str, force: bool) -> Result<Vec<String>, String> {
        let shown = |deletion: &ImageDeletion| match deletion {
            ImageDeletion::Untagged(name) if name.contains('@') => format!("-{}@", name.split('@').next().unwrap()),
            ImageDeletion::Untagged(name) => format!("-{name}"),
            ImageDeletion::Deleted(id) => format!("x{}", &id[7..9]),
        };
        let removed = Images::remove(&self.0.handle, name, force).map_err(|error| error.to_string())?;
        Ok(removed.iter().map(shown).collect())
    }
}

#[test]
fn images_are_found_by_every_name() {
    let images = Known::new();
    let id = image_id(2);
    let digest = "busybox@sha256:".to_owned() + &"d2".repeat(32);
    for name in ["busybox:1", "docker.io/library/busybox:1", id.as_str(), id.digits(), "0202", "sha256:0202", &digest] {
        assert_eq!(images.inspect(name).map(|summary| summary.image.id.clone()), Ok(id.clone()), "{name}");
    }
    let seen = images.inspect("busybox:1").unwrap();
    assert_eq!((seen.tags, seen.digests), (vec!["busybox:1".to_owned()], vec![digest]));
    for (name, text) in [
        ("nosuch", "No such image: nosuch:latest"),
        ("busybox", "No such image: busybox:latest"),
        ("docker.io/library/nosuch", "No such image: nosuch:latest"),
        ("sha256:ffff", "No such image: sha256:ffff"),
        (&"f".repeat(64), &format!("No such image: sha256:{}", "f".repeat(64))),
        ("0", "No such image: 0:latest"),
    ] {
        assert_eq!(images.inspect(name), Err(Error::NotFound(text.to_owned())));
        assert_eq!(images.0.core.images.find(name), Err(Error::NotFound(text.to_owned())));
    }
    assert!(matches!(images.inspect("a b"), Err(Error::Invalid(_))));
}

#[test]
fn lists_are_newest_first_and_filtered() {
    let images = Known::new();
    images.tag("alpine", "eng/x:1").unwrap();
    for (pairs, expected) in [
        (&[][..], &["quay.io/x/y:2", "busybox:1", "eng/x:1"][..]),
        (&[("reference", "busy*")], &["busybox:1"]),
        (&[("reference", "*/*")], &["eng/x:1"]),
        (&[("reference", "*/*"), ("reference", "quay.io/*/*")], &["quay.io/x/y:2", "eng/x:1"]),
        (&[("before", "busybox:1")], &["eng/x:1"]),
        (&[("since", "alpine")], &["quay.io/x/y:2", "busybox:1"]),
        (&[("since", "alpine"), ("before", "quay.io/x/y:2")], &["busybox:1"]),
        (&[("until", "15")], &["eng/x:1"]),
        (&[("label", "number=3")], &["quay.io/x/y:2"]),
        (&[("label", "nosuch")], &[]),
        (&[("dangling", "true")], &[]),
        (&[("dangling", "false")], &["quay.io/x/y:2", "busybox:1", "eng/x:1"]),
    ] {
        assert_eq!(images.list(pairs), Ok(expected.iter().map(|name| (*name).to_owned()).collect()), "{pairs:?}");
    }
    for (pair, text) in [
        (("nosuch", "x"), "invalid filter 'nosuch'"),
        (("dangling", "x"), "invalid filter 'dangling=[x]'"),
        (("reference", "[bad"), "syntax error in pattern"),
        (("before", "nosuch"), "No such image: nosuch:latest"),
        (("until", "x"), "failed to parse value as time or duration: \"x\""),
    ] {
        assert_eq!(images.list(&[pair]), Err(text.to_owned()));
    }
}

#[test]
fn an_image_that_does_not_say_when_it_was_built_is_before_and_after_nothing() {
    let images = Known::new();
    images.0.offer("timeless:1", domain::Image { created: None, ..image(5, 0) });
    let timeless = ImageRef::parse("timeless:1").unwrap();
    images.0.handle.pull(&timeless, None, None).now_or_never().unwrap().unwrap();
    assert_eq!(images.list(&[("before", "busybox:1")]), Ok(vec!["alpine:latest".to_owned()]));
    assert_eq!(images.list(&[("since", "timeless:1")]).map(|list| list.len()), Ok(3));
    assert_eq!(images.list(&[]).map(|list| list.len()), Ok(4));
}

#[test]
fn nothing_is_pulled_by_the_name_of_the_empty_image() {
    let images = Known::new();
    let pull = |name| images.0.handle.pull(&ImageRef::parse(name).unwrap(), None, None).now_or_never().unwrap().map(|pulled| pulled.new);
    assert_eq!(pull("scratch:1"), Err(Error::Forbidden("'scratch' is a reserved name".to_owned())));
    assert!(matches!(pull("x/scratch"), Err(Error::NotFound(_))));
}

#[test]
fn a_name_that_moves_on_leaves_the_old_image_without_a_tag() {
    let images = Known::new();
    let container = images.0.create("web", |spec| spec.config.image = "busybox:1".to_owned()).container();
    assert_eq!(images.0.core.images.display_name("busybox:1", &container.image), "busybox:1");
    images.0.pull("busybox:1", 4, 40);
    assert_eq!(images.list(&[("dangling", "true")]), Ok(vec!["<none>".to_owned()]));
    assert_eq!(images.0.core.images.display_name("busybox:1", &container.image), image_id(2).to_string());
    assert_eq!(images.0.core.images.display_name("0202", &container.image), "0202");
    assert_eq!(images.inspect("0202").unwrap().containers, 1);
}

#[test]
fn names_go_one_by_one_and_the_image_with_the_last() {
    let images = Known::new();
    images.tag("busybox:1", "busybox:2").unwrap();
    assert_eq!(images.remove("busybox:2", false), Ok(vec!["-busybox:2".to_owned()]));
    assert_eq!(images.remove("busybox:1", false), Ok(vec!["-busybox:1".to_owned(), "-busybox@".to_owned(), "x02".to_owned()]));
    assert_eq!(images.remove("busybox:1", false), Err("No such image: busybox:1".to_owned()));
    assert_eq!(images.remove("0303", false).map(|done| done.len()), Ok(3));
    assert_eq!(images.0.core.images.len(), 1);
    assert_eq!(
        images.0.events("image", &["name"])[3..],
        [
            "tag busybox:2".to_owned(),
            format!("untag {}", image_id(2)),
            format!("untag {}", image_id(2)),
            format!("delete {}", image_id(2)),
            format!("untag {}", image_id(3)),
            format!("untag {}", image_id(3)),
            format!("delete {}", image_id(3)),
        ]
    );
}

#[test]
fn images_in_use_stay() {
    let images = Known::new();
    let entry = images.0.create("web", |spec| spec.config.image = "busybox:1".to_owned());
    let user = entry.container().id.short().to_owned();
    let by_name = format!(
        "conflict: unable to remove repository reference \"busybox:1\" (must force) - container {user} is using its referenced image 020202020202"
    );
    let by_id = |can: &str, kind: &str| {
        Err(format!("conflict: unable to delete 020202020202 ({can}) - image is being used by {kind} container {user}"))
    };
    assert_eq!(images.remove("busybox:1", false), Err(by_name));
    assert_eq!(images.remove("0202", false), by_id("must be forced", "stopped"));
    images.0.run(&entry, "10.0.0.1");
    assert_eq!(images.remove("0202", true), by_id("cannot be forced", "running"));
    assert_eq!(images.remove("busybox:1", true), Ok(vec!["-busybox:1".to_owned(), "-busybox@".to_owned()]));
    assert_eq!(images.0.core.images.display_name("busybox:1", &image_id(2)), image_id(2).to_string());
    images.0.end(&entry, 0);
    assert_eq!(images.remove("0202", true), Ok(vec!["x02".to_owned()]));
}

#[test]
fn an_id_with_names_in_several_repositories_needs_force() {
    let images = Known::new();
    images.tag("busybox:1", "other:1").unwrap();
    let text = "conflict: unable to delete 020202020202 (must be forced) - image is referenced in multiple repositories";
    assert_eq!(images.remove("0202", false), Err(text.to_owned()));
    let in_order = ["-busybox:1", "-busybox@", "-other:1", "x02"].map(str::to_owned).to_vec();
    assert_eq!(images.remove("0202", true), Ok(in_order));
}

#[test]
fn prune_takes_what_nobody_uses() {
    let images = Known::new();
    let prune =
        |pairs: &[(&str, &str)]| Images::prune(&images.0.handle, &filters(pairs)).map(|done| done.len()).map_err(|error| error.to_string());
    assert_eq!(prune(&[]), Ok(0));
    images.0.create("web", |spec| spec.config.image = "quay.io/x/y:2".to_owned());
    images.0.pull("busybox:1", 4, 40);
    // The digest of the image that lost its tag, and the image.
    assert_eq!(prune(&[]), Ok(2));
    assert_eq!(prune(&[("dangling", "false"), ("label", "number=1")]), Ok(3));
    assert_eq!(prune(&[("dangling", "false"), ("until", "1")]), Ok(0));
    assert_eq!(prune(&[("dangling", "x")]), Err("invalid filter 'dangling=[x]'".to_owned()));
    assert_eq!(images.list(&[]), Ok(vec!["busybox:1".to_owned(), "quay.io/x/y:2".to_owned()]));
}

#[test]
fn tags_are_names_and_no_digests() {
    let images = Known::new();
    let digest = format!("x@sha256:{}", "a".repeat(64));
    assert_eq!(images.tag("alpine", &digest), Err(Error::Invalid("cannot import digest reference".to_owned())));
    let ambiguous = "refusing to create an ambiguous tag using digest algorithm as name";
    assert_eq!(images.tag("alpine", "sha256:1"), Err(Error::Invalid(ambiguous.to_owned())));
    assert_eq!(images.tag("alpine", "x/sha256:1"), Ok(()));
    assert_eq!(images.tag("nosuch", "x"), Err(Error::NotFound("No such image: nosuch:latest".to_owned())));
    images.tag("alpine", "busybox:1").unwrap();
    assert_eq!(images.inspect("busybox:1").unwrap().image.id, image_id(1));
}
