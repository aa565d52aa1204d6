//! Things in registries.

use domain::{Descriptor, Distribution, Platform};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A descriptor of the OCI image specification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescriptorJson<'a> {
    media_type: &'a str,
    digest: &'a str,
    size: u64,
}

impl<'a> From<&'a Descriptor> for DescriptorJson<'a> {
    fn from(descriptor: &'a Descriptor) -> Self {
        Self { media_type: &descriptor.media_type, digest: &descriptor.digest, size: descriptor.size }
    }
}

/// The answer of `GET /distribution/{name}/json`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DistributionJson<'a> {
    descriptor: DescriptorJson<'a>,
    platforms: Option<Vec<PlatformJson<'a>>>,
}

impl<'a> From<&'a Distribution> for DistributionJson<'a> {
    fn from(distribution: &'a Distribution) -> Self {
        let platforms = &distribution.platforms;
        Self {
            descriptor: (&distribution.descriptor).into(),
            platforms: (!platforms.is_empty()).then(|| platforms.iter().map(PlatformJson::from).collect()),
        }
    }
}

/// A platform of the OCI image specification.
#[derive(Serialize)]
struct PlatformJson<'a> {
    architecture: &'a str,
    os: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
}

impl<'a> From<&'a Platform> for PlatformJson<'a> {
    fn from(platform: &'a Platform) -> Self {
        Self { architecture: &platform.architecture, os: &platform.os, variant: &platform.variant }
    }
}

/// A platform of the OCI image specification, as clients ask for it.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(crate) struct PlatformBody {
    architecture: String,
    os: String,
    variant: String,
}

impl PlatformBody {
    /// Reads the JSON of a query's parameter (moby `httputils.DecodePlatform`).
    ///
    /// # Errors
    /// 400 for what is none.
    pub(crate) fn parse(text: &str) -> Result<Platform, ApiError> {
        let read: Self = serde_json::from_str(text).map_err(|error| ApiError::invalid(format!("failed to parse platform: {error}")))?;
        if read.os.is_empty() || read.architecture.is_empty() {
            return Err(ApiError::invalid("both OS and Architecture must be provided"));
        }
        Ok(Platform { os: read.os, architecture: read.architecture, variant: read.variant })
    }
}
