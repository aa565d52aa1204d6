//! Versions of the API.

use std::fmt;

use crate::error::ApiError;

/// A version of the API, `1.51`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

/// The newest version that is served, and the one of requests that name none.
pub(crate) const API_VERSION: ApiVersion = ApiVersion::new(51);

/// The oldest version that is served.
pub(crate) const MIN_API_VERSION: ApiVersion = ApiVersion::new(24);

/// The release of Docker's engine whose API this is; clients derive from it what they may ask for.
pub(crate) const ENGINE_VERSION: &str = "28.3.3";

impl ApiVersion {
    /// Version `1.minor`.
    pub(crate) const fn new(minor: u32) -> Self {
        Self { major: 1, minor, patch: 0 }
    }

    /// Whether it is `1.minor` or newer.
    pub(crate) fn is_at_least(self, minor: u32) -> bool {
        self >= Self::new(minor)
    }

    /// Reads the digits and dots after the `v` of a path; parts that are no number count as 0, (moby
    /// `versions.compare`).
    pub(crate) fn parse(text: &str) -> Self {
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        Self { major: next(), minor: next(), patch: next() }
    }

    /// Refuses what is not served (moby `server/middleware/version.go`).
    pub(crate) fn check(self, text: &str) -> Result<(), ApiError> {
        if self < MIN_API_VERSION {
            return Err(ApiError::invalid(format!(
                "client version {text} is too old. Minimum supported API version is {MIN_API_VERSION}, \
                 please upgrade your client to a newer version"
            )));
        }
        if self > API_VERSION {
            return Err(ApiError::invalid(format!("client version {text} is too new. Maximum supported API version is {API_VERSION}")));
        }
        Ok(())
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::ApiVersion;

    #[test]
    fn served_versions() {
        for good in ["1.24", "1.51", "1.40.7"] {
            assert!(ApiVersion::parse(good).check(good).is_ok(), "{good}");
        }
        for (bad, says) in
            [("1.23", "too old"), ("1.52", "too new"), ("1.51.1", "too new"), ("2", "too new"), ("1", "too old"), (".", "too old")]
        {
            let error = ApiVersion::parse(bad).check(bad).unwrap_err();
            assert!(error.message.contains(&format!("client version {bad} is {says}")), "{}", error.message);
        }
    }
}
