//! Images that are taken for granted.

use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use domain::{Image, ImageId, ImageRef, Platform};
use ports::{ImageCatalog, PortResult};

/// A catalog in which every name is an image that nobody has looked into.
#[derive(Debug, Clone, Copy, Default)]
pub struct AssumedImages;

#[async_trait]
impl ImageCatalog for AssumedImages {
    async fn resolve(&self, reference: &ImageRef, platform: Option<&Platform>) -> PortResult<Image> {
        let platform = complete(platform);
        Ok(Image {
            id: stand_in_id(reference, &platform),
            digest: reference.digest().map(str::to_owned),
            created: None,
            platform,
            size: 0,
            config: None,
        })
    }
}

/// The platform asked for; what it leaves open is this machine's.
fn complete(asked: Option<&Platform>) -> Platform {
    let asked = asked.cloned().unwrap_or(Platform { os: String::new(), architecture: String::new(), variant: String::new() });
    let or = |given: String, own: &str| if given.is_empty() { own.to_owned() } else { given };
    Platform { os: or(asked.os, "linux"), architecture: or(asked.architecture, own_architecture()), variant: asked.variant }
}

/// This machine's processor in the words of image manifests.
fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

/// An id that stands in for the digest of the configuration: the same for the same name and platform, another for another.
fn stand_in_id(reference: &ImageRef, platform: &Platform) -> ImageId {
    let digits: String = (0_u8..4)
        .map(|part| {
            let mut hasher = DefaultHasher::new();
            (part, reference, &platform.os, &platform.architecture, &platform.variant).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        })
        .collect();
    ImageId::parse(&format!("sha256:{digits}")).expect("invariant: four times sixteen digits")
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn resolve(name: &str, platform: Option<&str>) -> Image {
        let reference = ImageRef::parse(name).expect("a name");
        let platform = platform.map(|text| Platform::parse(text).expect("a platform"));
        let mut resolving = pin!(AssumedImages.resolve(&reference, platform.as_ref()));
        match resolving.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(image) => image.expect("an image"),
            Poll::Pending => panic!("nothing to wait for"),
        }
    }

    #[test]
    fn the_same_name_is_the_same_image() {
        assert_eq!(resolve("redis", None), resolve("docker.io/library/redis:latest", None));
        assert_ne!(resolve("redis", None).id, resolve("redis:7", None).id);
        assert_ne!(resolve("redis", None).id, resolve("redis", Some("linux/s390x")).id);
    }

    #[test]
    fn nothing_is_claimed_about_the_inside() {
        let image = resolve("redis:7", None);
        assert_eq!((image.digest, image.created, image.size, image.config), (None, None, 0, None));
    }

    #[test]
    fn what_the_client_said_is_kept() {
        let digest = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(resolve(&format!("redis@{digest}"), None).digest, Some(digest));
        let platform = resolve("redis", Some("linux/arm/v7")).platform;
        assert_eq!((platform.os.as_str(), platform.architecture.as_str(), platform.variant.as_str()), ("linux", "arm", "v7"));
        assert_eq!(resolve("redis", Some("linux")).platform.architecture, own_architecture());
    }
}
