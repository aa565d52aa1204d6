//! Images.

use domain::{Error, Image, ImageRef, Platform};
use futures_util::stream;
use http::StatusCode;

use crate::ctx::Ctx;
use crate::dto::image::{DeletionJson, ImageJson, ImageSummaryJson, ImagesPruned, PlatformBody, history as steps};
use crate::dto::{auth, progress};
use crate::error::ApiError;
use crate::response::{self, Response};

/// `POST /images/create`: the answer comes when the image is known, so that its status code is true.
pub(crate) async fn create(ctx: Ctx) -> Result<Response, ApiError> {
    let query = &ctx.query;
    if !query.text("fromSrc").is_empty() {
        return Err(ApiError::unsupported("images cannot be imported: the nodes of the cluster pull them from registries"));
    }
    let reference = named(query.text("fromImage"), query.text("tag"))?;
    let platform = Some(query.text("platform")).filter(|text| !text.is_empty() && ctx.version.is_at_least(32));
    let platform = platform.map(Platform::parse).transpose()?;
    let credentials = auth::of_header(&ctx.headers)?;
    let pulled = ctx.engine().images.pull(&reference, platform.as_ref(), credentials).await.map_err(ApiError::of_registry)?;
    Ok(response::stream(response::JSON, stream::iter(progress::pulled(&pulled))))
}

/// A name and a tag that takes the place of the name's own; what stands in the place of a tag can be a digest.
fn named(name: &str, tag: &str) -> domain::Result<ImageRef> {
    let reference = ImageRef::parse(name)?;
    if tag.is_empty() {
        return Ok(reference);
    }
    let digested = ImageRef::parse(&format!("{}@{tag}", bare(&reference)));
    digested.or_else(|_| tagged(&reference, tag))
}

/// A name with another tag than its own; its digest stays.
fn tagged(reference: &ImageRef, tag: &str) -> domain::Result<ImageRef> {
    let digest = reference.digest().map(|digest| format!("@{digest}")).unwrap_or_default();
    let whole = ImageRef::parse(&format!("{}:{tag}{digest}", bare(reference))).ok();
    whole.filter(|whole| whole.tag() == Some(tag)).ok_or_else(|| Error::Invalid("invalid tag format".to_owned()))
}

/// The name without a tag.
fn bare(reference: &ImageRef) -> String {
    format!("{}/{}", reference.registry(), reference.repository())
}

/// `GET /images/json`
pub(crate) async fn list(ctx: Ctx) -> Result<Response, ApiError> {
    let mut filters = ctx.filters()?;
    let name = ctx.query.text("filter");
    if !name.is_empty() && !ctx.version.is_at_least(41) {
        filters.add("reference", name);
    }
    let shared_size = ctx.query.flag("shared-size") && ctx.version.is_at_least(42);
    let images = ctx.engine().images.list(&filters)?;
    let list: Vec<_> = images.iter().map(|image| ImageSummaryJson::listed(image, ctx.version, shared_size)).collect();
    Ok(response::json(StatusCode::OK, &list))
}

/// `GET /images/{name}/json`
pub(crate) async fn inspect(ctx: Ctx) -> Result<Response, ApiError> {
    let platform = asked_platform(&ctx, 49)?;
    let summary = ctx.engine().images.inspect(ctx.name()).await?;
    check_platform(ctx.name(), platform.as_ref(), &summary.image)?;
    Ok(response::json(StatusCode::OK, &ImageJson::new(&summary, ctx.version)))
}

/// `GET /images/{name}/history`
pub(crate) async fn history(ctx: Ctx) -> Result<Response, ApiError> {
    let platform = asked_platform(&ctx, 48)?;
    let summary = ctx.engine().images.inspect(ctx.name()).await?;
    check_platform(ctx.name(), platform.as_ref(), &summary.image)?;
    Ok(response::json(StatusCode::OK, &steps(&summary)))
}

/// The platform that a client asks for since API version `1.minor`.
fn asked_platform(ctx: &Ctx, minor: u32) -> Result<Option<Platform>, ApiError> {
    let text = ctx.query.text("platform");
    if text.is_empty() || !ctx.version.is_at_least(minor) { Ok(None) } else { PlatformBody::parse(text).map(Some) }
}

/// Of each image we know the one for a single platform: whoever asks for another one is told that it is not there (moby
/// `daemon/images/image.go`, `GetImage`).
fn check_platform(name: &str, asked: Option<&Platform>, image: &Image) -> Result<(), ApiError> {
    match asked {
        Some(asked) if !asked.admits(&image.platform) => {
            let found = format!("image with reference {name} was found but does not provide the specified platform ({asked})");
            Err(ApiError::not_found(found))
        }
        _ => Ok(()),
    }
}

/// `POST /images/{name}/tag`
pub(crate) async fn tag(ctx: Ctx) -> Result<Response, ApiError> {
    let (repository, tag) = (ctx.query.text("repo"), ctx.query.text("tag"));
    if repository.contains('@') {
        return Err(ApiError::invalid("cannot import digest reference"));
    }
    let repository = ImageRef::parse(repository)?;
    let target = if tag.is_empty() { repository } else { tagged(&repository, tag)? };
    ctx.engine().images.tag(ctx.name(), &target)?;
    Ok(response::empty(StatusCode::CREATED))
}

/// `DELETE /images/{name}`
pub(crate) async fn remove(ctx: Ctx) -> Result<Response, ApiError> {
    if ctx.version.is_at_least(50) && ctx.query.all("platforms").any(|platform| !platform.is_empty()) {
        return Err(ApiError::unsupported("an image is known for one platform only and can be removed as a whole only"));
    }
    let steps = ctx.engine().images.remove(ctx.name(), ctx.query.flag("force"))?;
    let list: Vec<_> = steps.iter().map(DeletionJson::from).collect();
    Ok(response::json(StatusCode::OK, &list))
}

/// `POST /images/prune`
pub(crate) async fn prune(ctx: Ctx) -> Result<Response, ApiError> {
    let steps = ctx.engine().images.prune(&ctx.filters()?)?;
    Ok(response::json(StatusCode::OK, &ImagesPruned::new(&steps)))
}

#[cfg(test)]
mod tests;
