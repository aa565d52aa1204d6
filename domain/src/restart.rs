//! What happens when a container's process ends.

use crate::{Error, Result};

/// When a container is started again by itself (API reference, `HostConfig.RestartPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RestartPolicy {
    /// Never; written `no`.
    #[default]
    No,
    /// Never; written as an empty name, as dockerd keeps it when a client says nothing.
    Unset,
    /// Always.
    Always,
    /// Always, unless it was stopped by a client.
    UnlessStopped,
    /// When it failed, this many times at most; 0 is without limit.
    OnFailure(u32),
}

impl RestartPolicy {
    /// Reads a name and the number of retries.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text (moby `container.ValidateRestartPolicy`).
    pub fn parse(name: &str, retries: i64) -> Result<Self> {
        let policy = match name {
            "" => Self::Unset,
            "no" => Self::No,
            "always" => Self::Always,
            "unless-stopped" => Self::UnlessStopped,
            "on-failure" => {
                let retries = u32::try_from(retries)
                    .map_err(|_| Error::Invalid("invalid restart policy: maximum retry count cannot be negative".to_owned()))?;
                return Ok(Self::OnFailure(retries));
            }
            _ => {
                return Err(Error::Invalid(format!(
                    "invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
                )));
            }
        };
        match retries {
            0 => Ok(policy),
            r if r < 0 => Err(Error::Invalid(
                "invalid restart policy: maximum retry count can only be used with 'on-failure' and cannot be negative".to_owned(),
            )),
            _ => Err(Error::Invalid("invalid restart policy: maximum retry count can only be used with 'on-failure'".to_owned())),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unset => "",
            Self::Always => "always",
            Self::UnlessStopped => "unless-stopped",
            Self::OnFailure(_) => "on-failure",
        }
    }

    /// The limit of retries; 0 is without limit.
    #[must_use]
    pub const fn retries(self) -> u32 {
        match self {
            Self::OnFailure(retries) => retries,
            _ => 0,
        }
    }

    /// Whether it never starts anything again.
    #[must_use]
    pub const fn is_none(self) -> bool {
        matches!(self, Self::No | Self::Unset)
    }
}
