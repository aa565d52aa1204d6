//! How many images are remembered.

use super::list::uses;
use crate::core::Core;

/// Of how many names it is remembered what they mean, and how many bytes the images they mean may take. Whoever needs one that is forgotten
/// pulls it again, which costs nobody much.
const MOST: (usize, usize) = (4_096, 64 << 20);

/// What is left when there was too much, so that this is rare.
const LEFT: (usize, usize) = (MOST.0 / 8 * 7, MOST.1 / 8 * 7);

/// Forgets the oldest names if there are too many or they mean too much, and the images that nothing else names or uses.
pub(super) fn limit(core: &Core) {
    let (names, bytes) = core.images.extent();
    if names > MOST.0 || bytes > MOST.1 {
        let used = uses(core).into_keys().collect();
        core.images.forget_oldest(LEFT, &used);
        tracing::info!(names, bytes, "too much is known about images; the oldest are forgotten");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Image, ImageRef, Platform};
    use futures_util::FutureExt;
    use ports::Images;

    use super::{LEFT, MOST};
    use crate::testing::{World, image, image_id};

    #[test]
    fn old_images_are_forgotten_and_used_ones_are_not() {
        let world = World::new();
        world.pull("used:1", 5, 50);
        let used = world.create("web", |spec| spec.config.image = "used:1".to_owned()).container().image.clone();
        for number in 0..MOST.0 {
            let reference = ImageRef::parse(&format!("many:{number}")).unwrap();
            world.core.images.add(&reference, Arc::new(Image::unknown(&reference, &Platform::linux("x86_64"))));
        }
        world.pull("last", 6, 60);
        assert!(world.core.images.extent().0 <= LEFT.0 + 2, "{:?}", world.core.images.extent());
        assert!(world.core.images.len() <= LEFT.0 + 2);
        assert!(world.core.images.find("many:0").is_err() && world.core.images.find("alpine").is_err());
        let kept = |name: &str| Images::inspect(&world.handle, name).now_or_never().unwrap().unwrap().image.id.clone();
        assert_eq!((kept("used:1"), kept(used.as_str())), (used.clone(), used));
        kept("last");
        kept(&format!("many:{}", MOST.0 - 1));
        // A name is as good as an image for filling the memory.
        for number in 0..=MOST.0 {
            world.handle.tag(image_id(6).as_str(), &ImageRef::parse(&format!("tag:{number}")).unwrap()).unwrap();
        }
        assert!(world.core.images.extent().0 <= MOST.0);
        assert!(world.core.images.len() < 10, "{}", world.core.images.len());
    }

    #[test]
    fn heavy_images_are_forgotten_sooner() {
        let world = World::new();
        for number in 0..40 {
            let heavy = Image { comment: "x".repeat(4 << 20), ..image(number, 50) };
            world.offer(&format!("heavy:{number}"), heavy);
            let reference = ImageRef::parse(&format!("heavy:{number}")).unwrap();
            Images::pull(&world.handle, &reference, None, None).now_or_never().unwrap().unwrap();
            let (_, bytes) = world.core.images.extent();
            assert!(bytes <= MOST.1, "{bytes}");
        }
        assert!(world.core.images.find("heavy:39").is_ok() && world.core.images.find("heavy:0").is_err());
    }
}
