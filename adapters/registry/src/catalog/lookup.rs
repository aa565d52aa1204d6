//! Asking one place for an image.

use std::sync::Arc;

use domain::{Credentials, Descriptor, Distribution, Image, ImageRef, Platform};
use ports::{Kind, PortError, PortResult};

use super::cache::{Answers, Question};
use super::failure::named;
use crate::endpoint::Endpoint;
use crate::manifest::{self, Content, ImageManifest, IndexEntry, Manifest};
use crate::transport::{Fetched, Get, Object, Transport};
use crate::{digest, image, platform};

/// How deep indexes may be nested.
const DEEPEST: usize = 3;

/// How many manifests are read for one image at most.
const MOST_MANIFESTS: usize = 8;

/// One place, and what it is asked for.
pub(super) struct Lookup<'a> {
    pub(super) transport: &'a Transport,
    pub(super) endpoint: Endpoint,
    pub(super) reference: &'a ImageRef,
    pub(super) credentials: Option<&'a Credentials>,
}

impl Lookup<'_> {
    /// The image that the name stands for on `wanted`. What is known by its digest already is not read again.
    pub(super) async fn image(&self, wanted: &Platform, question: &Question, known: &Answers) -> PortResult<Arc<Image>> {
        let (descriptor, manifest) = self.root().await.map_err(|error| named(error, self.reference))?;
        if let Some(image) = known.image(question, &descriptor.digest).await {
            return Ok(image);
        }
        let (image, said) = match manifest.content {
            Content::Image(image) => (image, Platform::default()),
            Content::Index(entries) => self.choose(&entries, wanted).await?,
        };
        image.check()?;
        let config = self.config(&image).await?;
        let unreadable = |error| {
            let text = format!("the configuration of {} cannot be read: {error}", self.reference.familiar());
            PortError::new(Kind::Internal, text)
        };
        image::image(&config.body, &image.layers, descriptor, said).map(Arc::new).map_err(unreadable)
    }

    /// What the name stands for (moby `distribution_routes.go`, `fetchManifest`).
    pub(super) async fn distribution(&self) -> PortResult<Distribution> {
        let (descriptor, manifest) = self.root().await?;
        let is_docker_image = manifest.is_docker_image();
        let platforms = match manifest.content {
            Content::Index(entries) => entries.iter().map(platform::platform).collect(),
            // That it cannot be told does not matter to dockerd.
            Content::Image(image) if is_docker_image => match self.config(&image).await {
                Ok(config) => image::platform(&config.body).into_iter().collect(),
                Err(error) => {
                    tracing::debug!(%error, "the platform of an image is not known");
                    Vec::new()
                }
            },
            Content::Image(_) => Vec::new(),
        };
        Ok(Distribution { descriptor, platforms })
    }

    /// What the name stands for itself.
    async fn root(&self) -> PortResult<(Descriptor, Manifest)> {
        let name = self.reference.digest().or(self.reference.tag()).unwrap_or_default();
        let (fetched, manifest) = self.manifest(name).await?;
        let digest = match self.reference.digest() {
            Some(digest) => self.verified("manifest", digest, None, &fetched.body).map(|()| digest.to_owned())?,
            None => digest::sha256(&fetched.body),
        };
        Ok((Descriptor { media_type: manifest.media_type.clone(), digest, size: fetched.body.len() as u64 }, manifest))
    }

    /// The image of an index that is for a platform, and what the index says it is for. Indexes in indexes are looked into one after the other.
    async fn choose(&self, entries: &[IndexEntry], wanted: &Platform) -> PortResult<(ImageManifest, Platform)> {
        let mut left: Vec<(IndexEntry, usize)> = candidates(entries, wanted, 1);
        for _ in 0..MOST_MANIFESTS {
            let Some((entry, depth)) = left.pop() else { break };
            self.checked(&entry.digest)?;
            let (fetched, manifest) = self.manifest(&entry.digest).await.map_err(|error| named(error, self.reference))?;
            self.verified("manifest", &entry.digest, entry.size, &fetched.body)?;
            drop(fetched);
            match manifest.content {
                Content::Image(image) => return Ok((image, platform::platform(&entry))),
                Content::Index(entries) if depth < DEEPEST => left.extend(candidates(&entries, wanted, depth + 1)),
                Content::Index(_) => tracing::debug!(image = self.reference.familiar(), "indexes are nested too deep"),
            }
        }
        Err(PortError::new(Kind::NotFound, format!("no matching manifest for {wanted} in the manifest list entries")))
    }

    async fn manifest(&self, name: &str) -> PortResult<(Fetched, Manifest)> {
        let fetched = self.get(Object::Manifest(name), &manifest::ACCEPT, manifest::LIMIT).await?;
        let manifest = Manifest::parse(&fetched, self.reference)?;
        Ok((fetched, manifest))
    }

    /// The configuration of an image, as it is meant to be.
    async fn config(&self, image: &ImageManifest) -> PortResult<Fetched> {
        let config = &image.config;
        self.checked(&config.digest)?;
        let of_config = |mut error: PortError| {
            error.context = format!("error pulling image configuration: {}", error.context);
            // The image itself is there.
            if error.kind == Kind::NotFound {
                error.kind = Kind::Internal;
            }
            error
        };
        let fetched = self.get(Object::Blob(&config.digest), &[], image::LIMIT).await.map_err(of_config)?;
        self.verified("image config", &config.digest, Some(config.size), &fetched.body).map_err(of_config)?;
        Ok(fetched)
    }

    async fn get(&self, object: Object<'_>, accept: &[&str], limit: usize) -> PortResult<Fetched> {
        let (repository, credentials) = (self.reference.repository(), self.credentials);
        self.transport.get(&self.endpoint, Get { repository, object, accept, limit, credentials }).await
    }

    /// Refuses what is no digest before anybody is asked for it.
    fn checked(&self, digest: &str) -> PortResult<()> {
        let wrong = || PortError::new(Kind::Internal, format!("{} names \"{digest}\", which is no digest", self.reference.familiar()));
        self.reference.pinned(digest).map(|_| ()).ok_or_else(wrong)
    }

    /// Refuses content that is not what was named, in dockerd's words (moby `distribution/pull_v2.go`).
    fn verified(&self, what: &str, digest: &str, size: Option<i64>, content: &[u8]) -> PortResult<()> {
        let wrong = match size {
            Some(size) if u64::try_from(size) != Ok(content.len() as u64) => {
                format!("{digest} has {} bytes where {size} were announced", content.len())
            }
            _ if !digest::matches(digest, content) => format!("{what} verification failed for digest {digest}"),
            _ => return Ok(()),
        };
        tracing::debug!(image = self.reference.familiar(), is = digest::sha256(content), wrong, "a registry gives something else");
        Err(PortError::new(Kind::Internal, wrong))
    }
}

/// The entries to be looked into, the best last.
fn candidates(entries: &[IndexEntry], wanted: &Platform, depth: usize) -> Vec<(IndexEntry, usize)> {
    let mut best = platform::choose(entries, wanted);
    best.truncate(MOST_MANIFESTS);
    best.into_iter().rev().map(|entry| (entry.clone(), depth)).collect()
}
