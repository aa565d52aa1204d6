//! What the request means in older versions of the API (moby `api/server/router/container/container_routes.go`).

use domain::Result;

use super::mounts::MountBody;
use super::{CreateBody, invalid};
use crate::version::ApiVersion;

impl CreateBody {
    /// Takes away what `version` does not know yet, and fills in what it meant by silence.
    ///
    /// # Errors
    /// What only newer versions allow, or only older ones.
    pub(super) fn adapt(&mut self, version: ApiVersion) -> Result<()> {
        if let Some(healthcheck) = self.config.healthcheck.as_mut().filter(|_| !version.is_at_least(44)) {
            healthcheck.start_interval = None;
        }
        self.adapt_host(version);
        for mount in self.host_config.iter_mut().flat_map(|host| host.mounts.iter_mut().flatten()) {
            mount.adapt(version)?;
        }
        self.adapt_endpoints(version)
    }

    fn adapt_host(&mut self, version: ApiVersion) {
        let host = self.host_config.get_or_insert_default();
        if !version.is_at_least(40) && host.ipc_mode.as_deref().unwrap_or_default().is_empty() {
            host.ipc_mode = Some("shareable".to_owned());
        }
        if !version.is_at_least(42) {
            host.console_size = None;
        }
        if !version.is_at_least(43) {
            host.annotations = None;
        }
    }

    fn adapt_endpoints(&mut self, version: ApiVersion) -> Result<()> {
        let Some(endpoints) = self.networking_config.as_mut().and_then(|config| config.endpoints_config.as_mut()) else { return Ok(()) };
        if endpoints.len() > 1 && !version.is_at_least(44) {
            let names: Vec<&str> = endpoints.keys().map(String::as_str).collect();
            return Err(invalid(format!("Container cannot be created with multiple network endpoints: {}", names.join(", "))));
        }
        if !version.is_at_least(48) {
            endpoints.values_mut().flatten().for_each(|endpoint| endpoint.gw_priority = None);
        }
        Ok(())
    }
}

impl MountBody {
    fn adapt(&mut self, version: ApiVersion) -> Result<()> {
        let kind = self.kind.as_deref().unwrap_or_default();
        if version.is_at_least(42) {
            let strays = [
                ("VolumeOptions", "volume", self.volume_options.is_some()),
                ("BindOptions", "bind", self.bind_options.is_some()),
                ("TmpfsOptions", "tmpfs", self.tmpfs_options.is_some()),
                ("ImageOptions", "image", self.image_options.is_some()),
            ];
            if let Some((options, ..)) = strays.iter().find(|(_, of, given)| *given && *of != kind) {
                return Err(invalid(format!("{options} must not be specified on mount type {kind:?}")));
            }
        }
        if kind == "image" && !version.is_at_least(48) {
            return Err(invalid("Mount type \"Image\" needs API v1.48 or newer"));
        }
        let is_bind = kind == "bind";
        if let Some(bind) = &mut self.bind_options {
            if !version.is_at_least(40) {
                bind.non_recursive = None;
            }
            if !version.is_at_least(42) {
                bind.create_mountpoint = None;
            }
        }
        if is_bind && !version.is_at_least(44) {
            // Read-only binds were never recursive before there was a choice.
            self.bind_options.get_or_insert_default().read_only_non_recursive = Some(true);
        }
        if let Some(volume) = self.volume_options.as_mut().filter(|_| !version.is_at_least(45)) {
            volume.subpath = None;
        }
        if let Some(tmpfs) = self.tmpfs_options.as_mut().filter(|_| !version.is_at_least(46)) {
            tmpfs.options = None;
        }
        Ok(())
    }
}
