//! Images: every name is one, and all of them have the same programs.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Credentials, Distribution, Image, ImageConfig, ImageId, ImageRef, Platform};
use ports::{ImageCatalog, Kind, PortError, PortResult};

use crate::cluster::MemoryCluster;
use crate::faults::Op;
use crate::system::PATH;

#[async_trait]
impl ImageCatalog for MemoryCluster {
    async fn resolve(&self, reference: &ImageRef, platform: &Platform, _: Option<&Credentials>) -> PortResult<Arc<Image>> {
        self.faults.happen(Op::Resolve).await?;
        if platform.os != "linux" {
            return Err(PortError::new(Kind::NotFound, format!("no matching manifest for {platform} in the manifest list entries")));
        }
        let config = ImageConfig { env: vec![format!("PATH={PATH}")], cmd: Some(command_of(reference)), ..ImageConfig::default() };
        let id = ImageId::stand_in(reference, &Platform::default());
        Ok(Arc::new(Image { config: Some(config), ..Image::bare(id, platform.clone()) }))
    }

    async fn distribution(&self, _: &ImageRef, _: Option<&Credentials>) -> PortResult<Distribution> {
        Err(PortError::new(Kind::Unsupported, "images of the in-memory backend are made up: there is no registry to ask"))
    }

    async fn login(&self, _: &str, _: &Credentials) -> PortResult<()> {
        Ok(())
    }
}

/// What a container does that is not told otherwise.
pub(crate) fn command(image: &str) -> Vec<String> {
    ImageRef::parse(image).map_or_else(|_| vec!["sh".to_owned()], |reference| command_of(&reference))
}

fn command_of(reference: &ImageRef) -> Vec<String> {
    let program = match reference.repository().rsplit('/').next() {
        Some("hello-world") => "/hello",
        _ => "sh",
    };
    vec![program.to_owned()]
}
