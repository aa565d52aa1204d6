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

    /// Checks the options of the local driver (moby `volume/local`, `validateOpts`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn check_options(name: &str, options: &BTreeMap<String, String>) -> Result<()> {
        let refuse = |text: String| Err(Error::Invalid(format!("create {name}: {text}")));
        if let Some(unknown) = options.keys().find(|key| !matches!(key.as_str(), "type" | "o" | "device" | "size")) {
            return refuse(format!("invalid option: \"{unknown}\""));
        }
        if options.contains_key("size") {
            return refuse("quota size requested but no quota support".to_owned());
        }
        match ["device", "type"].into_iter().find(|needed| !options.is_empty() && !options.contains_key(*needed)) {
            Some(missing) => refuse(format!("missing required option: \"{missing}\"")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Volume;

    #[test]
    fn names_are_checked_as_dockerd_does() {
        for name in ["ab", "a1", "A-_.b", &"a".repeat(300)] {
            assert_eq!(Volume::check_name(name), Ok(()), "{name}");
        }
        let text = |name: &str| Volume::check_name(name).unwrap_err().to_string();
        assert_eq!(text("a"), "create a: volume name is too short, names should be at least two alphanumeric characters");
        assert!(text("a/b").starts_with("create a/b: \"a/b\" includes invalid characters for a local volume name"));
    }

    #[test]
    fn options_are_those_of_the_local_driver() {
        let check = |options: &[&str]| {
            Volume::check_options("v", &options.iter().map(|key| ((*key).to_owned(), String::new())).collect())
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&["type", "device", "o"]), Ok(()));
        for (options, text) in [
            (&["foo"][..], "create v: invalid option: \"foo\""),
            (&["type"], "create v: missing required option: \"device\""),
            (&["device"], "create v: missing required option: \"type\""),
            (&["o"], "create v: missing required option: \"device\""),
            (&["size"], "create v: quota size requested but no quota support"),
        ] {
            assert_eq!(check(options), Err(text.to_owned()));
        }
    }
}
