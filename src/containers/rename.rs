//! Giving a container another name.

use domain::{Action, ContainerName, Error, Result};

use crate::core::Core;
use crate::events::container_event;

/// Gives it another name (moby `daemon/rename.go`).
pub(crate) fn rename(core: &Core, reference: &str, name: &str) -> Result<()> {
    if reference.is_empty() || name.is_empty() {
        return Err(Error::Invalid("Neither old nor new names may be empty".to_owned()));
    }
    let entry = core.containers.find(reference)?;
    let container = entry.container();
    let name = name.strip_prefix('/').unwrap_or(name);
    if container.name.as_str() == name {
        return Err(Error::Invalid("Renaming a container with the same name as its current name".to_owned()));
    }
    let allocating = |error: Error| match error {
        Error::Conflict(text) => Error::Conflict(format!("Error when allocating new name: {text}")),
        Error::Invalid(text) => Error::Invalid(format!("Error when allocating new name: {text}")),
        other => other,
    };
    let new = ContainerName::parse(&format!("/{name}")).map_err(allocating)?;
    core.containers.rename(&entry, new).map_err(allocating)?;
    entry.change(|inner| crate::networks::rename_endpoints(core, inner.edit()));
    let old = format!("/{}", container.name);
    core.events.publish(container_event(&entry.container(), Action::Rename, core.now(), &[("oldName", old)]));
    Ok(())
}
