//! `GET /images/{name}/history`.

use domain::Timestamp;
use ports::ImageSummary;
use serde::Serialize;

/// The id of a step that no image has been kept of, as it is for all but the last step of an image from a registry.
const MISSING: &str = "<missing>";

/// `ImageHistoryResponseItem` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HistoryJson<'a> {
    id: &'a str,
    created: i64,
    created_by: &'a str,
    tags: Option<&'a [String]>,
    size: u64,
    comment: &'a str,
}

/// How an image was made, the last step first (moby `daemon/images/image_history.go`); nothing if that is not known.
pub(crate) fn history(summary: &ImageSummary) -> Vec<HistoryJson<'_>> {
    let mut steps: Vec<HistoryJson<'_>> = summary
        .image
        .history
        .iter()
        .rev()
        .map(|step| HistoryJson {
            id: MISSING,
            created: step.created.map_or(0, Timestamp::as_secs),
            created_by: &step.created_by,
            tags: None,
            size: step.size,
            comment: &step.comment,
        })
        .collect();
    if let Some(last) = steps.first_mut() {
        last.id = summary.image.id.as_str();
        last.tags = (!summary.tags.is_empty()).then_some(&summary.tags[..]);
    }
    steps
}
