//! `GET /system/df`.

use ports::DiskUsage;
use serde::Serialize;

use super::image::ImageSummaryJson;
use super::summary::ContainerSummary;
use super::volume::VolumeJson;
use crate::error::ApiError;
use crate::version::ApiVersion;

/// What kinds of objects are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds {
    containers: bool,
    images: bool,
    volumes: bool,
    build_cache: bool,
}

impl Kinds {
    /// Reads the values of the parameter `type`; none means all.
    ///
    /// # Errors
    /// 400 for an unknown kind.
    pub(crate) fn parse<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, ApiError> {
        let mut kinds = Self { containers: false, images: false, volumes: false, build_cache: false };
        for text in texts {
            match text {
                "container" => kinds.containers = true,
                "image" => kinds.images = true,
                "volume" => kinds.volumes = true,
                "build-cache" => kinds.build_cache = true,
                _ => return Err(ApiError::invalid(format!("unknown object type: {text}"))),
            }
        }
        let none = Self { containers: false, images: false, volumes: false, build_cache: false };
        Ok(if kinds == none { Self { containers: true, images: true, volumes: true, build_cache: true } } else { kinds })
    }
}

/// The answer: null for what was not asked for.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DiskUsageJson<'a> {
    layers_size: u64,
    images: Option<Vec<ImageSummaryJson<'a>>>,
    containers: Option<Vec<ContainerSummary<'a>>>,
    volumes: Option<Vec<VolumeJson<'a>>>,
    build_cache: Option<[(); 0]>,
}

impl<'a> DiskUsageJson<'a> {
    /// The usage as a client that speaks `version` sees it.
    pub(crate) fn new(usage: &'a DiskUsage, kinds: Kinds, version: ApiVersion) -> Self {
        Self {
            layers_size: if kinds.images { usage.images.iter().map(|summary| summary.image.size).sum() } else { 0 },
            images: kinds.images.then(|| usage.images.iter().map(|image| ImageSummaryJson::used(image, version)).collect()),
            containers: kinds.containers.then(|| usage.containers.iter().map(|view| ContainerSummary::new(view, version)).collect()),
            volumes: kinds.volumes.then(|| usage.volumes.iter().map(VolumeJson::used).collect()),
            build_cache: kinds.build_cache.then_some([]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kinds;

    #[test]
    fn kinds() {
        let parse = |texts: &[&str]| Kinds::parse(texts.iter().copied());
        assert_eq!(parse(&[]), parse(&["container", "image", "volume", "build-cache"]));
        assert!(!parse(&["volume"]).unwrap().containers);
        assert_eq!(parse(&["foo"]).unwrap_err().message, "unknown object type: foo");
    }
}
