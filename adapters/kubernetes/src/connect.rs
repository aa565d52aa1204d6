//! Finding the cluster.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Config};
use ports::{Kind, PortError, PortResult};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::access::Access;
use crate::client::client;
use crate::cluster::KubeCluster;
use crate::error::innermost;
use crate::keychain::PullSecrets;
use crate::logins::Logins;
use crate::logs::KeptLogs;
use crate::pod::{self, PodSettings};
use crate::settings::KubeSettings;
use crate::stop::{Background, Ending};
use crate::watch::{self, Tracker};

/// Where a pod finds the name of its namespace.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

impl KubeCluster {
    /// Connects to the cluster and reads which pods of this instance there are.
    ///
    /// # Errors
    /// One sentence that says what is missing, if no cluster is configured, it cannot be reached, or its pods may not be watched.
    pub async fn connect(settings: KubeSettings) -> PortResult<Arc<Self>> {
        let own_namespace = own_namespace();
        let mut config = load(settings.kubeconfig.as_deref()).await?;
        config.connect_timeout = Some(settings.request_timeout);
        let namespace = settings.namespace.clone().or_else(|| own_namespace.clone()).unwrap_or_else(|| config.default_namespace.clone());
        let server = config.cluster_url.host().unwrap_or_default().to_owned();
        let url = config.cluster_url.to_string();
        let client = client(config).map_err(|error| {
            let context = format!("the Kubernetes configuration for {url} cannot be used: {}", innermost(&error));
            PortError::caused(Kind::Invalid, context, error)
        })?;
        let access = Arc::new(Access::new(client, namespace, settings.request_timeout));
        let owner = if own_namespace.as_deref() == Some(&access.namespace) { own_pod(&access).await } else { None };
        let kept = Arc::new(KeptLogs::new(settings.kept_log));
        let settings = PodSettings { common: settings, owner };
        let tracker = Arc::new(Tracker::default());
        let watch = begin_watch(&access, &tracker, &settings, &url).await?;
        let background = Arc::new(Background::default());
        let ending = Ending {
            access: Arc::clone(&access),
            tracker: Arc::clone(&tracker),
            kept: Arc::clone(&kept),
            background: Arc::clone(&background),
        };
        let logins = Arc::new(Logins::new(Arc::clone(&access), background));
        let keychain = PullSecrets::new(Arc::clone(&access), settings.common.image_pull_secrets.clone());
        Ok(Arc::new(Self { access, tracker, kept, ending, logins, keychain, settings, server, _watch: watch }))
    }
}

/// Starts the watch, and waits for its first list: it shows at once whether the cluster can be reached and our role is enough.
async fn begin_watch(access: &Access, tracker: &Arc<Tracker>, settings: &PodSettings, url: &str) -> PortResult<JoinSet<()>> {
    let (ready, listed) = oneshot::channel();
    let mut task = JoinSet::new();
    task.spawn(watch::watch(access.pods(), pod::selector(settings, None), Arc::clone(tracker), ready));
    let namespace = &access.namespace;
    match timeout(access.limit, listed).await {
        Ok(Ok(Ok(()))) => Ok(task),
        Ok(Ok(Err(error))) if error.kind == Kind::Unavailable => {
            let context = format!("the Kubernetes cluster at {url} cannot be reached: {error}");
            Err(PortError { context, ..error })
        }
        Ok(Ok(Err(error))) => {
            let context = format!("the pods in namespace {namespace} of {url} cannot be watched: {error}");
            Err(PortError { context, ..error })
        }
        Ok(Err(_)) => Err(PortError::new(Kind::Internal, "the watch of pods ended")),
        Err(_) => {
            let context = format!("the Kubernetes cluster at {url} did not answer within {:?}", access.limit);
            Err(PortError::new(Kind::Timeout, context))
        }
    }
}

/// The configuration: the file that was named, else `KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
async fn load(named: Option<&Path>) -> PortResult<Config> {
    let options = KubeConfigOptions::default();
    let invalid = |file: &str, error: kube::config::KubeconfigError| {
        let context = format!("cannot use kubeconfig {file}: {}", innermost(&error));
        PortError::caused(Kind::Invalid, context, error)
    };
    if let Some(path) = named {
        let file = path.display().to_string();
        let kubeconfig = Kubeconfig::read_from(path).map_err(|error| invalid(&file, error))?;
        return Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| invalid(&file, error));
    }
    if let Some(file) = usual_file() {
        return Config::from_kubeconfig(&options).await.map_err(|error| invalid(&file, error));
    }
    Config::incluster().map_err(|error| {
        let context = "no Kubernetes cluster is configured: there is no kubeconfig (--kubeconfig, KUBECONFIG, ~/.kube/config), and this is \
                       not a pod with a service account";
        PortError::caused(Kind::NotFound, context, error)
    })
}

/// The file or files that kubectl would use, if there are any.
fn usual_file() -> Option<String> {
    if let Some(files) = variable("KUBECONFIG") {
        return Some(files);
    }
    let file = PathBuf::from(variable("HOME")?).join(".kube/config");
    file.exists().then(|| file.display().to_string())
}

#[expect(clippy::disallowed_methods, reason = "these variables are kubectl's and the pod's, not settings of ours")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn own_namespace() -> Option<String> {
    let name = std::fs::read_to_string(OWN_NAMESPACE).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Our own pod, as the owner of what we create. Best effort: without it, nothing but our own clean-up removes pods.
async fn own_pod(access: &Access) -> Option<OwnerReference> {
    let name = variable("POD_NAME").or_else(|| variable("HOSTNAME"))?;
    let pods: Api<Pod> = access.pods();
    let pod = timeout(access.limit, pods.get_metadata(&name)).await.ok()?.ok()?;
    Some(OwnerReference { api_version: "v1".to_owned(), kind: "Pod".to_owned(), name, uid: pod.metadata.uid?, ..OwnerReference::default() })
}
