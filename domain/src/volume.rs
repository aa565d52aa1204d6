//! Volumes.

use std::collections::BTreeMap;

use crate::{Error, Result, Timestamp};

/// A named store of files that outlives the containers that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name: what the client chose, or 64 hexadecimal digits if the client chose none.
    pub name: String,
    /// Whether the name was made up by the server.
    pub anonymous: bool,
    /// The driver; only `local` exists.
    pub driver: String,
    /// Options for the driver, kept and shown.
    pub options: BTreeMap<String, String>,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

impl Volume {
    /// Where its files are said to be. Nothing of the server is there: the path has dockerd's form because clients take it apart.
    #[must_use]
    pub fn mountpoint(&self) -> String {
        format!("/var/lib/docker/volumes/{}/_data", self.name)
    }

    /// Checks a volume's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+` (moby `volume/names`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn check_name(name: &str) -> Result<()> {
        if crate::container::is_restricted_name(name) {
            return Ok(());
        }
        let text = if name.chars().count() == 1 {
            "volume name is too short, names should be at least two alphanumeric characters".to_owned()
        } else {
            format!(
                "\"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. \
                 If you intended to pass a host directory, use absolute path"
            )
        };
        Err(Error::Invalid(format!("create {name}: {text}")))
    }
}
