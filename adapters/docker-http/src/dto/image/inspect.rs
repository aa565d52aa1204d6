//! `GET /images/{name}/json`.

use std::collections::BTreeMap;

use domain::Timestamp;
use ports::ImageSummary;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use super::config::ImageConfigJson;
use super::descriptor::DescriptorJson;
use crate::dto::inspect::ConfigJson;
use crate::dto::time::Rfc3339;
use crate::dto::write::STORAGE_DRIVER;
use crate::version::{API_VERSION, ApiVersion};

/// What `docker image inspect` prints about an image: a list of one, for people.
#[must_use]
pub fn image_json(summary: &ImageSummary) -> String {
    let mut text = Vec::with_capacity(4096);
    let mut printer = serde_json::Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    [ImageJson::new(summary, API_VERSION)].serialize(&mut printer).expect("invariant: our own types can be written as JSON");
    String::from_utf8(text).expect("invariant: JSON is text")
}

/// `ImageInspect` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageJson<'a> {
    id: &'a str,
    repo_tags: &'a [String],
    repo_digests: &'a [String],
    parent: &'static str,
    comment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_config: Option<ConfigJson<'a>>,
    docker_version: &'a str,
    author: &'a str,
    config: ImageConfigJson<'a>,
    architecture: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
    os: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_size: Option<u64>,
    graph_driver: GraphDriverJson,
    #[serde(rename = "RootFS")]
    root_fs: RootFs<'a>,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<DescriptorJson<'a>>,
}

impl<'a> ImageJson<'a> {
    /// The image as a client that speaks `version` sees it.
    pub(crate) fn new(summary: &'a ImageSummary, version: ApiVersion) -> Self {
        let image = &summary.image;
        let old = !version.is_at_least(44);
        Self {
            id: image.id.as_str(),
            repo_tags: &summary.tags,
            repo_digests: &summary.digests,
            parent: "",
            comment: &image.comment,
            created: created(image.created, old),
            container_config: (!version.is_at_least(45)).then(ConfigJson::default),
            docker_version: &image.docker_version,
            author: &image.author,
            config: ImageConfigJson::new(image.config.as_ref(), version),
            architecture: &image.platform.architecture,
            variant: &image.platform.variant,
            os: &image.platform.os,
            size: image.size,
            virtual_size: old.then_some(image.size),
            graph_driver: GraphDriverJson::default(),
            root_fs: RootFs { kind: "layers", layers: &image.layers },
            metadata: Metadata { last_tag_time: Rfc3339(None) },
            descriptor: image.descriptor.as_ref().filter(|_| version.is_at_least(48)).map(DescriptorJson::from),
        }
    }
}

/// An unknown date is left out, but not where old clients expect one.
fn created(at: Option<Timestamp>, old: bool) -> Option<Rfc3339> {
    (at.is_some() || old).then_some(Rfc3339(at))
}

/// Where layers are: on nodes, where nobody looks.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GraphDriverJson {
    data: BTreeMap<&'static str, &'static str>,
    name: &'static str,
}

impl Default for GraphDriverJson {
    fn default() -> Self {
        Self { data: BTreeMap::new(), name: STORAGE_DRIVER }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RootFs<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    layers: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    last_tag_time: Rfc3339,
}
