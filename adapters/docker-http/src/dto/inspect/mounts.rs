//! Mounts, as asked for and as they are.

use std::collections::BTreeMap;

use domain::{BindOptions, Mount, MountKind, MountPoint, TmpfsOptions, VolumeOptions};
use serde::Serialize;

use crate::dto::write::is_default;

/// `MountPoint` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MountPointJson<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "is_default")]
    name: &'a str,
    source: &'a str,
    pub(crate) destination: &'a str,
    #[serde(skip_serializing_if = "is_default")]
    driver: &'a str,
    mode: &'a str,
    #[serde(rename = "RW")]
    rw: bool,
    propagation: &'a str,
}

impl<'a> MountPointJson<'a> {
    pub(crate) fn new(mount: &'a MountPoint) -> Self {
        Self {
            kind: mount.kind.name(),
            name: &mount.name,
            source: &mount.source,
            destination: &mount.destination,
            driver: &mount.driver,
            mode: &mount.mode,
            rw: mount.writable,
            propagation: &mount.propagation,
        }
    }
}

/// `Mount` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MountJson<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "is_default")]
    source: &'a str,
    target: &'a str,
    #[serde(skip_serializing_if = "is_default")]
    read_only: bool,
    #[serde(skip_serializing_if = "is_default")]
    consistency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bind_options: Option<BindOptionsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_options: Option<VolumeOptionsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_options: Option<ImageOptionsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tmpfs_options: Option<TmpfsOptionsJson<'a>>,
}

impl<'a> MountJson<'a> {
    pub(super) fn new(mount: &'a Mount) -> Self {
        Self {
            kind: MountKind::name(mount.kind),
            source: &mount.source,
            target: &mount.target,
            read_only: mount.read_only,
            consistency: &mount.consistency,
            bind_options: mount.bind.as_ref().map(BindOptionsJson::from),
            volume_options: mount.volume.as_ref().map(VolumeOptionsJson::from),
            image_options: mount.image.as_ref().map(|options| ImageOptionsJson { subpath: &options.subpath }),
            tmpfs_options: mount.tmpfs.as_ref().map(TmpfsOptionsJson::from),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BindOptionsJson<'a> {
    #[serde(skip_serializing_if = "is_default")]
    propagation: &'a str,
    #[serde(skip_serializing_if = "is_default")]
    non_recursive: bool,
    #[serde(skip_serializing_if = "is_default")]
    create_mountpoint: bool,
    #[serde(skip_serializing_if = "is_default")]
    read_only_non_recursive: bool,
    #[serde(skip_serializing_if = "is_default")]
    read_only_force_recursive: bool,
}

impl<'a> From<&'a BindOptions> for BindOptionsJson<'a> {
    fn from(options: &'a BindOptions) -> Self {
        Self {
            propagation: &options.propagation,
            non_recursive: options.non_recursive,
            create_mountpoint: options.create_mountpoint,
            read_only_non_recursive: options.read_only_non_recursive,
            read_only_force_recursive: options.read_only_force_recursive,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeOptionsJson<'a> {
    #[serde(skip_serializing_if = "is_default")]
    no_copy: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    subpath: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver_config: Option<DriverJson<'a>>,
}

impl<'a> From<&'a VolumeOptions> for VolumeOptionsJson<'a> {
    fn from(options: &'a VolumeOptions) -> Self {
        Self {
            no_copy: options.no_copy,
            labels: &options.labels,
            subpath: &options.subpath,
            driver_config: options.driver.as_ref().map(|(name, options)| DriverJson { name, options }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DriverJson<'a> {
    #[serde(skip_serializing_if = "is_default")]
    name: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImageOptionsJson<'a> {
    #[serde(skip_serializing_if = "is_default")]
    subpath: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TmpfsOptionsJson<'a> {
    #[serde(skip_serializing_if = "is_default")]
    size_bytes: i64,
    #[serde(skip_serializing_if = "is_default")]
    mode: u32,
    #[serde(skip_serializing_if = "<[Vec<String>]>::is_empty")]
    options: &'a [Vec<String>],
}

impl<'a> From<&'a TmpfsOptions> for TmpfsOptionsJson<'a> {
    fn from(options: &'a TmpfsOptions) -> Self {
        Self { size_bytes: options.size, mode: options.mode, options: &options.options }
    }
}
