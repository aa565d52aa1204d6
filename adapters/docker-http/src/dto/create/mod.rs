//! `POST /containers/create`.

mod config;
mod endpoints;
mod host_config;
mod mounts;
mod resources;
mod versions;

use domain::{ContainerSpec, Error, Platform, Result};
use ports::CreateContainer;
use serde::{Deserialize, Serialize};

pub(crate) use endpoints::EndpointSettingsBody;
pub(crate) use host_config::RestartPolicyBody;
pub(crate) use resources::ResourcesBody;

use self::config::ConfigBody;
use self::endpoints::NetworkingConfig;
use self::host_config::HostConfigBody;
use crate::version::ApiVersion;

/// The body of the request (moby `runconfig.ContainerConfigWrapper`): what runs, and in it how it runs.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct CreateBody {
    #[serde(flatten)]
    config: ConfigBody,
    host_config: Option<HostConfigBody>,
    networking_config: Option<NetworkingConfig>,
}

/// What the engine is asked for, and what the client is warned of already.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    /// What the engine is asked for.
    pub(crate) create: CreateContainer,
    /// What the translation left out.
    pub(crate) warnings: Vec<String>,
}

impl CreateBody {
    /// What a client that speaks `version` asks for.
    ///
    /// # Errors
    /// Everything that dockerd refuses with 400 before it looks at its images, networks and other containers.
    pub(crate) fn into_request(mut self, version: ApiVersion, name: &str, platform: &str) -> Result<CreateRequest> {
        if self.config == ConfigBody::default() {
            return Err(invalid("config cannot be empty in order to create a container"));
        }
        let platform = match platform {
            "" => None,
            _ if !version.is_at_least(41) => None,
            text => Some(Platform::parse(text)?),
        };
        self.adapt(version)?;
        let mut spec = ContainerSpec {
            config: self.config.try_into()?,
            host: self.host_config.unwrap_or_default().try_into()?,
            endpoints: self.networking_config.unwrap_or_default().into(),
            platform,
        };
        let mut warnings = Vec::new();
        warnings.extend(endpoints::migrate_mac(&mut spec, version)?);
        if std::mem::take(&mut spec.host.resources.cpu_percent) > 0 {
            warnings.push("linux does not support CPU percent. Percent discarded.".to_owned());
        }
        spec.check()?;
        if spec.config.image.is_empty() && spec.config.cmd.is_none() && spec.config.entrypoint.is_none() {
            return Err(invalid("no command specified"));
        }
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(CreateRequest { create: CreateContainer { name, spec, credentials: None }, warnings })
    }
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContainerCreated<'a> {
    /// The new container's id.
    pub(crate) id: &'a str,
    /// What it asked for and does not get.
    pub(crate) warnings: &'a [String],
}

fn invalid(text: impl Into<String>) -> Error {
    Error::Invalid(text.into())
}

#[cfg(test)]
mod tests;
