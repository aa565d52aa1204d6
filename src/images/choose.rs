//! The image of a new container.

use std::sync::Arc;

use domain::{ContainerSpec, Credentials, Error, Image, ImageRef, Platform, Result};

use super::store::Known;
use super::{credentials, lookup};
use crate::core::Core;

/// The image of a new container.
pub(crate) struct Chosen {
    /// The image.
    pub(crate) image: Arc<Image>,
    /// The name by which a node finds it.
    pub(crate) pull_name: String,
    /// What the user should know about it.
    pub(crate) warnings: Vec<String>,
}

/// Finds the image that a container is to be made of, and keeps what the client gave to open its registry.
pub(crate) async fn choose(core: &Core, spec: &ContainerSpec, given: Option<Credentials>) -> Result<Chosen> {
    let name = &spec.config.image;
    if let Ok(reference) = ImageRef::parse(name) {
        credentials::keep(core, &reference, given);
    }
    let known = lookup::find(core, name, spec.platform.as_ref()).await?;
    let other = match &spec.platform {
        Some(asked) => check_platform(core, name, asked, &known.image).await.map(|()| None)?,
        None => other_platform(&known.image, core.platform().await),
    };
    let pull_name = core.images.pull_name(name, &known);
    let warnings = other.into_iter().chain(nothing_known(name, &known)).chain(not_for_nodes(core, name, &pull_name)).collect();
    Ok(Chosen { image: known.image, pull_name, warnings })
}

/// Refuses an image that is known to be made for something else than what was asked for (moby `daemon/images/image.go`, `GetImage`).
pub(super) async fn check_platform(core: &Core, name: &str, asked: &Platform, image: &Image) -> Result<()> {
    let asked = core.platform_of(Some(asked)).await;
    if image.config.is_none() || asked.admits(&image.platform) {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "image with reference {name} was found but does not match the specified platform: wanted {asked}, actual: {}",
        image.platform
    )))
}

/// Tells that an image is for other nodes than there are (moby `daemon/create.go`, `create`).
fn other_platform(image: &Image, nodes: &Platform) -> Option<String> {
    let other = image.config.is_some() && !nodes.admits(&image.platform);
    other.then(|| {
        format!(
            "The requested image's platform ({}) does not match the detected host platform ({nodes}) and no specific platform was requested",
            image.platform
        )
    })
}

/// Tells that nobody knows what an image does.
fn nothing_known(name: &str, known: &Known) -> Option<String> {
    let reason = known.unknown_because.as_ref()?;
    Some(format!(
        "Image {name}: its configuration is not known: {reason}; what it does by default is decided where it runs and not shown here."
    ))
}

/// Tells that nodes cannot pull with what a client gave: a token is for whoever speaks to the registry with it, and they have no way to.
fn not_for_nodes(core: &Core, name: &str, pull_name: &str) -> Option<String> {
    let login = core.login(pull_name)?;
    let token = matches!(login.credentials, Credentials::Token(_));
    token.then(|| format!("Image {name}: nodes cannot use a token of {}; they pull the image without it.", login.registry))
}
