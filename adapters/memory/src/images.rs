//! Images: every name is one, and all of them have the same programs.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use async_trait::async_trait;
use domain::{Image, ImageConfig, ImageId, ImageRef, Platform};
use ports::{ImageCatalog, Kind, PortError, PortResult};

use crate::cluster::MemoryCluster;
use crate::faults::Op;
use crate::system::PATH;

#[async_trait]
impl ImageCatalog for MemoryCluster {
    async fn resolve(&self, reference: &ImageRef, platform: Option<&Platform>) -> PortResult<Image> {
        self.faults.happen(Op::Resolve).await?;
        let platform = host_platform(platform);
        if platform.os != "linux" {
            let Platform { os, architecture, .. } = platform;
            return Err(PortError::new(
                Kind::NotFound,
                format!("no matching manifest for {os}/{architecture} in the manifest list entries"),
            ));
        }
        let config = ImageConfig { env: vec![format!("PATH={PATH}")], cmd: Some(command_of(reference)), ..ImageConfig::default() };
        Ok(Image { id: id(reference), digest: None, created: None, platform, size: 0, config: Some(config) })
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

/// An id that is the same whenever the name is.
fn id(reference: &ImageRef) -> ImageId {
    let digits: String = (0..4_u8)
        .map(|part| {
            let mut hasher = DefaultHasher::new();
            (part, reference.to_string()).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        })
        .collect();
    ImageId::parse(&format!("sha256:{digits}")).expect("invariant: four times sixteen hexadecimal digits")
}

/// The platform asked for; what was not said is this machine's.
fn host_platform(wanted: Option<&Platform>) -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let mut platform =
        wanted.cloned().unwrap_or_else(|| Platform { os: String::new(), architecture: String::new(), variant: String::new() });
    if platform.os.is_empty() {
        platform.os.push_str("linux");
    }
    if platform.architecture.is_empty() {
        platform.architecture.push_str(architecture);
    }
    platform
}
