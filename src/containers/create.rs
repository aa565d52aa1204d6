//! Making a container.

use std::sync::Arc;

use domain::{
    Action, Container, ContainerId, ContainerName, Credentials, Error, Image, ImageConfig, ImageRef, Platform, Result, State, merge,
    shortfalls,
};
use ports::{CreateContainer, Created};

use crate::core::Core;
use crate::events::container_event;
use crate::images::{self, Known};
use crate::networks::initial_endpoints;

/// How many generated names are tried before the server gives up.
const NAME_TRIES: u32 = 64;

/// Makes a container; nothing runs yet. Only about an image of which nothing is known its registry is asked.
pub(crate) async fn create(core: &Core, request: CreateContainer) -> Result<Created> {
    let CreateContainer { name, mut spec, credentials } = request;
    let name = name.as_deref().map(ContainerName::parse).transpose()?;
    if let Ok(reference) = ImageRef::parse(&spec.config.image) {
        images::keep(core, &reference, credentials);
    }
    let known = images::find(core, &spec.config.image, spec.platform.as_ref()).await?;
    let mut warnings = Vec::new();
    if let Some(asked) = &spec.platform {
        images::check_platform(core, &spec.config.image, asked, &known.image).await?;
    } else {
        warnings.extend(other_platform(&known.image, core.platform().await));
    }
    if let Some(defaults) = &known.image.config {
        merge(&mut spec.config, defaults);
        check_command(&spec.config, defaults)?;
    }
    warnings.extend(nothing_known(&spec.config.image, &known));
    let pull_name = core.images.pull_name(&spec.config.image, &known);
    warnings.extend(not_for_nodes(core, &spec.config.image, &pull_name));
    warnings.extend(shortfalls(&spec));
    let id = ContainerId::from_bytes(core.outbound.ids.bytes());
    if spec.config.hostname.is_empty() {
        spec.config.hostname = id.short().to_owned();
    }
    let endpoints = initial_endpoints(core, &spec)?;
    let mounts = crate::volumes::claim(core, &spec)?;
    let container = Container {
        id: id.clone(),
        name: match name {
            Some(name) => name,
            None => free_name(core)?,
        },
        created: core.now(),
        endpoints,
        pull_name,
        image: known.image.id.clone(),
        spec: Arc::new(spec),
        state: State::new(),
        runs: 0,
        mounts,
    };
    let event = container_event(&container, Action::Create, container.created, &[]);
    // Where the name is taken nothing may be left of the volumes that were made for it.
    core.containers.add(container.clone()).inspect_err(|_| crate::volumes::release(core, &container))?;
    core.events.publish(event);
    Ok(Created { id, warnings })
}

fn check_command(config: &domain::Config, image: &ImageConfig) -> Result<()> {
    let empty = |words: &Option<Vec<String>>| words.as_ref().is_none_or(Vec::is_empty);
    let image_is_silent = empty(&image.entrypoint) && empty(&image.cmd);
    if empty(&config.entrypoint) && empty(&config.cmd) && (image_is_silent || config.entrypoint.is_some()) {
        return Err(Error::Invalid("no command specified".to_owned()));
    }
    Ok(())
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

fn free_name(core: &Core) -> Result<ContainerName> {
    (0..NAME_TRIES)
        .filter_map(|tries| {
            let bytes = core.outbound.ids.bytes();
            let number = u64::from_le_bytes(bytes[..8].try_into().expect("invariant: 32 bytes have eight"));
            ContainerName::parse(&domain::generated_name(number, tries / 4)).ok()
        })
        .find(|name| core.containers.is_free(name))
        .ok_or_else(|| Error::Conflict("no free name was found; give the container one".to_owned()))
}
