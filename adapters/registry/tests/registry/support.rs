//! What all tests use.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::time::Duration;

use adapter_registry::{Mirror, RegistryImages, RegistrySettings};
use domain::{Credentials, Image, ImageRef, Platform};
use ports::{ImageCatalog, Kind, PortResult};

/// Settings with these mirrors of every registry.
pub(crate) fn settings(mirrors: &[&str]) -> RegistrySettings {
    let mirror = |url: &&str| Mirror { registry: "*".to_owned(), url: (*url).to_owned() };
    RegistrySettings {
        mirrors: mirrors.iter().map(mirror).collect(),
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
        timeout: Duration::from_secs(10),
        ..RegistrySettings::default()
    }
}

/// A catalogue that asks these mirrors before the registry itself.
pub(crate) fn mirrored(mirrors: &[&str]) -> RegistryImages {
    RegistryImages::new(settings(mirrors)).unwrap()
}

/// Asks without credentials, for the platform of most images.
pub(crate) async fn resolve(images: &RegistryImages, name: &str) -> PortResult<Arc<Image>> {
    images.resolve(&reference(name), &Platform::linux("x86_64"), None).await
}

/// Why there is no such image: the class and the text.
pub(crate) async fn refusal(images: &RegistryImages, name: &str) -> (Kind, String) {
    let error = resolve(images, name).await.unwrap_err();
    (error.kind, error.context)
}

pub(crate) fn reference(name: &str) -> ImageRef {
    ImageRef::parse(name).unwrap()
}

pub(crate) fn password(username: &str, password: &str) -> Credentials {
    Credentials::Password { username: username.to_owned(), password: password.to_owned() }
}

/// Says what is left out, past what captures the output of tests that pass.
pub(crate) fn say(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}
