//! Looking at images.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use domain::{Filters, Image, ImageId, ImageRef, Result, Timestamp};
use ports::ImageSummary;

use super::pattern;
use crate::core::Core;
use crate::filters::moment;

/// Lists images, the newest first (moby `daemon/images/images.go`).
pub(super) fn list(core: &Core, filters: &Filters) -> Result<Vec<ImageSummary>> {
    filters.allow(&["before", "dangling", "label", "reference", "since", "until"])?;
    let dangling = filters.flag("dangling")?;
    let (before, since) = bounds(core, filters)?;
    pattern::check(filters.values("reference"))?;
    let uses = uses(core);
    let mut summaries = Vec::new();
    for (image, mut names) in core.images.all() {
        // An image that does not say when it was built is neither before nor after anything.
        let is = |test: &dyn Fn(Timestamp) -> bool| image.created.is_some_and(test);
        let in_time = before.is_none_or(|before| is(&|built| built < before)) && since.is_none_or(|since| is(&|built| built > since));
        if !in_time || !labels_match(&image, filters) {
            continue;
        }
        names.retain(|name| filters.any("reference", |pattern| pattern::matches(pattern, name)));
        let (unnamed, untagged) = (names.is_empty(), names.iter().all(|name| name.tag().is_none()));
        let wanted = match dangling {
            Some(true) => untagged,
            Some(false) => !unnamed,
            None => true,
        };
        if wanted && !(unnamed && filters.has("reference")) {
            summaries.push(summary(image, names, &uses));
        }
    }
    summaries.sort_by_cached_key(|summary| (Reverse(built(&summary.image)), summary.image.id.clone()));
    Ok(summaries)
}

/// Images built before the first and after the second of these points are wanted.
fn bounds(core: &Core, filters: &Filters) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let mut before = None;
    for name in filters.values("before") {
        before = earliest(before, built(&*core.images.find(name)?));
    }
    for text in filters.values("until") {
        before = earliest(before, moment(text, core.now())?);
    }
    let mut since = None;
    for name in filters.values("since") {
        since = since.max(Some(built(&*core.images.find(name)?)));
    }
    Ok((before, since))
}

fn earliest(so_far: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(so_far.map_or(other, |so_far| so_far.min(other)))
}

/// When it was built; images that do not say are older than all others.
pub(super) fn built(image: &Image) -> Timestamp {
    image.created.unwrap_or(Timestamp::from_nanos(0))
}

/// Whether its labels are wanted; one that nobody could look into has none.
pub(super) fn labels_match(image: &Image, filters: &Filters) -> bool {
    match &image.config {
        Some(config) => filters.labels_match(&config.labels),
        None => filters.labels_match(&std::collections::BTreeMap::new()),
    }
}

/// How many containers use each image.
pub(super) fn uses(core: &Core) -> HashMap<ImageId, u64> {
    let mut uses = HashMap::new();
    for entry in core.containers.all() {
        *uses.entry(entry.container().image.clone()).or_default() += 1;
    }
    uses
}

/// An image with its names as Docker shows them.
pub(super) fn summary(image: Arc<Image>, names: Vec<ImageRef>, uses: &HashMap<ImageId, u64>) -> ImageSummary {
    let (tags, digests): (Vec<ImageRef>, Vec<ImageRef>) = names.into_iter().partition(|name| name.tag().is_some());
    let shown = |names: Vec<ImageRef>| names.iter().map(ImageRef::familiar).collect();
    ImageSummary { containers: uses.get(&image.id).copied().unwrap_or(0), tags: shown(tags), digests: shown(digests), image }
}
