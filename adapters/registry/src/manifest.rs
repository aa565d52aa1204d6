//! Manifests and indexes, as registries give them.

use std::collections::BTreeMap;

use domain::ImageRef;
use oci_distribution::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE, IMAGE_DOCKER_CONFIG_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE,
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
};
use ports::{Kind, PortError, PortResult};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json;
use crate::transport::Fetched;

/// The media types that a registry is asked for.
pub(crate) const ACCEPT: [&str; 4] =
    [OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE];

/// The most bytes of a manifest (moby `distribution/manifest.go`, `maxManifestSize`).
pub(crate) const LIMIT: usize = 4 << 20;

/// What a name stands for.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// What it is, in the words of the one or the other specification.
    pub(crate) media_type: String,
    /// What it says.
    pub(crate) content: Content,
}

/// What a manifest says.
#[derive(Debug)]
pub(crate) enum Content {
    /// Of what an image is made.
    Image(ImageManifest),
    /// Which images there are.
    Index(Vec<IndexEntry>),
}

/// Of what an image is made.
#[derive(Debug)]
pub(crate) struct ImageManifest {
    /// Its configuration.
    pub(crate) config: OciDescriptor,
    /// Its layers, from the lowest to the highest.
    pub(crate) layers: Vec<OciDescriptor>,
}

/// One of several images. Unlike the one of `oci_distribution` it may leave out whatever is not needed to choose another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IndexEntry {
    /// What it is.
    pub(crate) media_type: Option<String>,
    /// Its digest.
    pub(crate) digest: String,
    /// Its length.
    pub(crate) size: Option<i64>,
    /// What it runs on.
    pub(crate) platform: Option<EntryPlatform>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, IgnoredAny>>,
}

/// What an image of an index runs on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EntryPlatform {
    /// The operating system.
    pub(crate) os: Option<String>,
    /// The architecture.
    pub(crate) architecture: Option<String>,
    /// The architecture's variant.
    pub(crate) variant: Option<String>,
}

/// Everything that tells the kinds apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: Option<u64>,
    media_type: Option<String>,
    config: Option<OciDescriptor>,
    layers: Option<Vec<OciDescriptor>>,
    manifests: Option<Vec<IndexEntry>>,
    fs_layers: Option<IgnoredAny>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Image,
    Index,
}

impl Shape {
    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            OCI_IMAGE_MEDIA_TYPE | IMAGE_MANIFEST_MEDIA_TYPE => Some(Self::Image),
            OCI_IMAGE_INDEX_MEDIA_TYPE | IMAGE_MANIFEST_LIST_MEDIA_TYPE => Some(Self::Index),
            _ => None,
        }
    }
}

impl Manifest {
    /// Reads what a registry gave for `reference`. What it looks like counts for more than what it is called: registries and the files that
    /// some are made of name wrong types.
    ///
    /// # Errors
    /// [`Kind::Internal`] for what is no manifest or one of a kind that dockerd does not take either.
    pub(crate) fn parse(fetched: &Fetched, reference: &ImageRef) -> PortResult<Self> {
        let refused = |why: String| PortError::new(Kind::Internal, format!("the manifest of {} {why}", reference.familiar()));
        let document: Document = json::object(&fetched.body).map_err(|error| refused(format!("cannot be read: {error}")))?;
        if document.schema_version == Some(1) || document.fs_layers.is_some() {
            return Err(PortError::new(Kind::Internal, outdated(reference)));
        }
        let names = [document.media_type.unwrap_or_default(), fetched.media_type.clone()];
        let content = match (document.config, document.layers, document.manifests) {
            // Which of the two it is would depend on who reads it (CVE-2021-41190).
            (config, layers, Some(_)) if config.is_some() || layers.is_some() => {
                return Err(refused("is an image and an index at once".to_owned()));
            }
            (_, _, Some(entries)) => Content::Index(entries),
            (Some(config), layers, None) => Content::Image(ImageManifest { config, layers: layers.unwrap_or_default() }),
            (None, _, None) if names.iter().find_map(|name| Shape::of(name)) == Some(Shape::Index) => Content::Index(Vec::new()),
            (None, _, None) => return Err(refused("is neither an image nor an index".to_owned())),
        };
        let (shape, usual) = match content {
            Content::Image(_) => (Shape::Image, OCI_IMAGE_MEDIA_TYPE),
            Content::Index(_) => (Shape::Index, OCI_IMAGE_INDEX_MEDIA_TYPE),
        };
        let media_type = names.into_iter().find(|name| Shape::of(name) == Some(shape)).unwrap_or_else(|| usual.to_owned());
        Ok(Self { media_type, content })
    }

    /// Whether it is one of Docker's own, which say more by their configuration (moby `distribution_routes.go`, `fetchManifest`).
    pub(crate) fn is_docker_image(&self) -> bool {
        self.media_type == IMAGE_MANIFEST_MEDIA_TYPE
    }
}

impl ImageManifest {
    /// # Errors
    /// [`Kind::Internal`] with dockerd's text for what is no image (moby `distribution/config.go`, `ImageTypes`).
    pub(crate) fn check(&self) -> PortResult<()> {
        match self.config.media_type.as_str() {
            IMAGE_CONFIG_MEDIA_TYPE | IMAGE_DOCKER_CONFIG_MEDIA_TYPE | "application/octet-stream" | "" => Ok(()),
            plugin @ "application/vnd.docker.plugin.v1+json" => {
                Err(PortError::new(Kind::Internal, format!("Encountered remote \"{plugin}\"(plugin) when fetching")))
            }
            other => Err(PortError::new(Kind::Internal, format!("unsupported media type {other}"))),
        }
    }
}

impl IndexEntry {
    /// Whether it is an image, not what somebody says about one or something else altogether.
    pub(crate) fn is_image(&self) -> bool {
        let is_manifest = self.media_type.as_deref().is_none_or(|name| name.is_empty() || Shape::of(name).is_some());
        let is_artifact = self
            .artifact_type
            .as_deref()
            .is_some_and(|name| !matches!(name, "" | IMAGE_CONFIG_MEDIA_TYPE | IMAGE_DOCKER_CONFIG_MEDIA_TYPE));
        let is_remark = self.annotations.as_ref().is_some_and(|all| all.contains_key("vnd.docker.reference.type"));
        is_manifest && !is_artifact && !is_remark
    }
}

/// Why dockerd 26 takes no image of the first formats (moby `distribution/pull_v2.go`, `DeprecatedSchema1ImageError`).
fn outdated(reference: &ImageRef) -> String {
    format!(
        "[DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled by default and will \
         be removed in an upcoming release. Suggest the author of {reference} to upgrade the image to the OCI Format or Docker Image \
         manifest v2, schema 2. More information at https://docs.docker.com/go/deprecated-image-specs/"
    )
}

#[cfg(test)]
mod tests;
