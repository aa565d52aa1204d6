//! Volumes.

use std::collections::BTreeMap;

use domain::Volume;
use ports::{PruneReport, VolumeRequest, VolumeView};
use serde::{Deserialize, Serialize};

use super::lenient::{Texts, texts};
use super::time::Rfc3339Secs;
use super::write::{Shown, some};

/// The label by which dockerd marks volumes it made up a name for.
const ANONYMOUS: &str = "com.docker.volume.anonymous";

/// The body of `POST /volumes/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct VolumeCreateBody {
    name: Option<String>,
    driver: Option<String>,
    driver_opts: Texts,
    labels: Texts,
    cluster_volume_spec: Option<serde::de::IgnoredAny>,
}

impl VolumeCreateBody {
    /// Whether it asks for a volume of a swarm.
    pub(crate) fn is_for_swarm(&self) -> bool {
        self.cluster_volume_spec.is_some()
    }
}

impl From<VolumeCreateBody> for VolumeRequest {
    fn from(body: VolumeCreateBody) -> Self {
        Self {
            name: body.name.filter(|name| !name.is_empty()),
            driver: body.driver.unwrap_or_default(),
            options: texts(body.driver_opts),
            labels: texts(body.labels),
        }
    }
}

/// `Volume` of the API reference.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VolumeJson<'a> {
    created_at: Rfc3339Secs,
    driver: &'a str,
    labels: Option<BTreeMap<&'a str, &'a str>>,
    mountpoint: Shown<Mountpoint<'a>>,
    name: &'a str,
    options: Option<&'a BTreeMap<String, String>>,
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_data: Option<UsageData>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UsageData {
    ref_count: usize,
    size: i64,
}

impl<'a> VolumeJson<'a> {
    /// A volume.
    pub(crate) fn new(volume: &'a Volume) -> Self {
        let mut labels: BTreeMap<&str, &str> = volume.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        if volume.anonymous {
            labels.insert(ANONYMOUS, "");
        }
        Self {
            created_at: Rfc3339Secs(volume.created),
            driver: &volume.driver,
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            mountpoint: Shown(Some(Mountpoint(&volume.name))),
            name: &volume.name,
            options: some(&volume.options),
            scope: "local",
            usage_data: None,
        }
    }

    /// A volume and who uses it; how large it is, only the nodes know, and -1 says so.
    pub(crate) fn used(view: &'a VolumeView) -> Self {
        Self { usage_data: Some(UsageData { ref_count: view.users, size: -1 }), ..Self::new(&view.volume) }
    }
}

/// Where dockerd keeps the files of a volume; clients show it and do nothing else with it.
pub(crate) struct Mountpoint<'a>(&'a str);

impl std::fmt::Display for Mountpoint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/var/lib/docker/volumes/{}/_data", self.0)
    }
}

/// The answer of `GET /volumes`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VolumeList<'a> {
    volumes: Vec<VolumeJson<'a>>,
    warnings: Option<&'a [String]>,
}

impl<'a> VolumeList<'a> {
    pub(crate) fn new(views: &'a [VolumeView]) -> Self {
        Self { volumes: views.iter().map(|view| VolumeJson::new(&view.volume)).collect(), warnings: None }
    }
}

/// The answer of `POST /volumes/prune`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VolumesPruned<'a> {
    volumes_deleted: &'a [String],
    space_reclaimed: u64,
}

impl<'a> From<&'a PruneReport> for VolumesPruned<'a> {
    fn from(report: &'a PruneReport) -> Self {
        Self { volumes_deleted: &report.removed, space_reclaimed: report.reclaimed }
    }
}

#[cfg(test)]
mod tests {
    use domain::Volume;
    use ports::{VolumeRequest, VolumeView};
    use serde_json::{Value, json};

    use super::{VolumeCreateBody, VolumeJson, VolumeList};
    use crate::dto::sample;

    fn volume(anonymous: bool, labels: &[(&str, &str)]) -> Volume {
        Volume {
            name: "data".to_owned(),
            anonymous,
            driver: "local".to_owned(),
            options: std::collections::BTreeMap::new(),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            created: sample::CREATED,
        }
    }

    #[test]
    fn a_volume_looks_as_in_dockerd() {
        let json = |volume: &Volume| serde_json::to_value(VolumeJson::new(volume)).unwrap();
        let plain = json!({
            "CreatedAt": "2026-11-24T06:23:24Z", "Driver": "local", "Labels": null, "Mountpoint": "/var/lib/docker/volumes/data/_data",
            "Name": "data", "Options": null, "Scope": "local",
        });
        assert_eq!(json(&volume(false, &[])), plain);
        assert_eq!(json(&volume(true, &[]))["Labels"], json!({ "com.docker.volume.anonymous": "" }));
        assert_eq!(json(&volume(false, &[("a", "b")]))["Labels"], json!({ "a": "b" }));
    }

    #[test]
    fn volumes_parse_as_bollards_models() {
        let view = VolumeView { volume: volume(false, &[]), users: 2 };
        let used = serde_json::to_string(&VolumeJson::used(&view)).unwrap();
        let model: bollard::models::Volume = serde_json::from_str(&used).unwrap();
        assert_eq!(model.usage_data.map(|usage| (usage.ref_count, usage.size)), Some((2, -1)));
        let list = serde_json::to_string(&VolumeList::new(&[view])).unwrap();
        let model: bollard::models::VolumeListResponse = serde_json::from_str(&list).unwrap();
        assert_eq!(model.volumes.map(|volumes| volumes.len()), Some(1));
    }

    #[test]
    fn an_empty_name_is_none() {
        let read = |body: Value| VolumeRequest::from(serde_json::from_value::<VolumeCreateBody>(body).unwrap());
        assert_eq!(read(json!({ "Name": "", "Driver": null, "DriverOpts": null })).name, None);
        assert_eq!(read(json!({ "Name": "data", "DriverOpts": { "o": "x" } })).options["o"], "x");
        assert!(serde_json::from_value::<VolumeCreateBody>(json!({ "ClusterVolumeSpec": {} })).unwrap().is_for_swarm());
    }
}
