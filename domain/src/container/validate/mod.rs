//! What dockerd refuses before it makes anything.

mod host;
mod limits;
mod networking;

use crate::{Config, ContainerSpec, Error, Result};

impl ContainerSpec {
    /// Refuses settings that make no sense, in the order in which dockerd does (moby `runconfig` and `daemon/container.go`).
    ///
    /// What depends on other objects (an image, a network, another container) is not looked at.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn check(&self) -> Result<()> {
        networking::check_mode(&self.config, &self.host)?;
        host::check_technology(&self.host)?;
        check_config(&self.config)?;
        host::check(&self.host)?;
        self.host.resources.check()?;
        host::check_namespaces(&self.host)?;
        networking::check_endpoints(self)
    }
}

fn invalid<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::Invalid(text.into()))
}

fn check_config(config: &Config) -> Result<()> {
    if !config.working_dir.is_empty() && !config.working_dir.starts_with('/') {
        return invalid(format!("the working directory '{}' is invalid, it needs to be an absolute path", config.working_dir));
    }
    match config.env.iter().find(|entry| entry.is_empty() || entry.starts_with('=')) {
        Some(entry) => invalid(format!("invalid environment variable: {entry}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
