//! `kubedock image inspect`: what the server would find out about an image, for whoever tries credentials and mirrors.

use anyhow::bail;
use domain::{Error, ImageRef, Platform, PullPolicy};
use ports::{Engine, ImageSummary};

use crate::settings::Settings;
use crate::wiring;

/// Asks for an image as the server does, and returns what `docker image inspect` prints about it.
pub(crate) async fn inspect(mut settings: Settings, name: &str, platform: Option<&str>) -> anyhow::Result<String> {
    if settings.registry.inspector == Some(false) {
        bail!("no registry is asked (--inspector=false)");
    }
    let reference = ImageRef::parse(name)?;
    let platform = platform.map(Platform::parse).transpose()?;
    settings.registry.inspector = Some(true);
    // Nodes that pull nothing have images that no registry knows; here it is the registry that is of interest.
    settings.kubernetes.pull_policy = PullPolicy::default();
    let daemon = wiring::daemon(&settings).await?;
    let looked = look(&daemon.engine(), &reference, platform.as_ref()).await;
    if let Err(error) = daemon.shutdown().await {
        tracing::warn!(%error, "the end was not orderly");
    }
    Ok(wiring::image_json(&looked?) + "\n")
}

async fn look(engine: &Engine, reference: &ImageRef, platform: Option<&Platform>) -> domain::Result<ImageSummary> {
    let pulled = engine.images.pull(reference, platform, None).await?;
    match pulled.mismatch {
        Some(mismatch) => Err(Error::NotFound(mismatch)),
        None => engine.images.inspect(pulled.image.id.as_str()).await,
    }
}
