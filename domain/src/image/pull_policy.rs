//! When an image is pulled.

use crate::{Error, Result};

/// When a node pulls the image of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PullPolicy {
    /// At every start.
    Always,
    /// If the node does not have it.
    #[default]
    IfNotPresent,
    /// Not at all: nodes have their images from elsewhere.
    Never,
}

impl PullPolicy {
    /// Reads a policy as the original kubedock does, in capitals or not.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the policies there are.
    pub fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "always" | "allways" => Ok(Self::Always),
            "ifnotpresent" | "notpresent" | "default" => Ok(Self::IfNotPresent),
            "never" => Ok(Self::Never),
            _ => Err(Error::Invalid(format!("\"{text}\" is not a pull policy: never, always or ifnotpresent"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PullPolicy;

    #[test]
    fn policies_read_as_the_original_reads_them() {
        for (text, policy) in [
            ("never", Some(PullPolicy::Never)),
            ("Always", Some(PullPolicy::Always)),
            ("allways", Some(PullPolicy::Always)),
            ("IfNotPresent", Some(PullPolicy::IfNotPresent)),
            ("default", Some(PullPolicy::IfNotPresent)),
            ("", None),
            ("sometimes", None),
        ] {
            assert_eq!(PullPolicy::parse(text).ok(), policy, "{text}");
        }
    }
}
