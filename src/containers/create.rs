//! Making a container.

use std::sync::Arc;

use domain::{Action, Container, ContainerId, ContainerName, Error, Result, State, merge, shortfalls};
use ports::{CreateContainer, Created};

use crate::core::Core;
use crate::events::container_event;
use crate::images;
use crate::networks::initial_endpoints;

/// How many generated names are tried before the server gives up.
const NAME_TRIES: u32 = 64;

/// Makes a container; nothing runs yet. Only about an image of which nothing is known its registry is asked.
pub(crate) async fn create(core: &Core, request: CreateContainer) -> Result<Created> {
    let CreateContainer { name, mut spec, credentials } = request;
    let name = name.as_deref().map(ContainerName::parse).transpose()?;
    let chosen = images::choose(core, &spec, credentials).await?;
    if let Some(defaults) = &chosen.image.config {
        merge(&mut spec.config, defaults);
        check_command(&spec.config)?;
    }
    let mut warnings = chosen.warnings;
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
        image: chosen.image.id.clone(),
        pull_name: chosen.pull_name,
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

/// Whether there is something to run (moby `daemon/create.go`, `mergeAndVerifyConfig`).
fn check_command(config: &domain::Config) -> Result<()> {
    let empty = |words: &Option<Vec<String>>| words.as_ref().is_none_or(Vec::is_empty);
    if empty(&config.entrypoint) && empty(&config.cmd) {
        return Err(Error::Invalid("no command specified".to_owned()));
    }
    Ok(())
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
