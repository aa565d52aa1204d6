//! Images.

use domain::{Error, ImageRef, Platform};
use http::StatusCode;

use crate::ctx::Ctx;
use crate::dto::image::{DeletionJson, ImageJson, ImageSummaryJson, ImagesPruned};
use crate::dto::progress;
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
    let pulled = ctx.engine().images.pull(&reference, platform.as_ref(), None).await?;
    Ok(response::with_body(StatusCode::OK, response::JSON, progress::pulled(&pulled).into()))
}

/// A name and a tag that takes the place of the name's own; what stands in the place of a tag can be a digest.
fn named(name: &str, tag: &str) -> domain::Result<ImageRef> {
    let reference = ImageRef::parse(name)?;
    if tag.is_empty() {
        return Ok(reference);
    }
    let is_digest = tag.contains(':');
    let separator = if is_digest { '@' } else { ':' };
    let whole = format!("{}/{}{separator}{tag}", reference.registry(), reference.repository());
    ImageRef::parse(&whole).map_err(|error| if is_digest { error } else { Error::Invalid("invalid tag format".to_owned()) })
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
    let image = ctx.engine().images.inspect(ctx.name()).await?;
    Ok(response::json(StatusCode::OK, &ImageJson::new(&image, ctx.version)))
}

/// `GET /images/{name}/history`
pub(crate) async fn history(ctx: Ctx) -> Result<Response, ApiError> {
    ctx.engine().images.inspect(ctx.name()).await?;
    Err(ApiError::unsupported("the history of images is not known: their layers are pulled by the nodes of the cluster"))
}

/// `POST /images/{name}/tag`
pub(crate) async fn tag(ctx: Ctx) -> Result<Response, ApiError> {
    let repository = ctx.query.text("repo");
    if repository.contains('@') {
        return Err(ApiError::invalid("cannot import digest reference"));
    }
    ctx.engine().images.tag(ctx.name(), &named(repository, ctx.query.text("tag"))?)?;
    Ok(response::empty(StatusCode::CREATED))
}

/// `DELETE /images/{name}`
pub(crate) async fn remove(ctx: Ctx) -> Result<Response, ApiError> {
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
mod tests {
    use super::named;

    #[test]
    fn a_tag_takes_the_place_of_the_names_own() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let shown = |name: &str, tag: &str| named(name, tag).map(|reference| reference.to_string());
        assert_eq!(shown("alpine", ""), Ok("docker.io/library/alpine:latest".to_owned()));
        assert_eq!(shown("alpine:3", "4"), Ok("docker.io/library/alpine:4".to_owned()));
        assert_eq!(shown("localhost:5000/a/b", "4"), Ok("localhost:5000/a/b:4".to_owned()));
        assert_eq!(shown("alpine", &digest), Ok(format!("docker.io/library/alpine@{digest}")));
        assert!(shown("", "4").is_err());
        assert!(shown("alpine", "a b").is_err());
    }
}
