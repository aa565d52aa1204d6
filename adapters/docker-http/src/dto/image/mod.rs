//! Images.

mod config;
mod descriptor;
mod history;
mod inspect;
mod removal;
mod summary;

pub use inspect::image_json;

pub(crate) use descriptor::{DistributionJson, PlatformBody};
pub(crate) use history::history;
pub(crate) use inspect::{GraphDriverJson, ImageJson};
pub(crate) use removal::{DeletionJson, ImagesPruned};
pub(crate) use summary::ImageSummaryJson;

#[cfg(test)]
mod tests;
