//! `GET /images/json`.

use std::collections::BTreeMap;

use ports::ImageSummary;
use serde::Serialize;

use super::descriptor::DescriptorJson;
use crate::dto::write::some;
use crate::version::ApiVersion;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<DescriptorJson<'a>>,
}

impl<'a> ImageSummaryJson<'a> {
    /// An image as a list shows it. Who uses it is counted since API 1.51, and what it shares with others only if asked for.
    pub(crate) fn listed(summary: &'a ImageSummary, version: ApiVersion, shared_size: bool) -> Self {
        let containers = if version.is_at_least(51) { counted(summary) } else { -1 };
        Self::new(summary, version, containers, if shared_size { 0 } else { -1 })
    }

    /// An image and how many containers use it.
    pub(crate) fn used(summary: &'a ImageSummary, version: ApiVersion) -> Self {
        Self::new(summary, version, counted(summary), 0)
    }

    fn new(summary: &'a ImageSummary, version: ApiVersion, containers: i64, shared_size: i64) -> Self {
        let image = &summary.image;
        Self {
            containers,
            created: image.created.map_or(0, domain::Timestamp::as_secs),
            id: image.id.as_str(),
            labels: image.config.as_ref().and_then(|config| some(&config.labels)),
            parent_id: "",
            repo_digests: &summary.digests,
            repo_tags: &summary.tags,
            shared_size,
            size: image.size,
            virtual_size: (!version.is_at_least(44)).then_some(image.size),
            descriptor: image.descriptor.as_ref().filter(|_| version.is_at_least(48)).map(DescriptorJson::from),
        }
    }
}

fn counted(summary: &ImageSummary) -> i64 {
    i64::try_from(summary.containers).unwrap_or(i64::MAX)
}
