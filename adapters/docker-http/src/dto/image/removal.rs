//! What is left of removed images.

use ports::ImageDeletion;
use serde::Serialize;

use crate::dto::write::some;

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

/// The answer of `POST /images/prune`. Layers are on nodes, which remove them when they like: no space is reclaimed by us.
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
