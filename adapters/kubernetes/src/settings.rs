//! What the operator says about the cluster and about every pod.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::PullPolicy;

/// What the operator says about the cluster and about every pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeSettings {
    /// A kubeconfig file; without it `KUBECONFIG`, `~/.kube/config` and the pod's service account are tried in this order.
    pub kubeconfig: Option<PathBuf>,
    /// Where pods run; without it the namespace of our own pod, else the one of the kubeconfig's context.
    pub namespace: Option<String>,
    /// Identifies this server: 12 hexadecimal digits. It sees and removes only pods with the same one.
    pub instance: String,
    /// What names of pods begin with.
    pub pod_name_prefix: String,
    /// When nodes pull images.
    pub pull_policy: PullPolicy,
    /// The pods' service account; without it the namespace's default one, whose token they do not get.
    pub service_account: Option<String>,
    /// Names of secrets with credentials of registries.
    pub image_pull_secrets: Vec<String>,
    /// The CPU request of containers that do not say how much they need, as a Kubernetes quantity.
    pub request_cpu: Option<String>,
    /// The memory request of containers that do not say how much they need, as a Kubernetes quantity.
    pub request_memory: Option<String>,
    /// Labels of every pod.
    pub labels: BTreeMap<String, String>,
    /// Annotations of every pod.
    pub annotations: BTreeMap<String, String>,
    /// How long a call to the cluster may take; streams may take as long as they like.
    pub request_timeout: Duration,
    /// How many bytes of the newest output of a stopped container are kept here after its pod is gone.
    pub kept_log: usize,
}

impl KubeSettings {
    /// The defaults, for the server called `instance`.
    #[must_use]
    pub fn new(instance: impl Into<String>) -> Self {
        Self {
            kubeconfig: None,
            namespace: None,
            instance: instance.into(),
            pod_name_prefix: "kubedock".to_owned(),
            pull_policy: PullPolicy::default(),
            service_account: None,
            image_pull_secrets: Vec::new(),
            request_cpu: None,
            request_memory: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            request_timeout: Duration::from_secs(30),
            kept_log: 1 << 20,
        }
    }
}
