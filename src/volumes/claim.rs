//! The volumes of a new container.

use std::collections::BTreeMap;

use domain::{Bind, ContainerSpec, Error, Mount, MountKind, MountPoint, Result, Volume, clean_path};
use ports::VolumeRequest;

use super::create;
use crate::core::Core;

/// Finds out what is mounted in a new container, and makes the volumes that do not exist yet (moby `daemon/volumes.go`,
/// `registerMountPoints`): first those shared by other containers, then binds, mounts, and the paths that the image or the client declared.
pub(crate) fn claim(core: &Core, spec: &ContainerSpec) -> Result<Vec<MountPoint>> {
    let mut claimed = Claimed::default();
    for text in spec.host.volumes_from.iter().flatten() {
        claimed.share(core, text)?;
    }
    // Checked before anything is made, so that a refused request leaves nothing behind.
    check_targets(spec)?;
    for bind in spec.host.binds.iter().flatten() {
        claimed.put(bound(core, bind, &spec.host.volume_driver)?);
    }
    for mount in &spec.host.mounts {
        claimed.put(mounted(core, mount)?);
    }
    for path in &spec.config.volumes {
        if !claimed.0.contains_key(&clean_path(path)) && !spec.host.tmpfs.contains_key(path) {
            let volume = make(core, None, &spec.host.volume_driver, BTreeMap::new(), BTreeMap::new())?;
            claimed.put(volume_at(&volume, path, "", true));
        }
    }
    Ok(claimed.0.into_values().collect())
}

/// The mounts so far, by their path in the container.
#[derive(Default)]
struct Claimed(BTreeMap<String, MountPoint>);

impl Claimed {
    fn put(&mut self, mut mount: MountPoint) {
        mount.destination = clean_path(&mount.destination);
        if mount.kind == MountKind::Bind {
            mount.source = clean_path(&mount.source);
        }
        self.0.insert(mount.destination.clone(), mount);
    }

    /// `container[:ro|:rw]`: everything mounted there, except file systems in memory.
    fn share(&mut self, core: &Core, text: &str) -> Result<()> {
        let (name, mode) = text.split_once(':').unwrap_or((text, ""));
        if !matches!(mode, "" | "ro" | "rw" | "z" | "Z") {
            return Err(Error::Invalid(format!("invalid mode: {mode}")));
        }
        let other = core.containers.find(name).map_err(|error| Error::Invalid(error.to_string()))?.container();
        for mount in other.mounts.iter().filter(|mount| mount.kind != MountKind::Tmpfs) {
            let mode = if mode.is_empty() { mount.mode.clone() } else { mode.to_owned() };
            self.put(MountPoint { mode, writable: mount.writable && !text.ends_with(":ro"), owned: false, ..mount.clone() });
        }
        Ok(())
    }
}

/// Refuses two mounts at one path; a file system in memory may be asked for in both forms.
fn check_targets(spec: &ContainerSpec) -> Result<()> {
    let in_memory: Vec<String> = spec.host.tmpfs.keys().map(|path| clean_path(path)).collect();
    let binds = spec.host.binds.iter().flatten().map(|bind| (bind.target.as_str(), MountKind::Bind));
    let mounts = spec.host.mounts.iter().map(|mount| (mount.target.as_str(), mount.kind));
    let mut seen: Vec<String> = Vec::new();
    for (target, kind) in binds.chain(mounts) {
        let path = clean_path(target);
        if seen.contains(&path) || (kind != MountKind::Tmpfs && in_memory.contains(&path)) {
            return Err(Error::Invalid(format!("Duplicate mount point: {target}")));
        }
        seen.push(path);
    }
    Ok(())
}

fn bound(core: &Core, bind: &Bind, driver: &str) -> Result<MountPoint> {
    if bind.is_volume() {
        let volume = make(core, bind.source.clone(), driver, BTreeMap::new(), BTreeMap::new())?;
        let mode = if bind.mode.is_empty() { "z" } else { &bind.mode };
        return Ok(MountPoint { writable: !bind.read_only, ..volume_at(&volume, &bind.target, mode, bind.source.is_none()) });
    }
    let propagation =
        bind.mode.split(',').find(|option| option.contains("shared") || option.contains("slave") || option.contains("private"));
    Ok(MountPoint {
        kind: MountKind::Bind,
        name: String::new(),
        source: bind.source.clone().unwrap_or_default(),
        destination: bind.target.clone(),
        driver: String::new(),
        mode: bind.mode.clone(),
        writable: !bind.read_only,
        propagation: propagation.unwrap_or("rprivate").to_owned(),
        owned: false,
    })
}

fn mounted(core: &Core, mount: &Mount) -> Result<MountPoint> {
    if mount.kind == MountKind::Volume {
        let options = mount.volume.clone().unwrap_or_default();
        let (driver, driver_options) = options.driver.unwrap_or_default();
        let name = Some(mount.source.clone()).filter(|name| !name.is_empty());
        let anonymous = name.is_none();
        let volume = make(core, name, &driver, driver_options, options.labels)?;
        return Ok(MountPoint { writable: !mount.read_only, ..volume_at(&volume, &mount.target, "z", anonymous) });
    }
    let is_bind = mount.kind == MountKind::Bind;
    let propagation = mount.bind.as_ref().map(|options| options.propagation.as_str()).filter(|text| !text.is_empty());
    Ok(MountPoint {
        kind: mount.kind,
        name: String::new(),
        source: mount.source.clone(),
        destination: mount.target.clone(),
        driver: String::new(),
        mode: String::new(),
        writable: !mount.read_only,
        propagation: if is_bind { propagation.unwrap_or("rprivate").to_owned() } else { String::new() },
        owned: false,
    })
}

/// The volume of that name, made now if it does not exist.
fn make(
    core: &Core,
    name: Option<String>,
    driver: &str,
    options: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
) -> Result<Volume> {
    create(core, VolumeRequest { name, driver: driver.to_owned(), options, labels })
}

fn volume_at(volume: &Volume, destination: &str, mode: &str, owned: bool) -> MountPoint {
    MountPoint {
        kind: MountKind::Volume,
        name: volume.name.clone(),
        source: volume.mountpoint(),
        destination: destination.to_owned(),
        driver: volume.driver.clone(),
        mode: mode.to_owned(),
        writable: true,
        propagation: String::new(),
        owned,
    }
}
