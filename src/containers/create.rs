//! Making a container.

use std::sync::Arc;

use domain::{Action, Container, ContainerId, ContainerName, Error, ImageConfig, Platform, Result, State, merge, shortfalls};
use ports::{CreateContainer, Created};

use crate::core::Core;
use crate::events::container_event;
use crate::networks::initial_endpoints;

/// How many generated names are tried before the server gives up.
const NAME_TRIES: u32 = 64;

/// Makes a container; nothing runs yet, and the cluster is not asked.
pub(crate) fn create(core: &Core, request: CreateContainer) -> Result<Created> {
    let CreateContainer { name, mut spec } = request;
    let name = name.as_deref().map(ContainerName::parse).transpose()?;
    let image = core.images.find(&spec.config.image)?;
    if let Some(defaults) = &image.config {
        if let Some(asked) = &spec.platform {
            check_platform(&spec.config.image, asked, &image.platform)?;
        }
        merge(&mut spec.config, defaults);
        check_command(&spec.config, defaults)?;
    }
    let warnings = shortfalls(&spec);
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
        spec: Arc::new(spec),
        image: image.id,
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

/// Refuses an image that is known to be made for something else than what was asked for (moby `daemon/images/image.go`, `GetImage`).
fn check_platform(reference: &str, asked: &Platform, image: &Platform) -> Result<()> {
    let differs = |asked: &str, is: &str| !asked.is_empty() && !is.is_empty() && asked != is;
    if !differs(&asked.os, &image.os) && !differs(&asked.architecture, &image.architecture) && !differs(&asked.variant, &image.variant) {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "image with reference {reference} was found but does not match the specified platform: wanted {}/{}, actual: {}/{}",
        asked.os, asked.architecture, image.os, image.architecture
    )))
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
