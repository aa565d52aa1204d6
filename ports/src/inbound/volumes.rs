//! Volumes.

use std::collections::BTreeMap;

use domain::{Filters, Result, Volume};

use crate::PruneReport;

/// A request for a new volume.
#[derive(Debug, Clone, Default)]
pub struct VolumeRequest {
    /// Its name; `None` lets the server choose.
    pub name: Option<String>,
    /// The driver; empty is `local`.
    pub driver: String,
    /// Options for the driver.
    pub options: BTreeMap<String, String>,
    /// The client's labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeView {
    /// The volume.
    pub volume: Volume,
    /// How many containers use it.
    pub users: usize,
}

/// Volumes.
pub trait Volumes: Send + Sync {
    /// Makes a volume; one that exists with that name is returned instead.
    ///
    /// # Errors
    /// A malformed name, an unknown driver.
    fn create(&self, request: VolumeRequest) -> Result<VolumeView>;

    /// Lists volumes by name.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn list(&self, filters: &Filters) -> Result<Vec<VolumeView>>;

    /// Looks at one.
    ///
    /// # Errors
    /// An unknown volume.
    fn inspect(&self, name: &str) -> Result<VolumeView>;

    /// Removes one.
    ///
    /// # Errors
    /// [`domain::Error::Conflict`] if a container uses it, unless it does not exist and `force` is set.
    fn remove(&self, name: &str, force: bool) -> Result<()>;

    /// Removes those that no container uses: anonymous ones, or all if the filter `all` says so.
    ///
    /// # Errors
    /// Unknown or malformed filters.
    fn prune(&self, filters: &Filters) -> Result<PruneReport>;
}
