//! Finding out what an image is: from what is known here, or from its registry.

use std::sync::Arc;

use domain::{Credentials, Error, Image, ImageRef, Platform, PullPolicy, Result};
use ports::{PortError, PortResult};

use super::credentials::credentials;
use super::limit::limit;
use super::outages::nobody_asked;
use super::store::Known;
use crate::core::Core;

/// Who waits for an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// A pull, which fails without.
    Pull,
    /// Somebody who goes on without.
    Other,
}

/// Asks the registry what `reference` is on the platform asked for, or on the cluster's.
pub(super) async fn ask(
    core: &Core,
    reference: &ImageRef,
    platform: Option<&Platform>,
    given: Option<&Credentials>,
    asker: Asker,
) -> PortResult<Arc<Image>> {
    let platform = core.platform_of(platform).await;
    let credentials = credentials(core, reference.registry(), given).await;
    let begun = core.now();
    let images = &core.outbound.images;
    let asked = match asker {
        Asker::Pull => images.resolve(reference, &platform, credentials.as_ref()).await,
        Asker::Other => images.resolve_soon(reference, &platform, credentials.as_ref()).await,
    };
    core.outages.note(reference.registry(), begun, core.now(), &asked);
    asked
}

/// The image that a client means by `name`.
///
/// One that nobody has pulled is missing, as in Docker. But where no registry can tell what it is (it cannot be reached, or none is to be
/// asked), the cluster's nodes may well have it or get it: then it is taken for an image of which nothing is known.
pub(super) async fn find(core: &Core, name: &str, platform: Option<&Platform>) -> Result<Known> {
    let found = core.images.look(name);
    let to_ask = match &found {
        Ok(known) if known.is_certain(core.settings.pull_policy) => None,
        // What has another name only here, or was meant by its id, is what it is.
        Ok(_) => core.images.pulled_name(name),
        Err(Error::NotFound(_)) => ImageRef::parse(name).ok(),
        Err(_) => None,
    };
    let Some(reference) = to_ask else { return found };
    let asked = match core.outages.lately(reference.registry(), core.now()) {
        Some(outage) => Err(outage),
        None => ask(core, &reference, platform, None, Asker::Other).await,
    };
    limit(core);
    match (asked, found) {
        (Ok(image), Ok(_)) => Ok(core.images.refresh(&reference, image)),
        // Whoever asks for it is to pull it.
        (Ok(image), missing @ Err(_)) if image.config.is_some() => missing,
        (Ok(image), Err(_)) => Ok(core.images.assume(&reference, image, NOT_ASKED.to_owned())),
        (Err(_), Ok(known)) => Ok(known),
        (Err(error), Err(_)) if goes_on(core, &error) => Ok(assume(core, &reference, platform, &error).await),
        (Err(_), missing) => missing,
    }
}

/// Why nothing is known about an image if the catalog looks into none.
const NOT_ASKED: &str = "no registry is asked (--inspector=false)";

/// Whether it is for the nodes to decide what an image is.
fn goes_on(core: &Core, error: &PortError) -> bool {
    // Nodes that pull nothing have their images from elsewhere, whatever a registry says.
    nobody_asked(error) || core.settings.pull_policy == PullPolicy::Never
}

/// Takes a name for an image of which nothing is known. The reason is logged when that begins.
pub(super) async fn assume(core: &Core, reference: &ImageRef, platform: Option<&Platform>, error: &PortError) -> Known {
    let platform = core.platform_of(platform).await;
    core.images.assume(reference, Arc::new(Image::unknown(reference, &platform)), error.to_string())
}

#[cfg(test)]
mod tests;
