//! Mounts in the long form.

use domain::{BindOptions, Error, ImageOptions, Mount, MountKind, Result, TmpfsOptions, VolumeOptions};
use serde::Deserialize;

use super::invalid;
use crate::dto::lenient::{List, Texts, list, texts};

/// `Mount` of the API reference.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct MountBody {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    source: Option<String>,
    target: Option<String>,
    #[serde(alias = "Readonly")]
    read_only: Option<bool>,
    consistency: Option<String>,
    pub(super) bind_options: Option<BindOptionsBody>,
    pub(super) volume_options: Option<VolumeOptionsBody>,
    pub(super) tmpfs_options: Option<TmpfsOptionsBody>,
    pub(super) image_options: Option<ImageOptionsBody>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct BindOptionsBody {
    propagation: Option<String>,
    pub(super) non_recursive: Option<bool>,
    pub(super) create_mountpoint: Option<bool>,
    pub(super) read_only_non_recursive: Option<bool>,
    read_only_force_recursive: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct VolumeOptionsBody {
    no_copy: Option<bool>,
    labels: Texts,
    driver_config: Option<DriverBody>,
    pub(super) subpath: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
struct DriverBody {
    name: Option<String>,
    options: Texts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct TmpfsOptionsBody {
    size_bytes: Option<i64>,
    mode: Option<u32>,
    pub(super) options: Option<Vec<List>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct ImageOptionsBody {
    subpath: Option<String>,
}

impl TryFrom<MountBody> for Mount {
    type Error = Error;

    fn try_from(body: MountBody) -> Result<Self> {
        let kind = body.kind.unwrap_or_default();
        let target = body.target.unwrap_or_default();
        if target.is_empty() {
            return Err(invalid(format!("invalid mount config for type \"{kind}\": field Target must not be empty")));
        }
        Ok(Self {
            kind: MountKind::parse(&kind)?,
            source: body.source.unwrap_or_default(),
            target,
            read_only: body.read_only.unwrap_or_default(),
            consistency: body.consistency.unwrap_or_default(),
            bind: body.bind_options.map(BindOptions::from),
            volume: body.volume_options.map(VolumeOptions::from),
            tmpfs: body.tmpfs_options.map(TmpfsOptions::from),
            image: body.image_options.map(|options| ImageOptions { subpath: options.subpath.unwrap_or_default() }),
        })
    }
}

impl From<BindOptionsBody> for BindOptions {
    fn from(body: BindOptionsBody) -> Self {
        Self {
            propagation: body.propagation.unwrap_or_default(),
            non_recursive: body.non_recursive.unwrap_or_default(),
            create_mountpoint: body.create_mountpoint.unwrap_or_default(),
            read_only_non_recursive: body.read_only_non_recursive.unwrap_or_default(),
            read_only_force_recursive: body.read_only_force_recursive.unwrap_or_default(),
        }
    }
}

impl From<VolumeOptionsBody> for VolumeOptions {
    fn from(body: VolumeOptionsBody) -> Self {
        Self {
            no_copy: body.no_copy.unwrap_or_default(),
            labels: texts(body.labels),
            driver: body.driver_config.map(|driver| (driver.name.unwrap_or_default(), texts(driver.options))),
            subpath: body.subpath.unwrap_or_default(),
        }
    }
}

impl From<TmpfsOptionsBody> for TmpfsOptions {
    fn from(body: TmpfsOptionsBody) -> Self {
        Self {
            size: body.size_bytes.unwrap_or_default(),
            mode: body.mode.unwrap_or_default(),
            options: body.options.into_iter().flatten().map(|words| list(words).unwrap_or_default()).collect(),
        }
    }
}
