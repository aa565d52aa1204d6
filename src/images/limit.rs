//! How many images are remembered.

use super::list::uses;
use crate::core::Core;

/// Of how many names it is remembered what they mean. Whoever needs one that is forgotten pulls it again, which costs nobody much.
const MOST: usize = 4_096;

/// How many are left when there were too many, so that this is rare.
const LEFT: usize = MOST / 8 * 7;

/// Forgets the oldest names if there are too many, and the images that nothing else names or uses.
pub(super) fn limit(core: &Core) {
    if core.images.names_len() > MOST {
        let used = uses(core).into_keys().collect();
        core.images.forget_oldest(LEFT, &used);
        tracing::info!(names = LEFT, "there were too many names of images; the oldest are forgotten");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Image, ImageRef, Platform};
    use futures_util::FutureExt;
    use ports::Images;

    use super::{LEFT, MOST};
    use crate::testing::{World, image_id};

    #[test]
    fn old_images_are_forgotten_and_used_ones_are_not() {
        let world = World::new();
        world.pull("used:1", 5, 50);
        let used = world.create("web", |spec| spec.config.image = "used:1".to_owned()).container().image.clone();
        for number in 0..MOST {
            let reference = ImageRef::parse(&format!("many:{number}")).unwrap();
            world.core.images.add(&reference, Arc::new(Image::unknown(&reference, &Platform::linux("x86_64"))));
        }
        world.pull("last", 6, 60);
        assert!(world.core.images.names_len() <= LEFT + 2, "{}", world.core.images.names_len());
        assert!(world.core.images.len() <= LEFT + 2);
        assert!(world.core.images.find("many:0").is_err() && world.core.images.find("alpine").is_err());
        let kept = |name: &str| Images::inspect(&world.handle, name).now_or_never().unwrap().unwrap().image.id.clone();
        assert_eq!((kept("used:1"), kept(used.as_str())), (used.clone(), used));
        kept("last");
        kept(&format!("many:{}", MOST - 1));
        // A name is as good as an image for filling the memory.
        for number in 0..=MOST {
            world.handle.tag(image_id(6).as_str(), &ImageRef::parse(&format!("tag:{number}")).unwrap()).unwrap();
        }
        assert!(world.core.images.names_len() <= MOST);
        assert!(world.core.images.len() < 10, "{}", world.core.images.len());
    }
}
