//! Pulling an image: asking its registry what it is.

use domain::{Action, Credentials, Error, ImageRef, Platform, PullPolicy, Result};
use ports::{Kind, PortError, PulledImage};

use super::choose::check_platform;
use super::limit::limit;
use super::lookup::Asker;
use super::{credentials, image_event, lookup};
use crate::core::Core;

/// Asks the registry, and makes the image known.
pub(super) async fn pull(
    core: &Core,
    reference: &ImageRef,
    platform: Option<&Platform>,
    given: Option<Credentials>,
) -> Result<PulledImage> {
    // The empty image that builds begin with (moby `distribution/registry.go`, `ValidateRepoName`).
    if reference.familiar_name() == "scratch" {
        return Err(Error::Forbidden("'scratch' is a reserved name".to_owned()));
    }
    let asked = lookup::ask(core, reference, platform, given.as_ref(), Asker::Pull).await;
    if !matches!(&asked, Err(error) if error.kind == Kind::Unauthorized) {
        credentials::keep(core, reference, given);
    }
    let (image, new) = match asked {
        Ok(image) => (image.clone(), core.images.add(reference, image)),
        Err(error) if core.settings.pull_policy == PullPolicy::Never => {
            (lookup::assume(core, reference, platform, &error).await.image, false)
        }
        Err(error) => return Err(denied(reference, error)),
    };
    limit(core);
    core.events.publish(image_event(core, Action::Pull, &reference.familiar(), &reference.familiar_name(), Some(&image)));
    let mismatch = match platform {
        Some(asked) => check_platform(core, &reference.to_string(), asked, &image).await.err().map(|error| error.to_string()),
        None => None,
    };
    Ok(PulledImage { reference: reference.clone(), image, new, mismatch })
}

/// Why there is no image. An image that may not be read is missing, as dockerd says of registries that hide what one may not read (moby
/// `distribution/errors.go`, `translatePullError`): told that it is unauthorised, the docker command line asks for a password, even in a script.
fn denied(reference: &ImageRef, error: PortError) -> Error {
    let text = || {
        format!("pull access denied for {}, repository does not exist or may require 'docker login': {error}", reference.familiar_name())
    };
    match error.kind {
        Kind::Unauthorized => Error::NotFound(text()),
        Kind::Forbidden => Error::Forbidden(text()),
        _ => error.into(),
    }
}
