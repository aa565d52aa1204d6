//! Images.

use std::collections::BTreeMap;

use ports::{ImageDeletion, ImageSummary};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use super::inspect::ConfigJson;
use super::time::Rfc3339;
use super::write::{STORAGE_DRIVER, some};
use crate::version::{API_VERSION, ApiVersion};

/// The answer of `GET /images/{name}/json`. History and layers are not known: only the image's configuration is read.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageJson<'a> {
    id: &'a str,
    repo_tags: &'a [String],
    repo_digests: &'a [String],
    parent: &'static str,
    comment: &'static str,
    created: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_config: Option<ConfigJson<'a>>,
    docker_version: &'static str,
    author: &'static str,
    config: ConfigJson<'a>,
    architecture: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
    os: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_size: Option<u64>,
    graph_driver: GraphDriverJson,
    #[serde(rename = "RootFS")]
    root_fs: RootFs,
    metadata: Metadata,
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
            comment: "",
            created: Rfc3339(image.created),
            container_config: old.then(ConfigJson::default),
            docker_version: "",
            author: "",
            config: image.config.as_ref().map(ConfigJson::of_image).unwrap_or_default(),
            architecture: &image.platform.architecture,
            variant: &image.platform.variant,
            os: &image.platform.os,
            size: image.size,
            virtual_size: old.then_some(image.size),
            graph_driver: GraphDriverJson::default(),
            root_fs: RootFs { kind: "layers" },
            metadata: Metadata { last_tag_time: Rfc3339(None) },
        }
    }
}

/// What `docker image inspect` prints about an image: a list of one, for people.
#[must_use]
pub fn image_json(summary: &ImageSummary) -> String {
    let mut text = Vec::with_capacity(4096);
    let mut printer = serde_json::Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    [ImageJson::new(summary, API_VERSION)].serialize(&mut printer).expect("invariant: our own types can be written as JSON");
    String::from_utf8(text).expect("invariant: JSON is text")
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
struct RootFs {
    #[serde(rename = "Type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    last_tag_time: Rfc3339,
}

/// `ImageSummary` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageSummaryJson<'a> {
    containers: i64,
    created: i64,
    id: &'a str,
    labels: Option<&'a BTreeMap<String, String>>,
    parent_id: &'static str,
    repo_digests: &'a [String],
    repo_tags: &'a [String],
    shared_size: i64,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_size: Option<u64>,
}

impl<'a> ImageSummaryJson<'a> {
    /// An image as a list shows it. Who uses it is not counted, and what it shares with others only if asked for.
    pub(crate) fn listed(summary: &'a ImageSummary, version: ApiVersion, shared_size: bool) -> Self {
        let image = &summary.image;
        Self {
            containers: -1,
            created: image.created.map_or(0, domain::Timestamp::as_secs),
            id: image.id.as_str(),
            labels: image.config.as_ref().and_then(|config| some(&config.labels)),
            parent_id: "",
            repo_digests: &summary.digests,
            repo_tags: &summary.tags,
            shared_size: if shared_size { 0 } else { -1 },
            size: image.size,
            virtual_size: (!version.is_at_least(44)).then_some(image.size),
        }
    }

    /// An image and how many containers use it.
    pub(crate) fn used(summary: &'a ImageSummary, version: ApiVersion) -> Self {
        let containers = i64::try_from(summary.containers).unwrap_or(i64::MAX);
        Self { containers, ..Self::listed(summary, version, true) }
    }
}

/// One step of an image's removal.
#[derive(Serialize)]
pub(crate) enum DeletionJson<'a> {
    Untagged(&'a str),
    Deleted(&'a str),
}

impl<'a> From<&'a ImageDeletion> for DeletionJson<'a> {
    fn from(step: &'a ImageDeletion) -> Self {
        match step {
            ImageDeletion::Untagged(name) => Self::Untagged(name),
            ImageDeletion::Deleted(id) => Self::Deleted(id),
        }
    }
}

/// The answer of `POST /images/prune`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImagesPruned<'a> {
    images_deleted: Option<Vec<DeletionJson<'a>>>,
    space_reclaimed: u64,
}

impl<'a> ImagesPruned<'a> {
    pub(crate) fn new(steps: &'a [ImageDeletion]) -> Self {
        Self { images_deleted: some(steps).map(|steps| steps.iter().map(DeletionJson::from).collect()), space_reclaimed: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Image, ImageId, Platform};
    use ports::{ImageDeletion, ImageSummary};
    use serde_json::{Value, json};

    use super::{ImageJson, ImageSummaryJson, ImagesPruned, image_json};
    use crate::dto::sample;
    use crate::version::{API_VERSION, ApiVersion};

    fn redis() -> ImageSummary {
        ImageSummary {
            image: Arc::new(Image {
                created: Some(sample::CREATED),
                size: 7,
                config: Some(sample::redis()),
                ..Image::bare(ImageId::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(), Platform::linux("x86_64"))
            }),
            tags: vec!["redis:7".to_owned()],
            digests: Vec::new(),
            containers: 2,
        }
    }

    #[test]
    fn an_image_parses_as_bollards_model() {
        let text = serde_json::to_string(&ImageJson::new(&redis(), API_VERSION)).unwrap();
        let model: bollard::models::ImageInspect = serde_json::from_str(&text).unwrap();
        let config = model.config.unwrap();
        assert_eq!(config.working_dir.as_deref(), Some("/data"));
        assert_eq!(model.repo_tags, Some(vec!["redis:7".to_owned()]));
        let old = serde_json::to_value(ImageJson::new(&redis(), ApiVersion::new(43))).unwrap();
        assert_eq!((&old["VirtualSize"], &old["ContainerConfig"]["Cmd"]), (&json!(7), &Value::Null));
    }

    #[test]
    fn the_command_line_prints_a_list_of_one() {
        let text = image_json(&redis());
        let models: Vec<bollard::models::ImageInspect> = serde_json::from_str(&text).unwrap();
        assert_eq!(models.len(), 1);
        assert!(text.starts_with("[\n    {\n        \"Id\": \"sha256:aaaa"), "{text}");
    }

    #[test]
    fn an_image_nobody_knows_has_an_empty_config() {
        let mut unknown = redis();
        Arc::make_mut(&mut unknown.image).config = None;
        let json = serde_json::to_value(ImageJson::new(&unknown, API_VERSION)).unwrap();
        assert_eq!((&json["Config"]["Cmd"], &json["Config"]["Labels"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn lists_count_only_what_was_asked_for() {
        let redis = redis();
        let listed = serde_json::to_string(&ImageSummaryJson::listed(&redis, API_VERSION, false)).unwrap();
        let model: bollard::models::ImageSummary = serde_json::from_str(&listed).unwrap();
        assert_eq!((model.containers, model.shared_size, model.created), (-1, -1, 1_795_501_404));
        let used = serde_json::to_value(ImageSummaryJson::used(&redis, API_VERSION)).unwrap();
        assert_eq!((&used["Containers"], &used["SharedSize"]), (&json!(2), &json!(0)));
    }

    #[test]
    fn removals() {
        let steps = [ImageDeletion::Untagged("a:1".to_owned()), ImageDeletion::Deleted("sha256:b".to_owned())];
        let json = serde_json::to_value(ImagesPruned::new(&steps)).unwrap();
        assert_eq!(json, json!({ "ImagesDeleted": [{ "Untagged": "a:1" }, { "Deleted": "sha256:b" }], "SpaceReclaimed": 0 }));
        assert_eq!(serde_json::to_value(ImagesPruned::new(&[])).unwrap()["ImagesDeleted"], Value::Null);
    }
}
