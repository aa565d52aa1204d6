//! The plain Kubernetes API: what a start costs without kubedock, and when the cluster says that a container has ended.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, pin_mut};
use k8s_openapi::api::core::v1::{LimitRange, Namespace, Pod, ServiceAccount};
use kube::api::{Api, DeleteParams, EvictParams, ListParams, ObjectMeta, PostParams, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, ResourceExt};
use serde_json::json;
use tokio::time::{sleep, timeout};

/// How long the cluster may take for anything.
const LIMIT: Duration = Duration::from_secs(120);

/// The name of the limits of [`Cluster::limit_memory`].
const LIMITS: &str = "memory";

/// A cluster, and a namespace in it that belongs to the bench.
pub(crate) struct Cluster {
    client: Client,
    kubeconfig: PathBuf,
    namespace: String,
    /// The host and the port of the API server.
    server: (String, u16),
}

impl Cluster {
    /// Connects and makes a namespace.
    ///
    /// # Errors
    /// There is no cluster, or it does not let us.
    pub(crate) async fn open(kubeconfig: PathBuf) -> anyhow::Result<Self> {
        let config = Kubeconfig::read_from(&kubeconfig)?;
        let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        let server = (config.cluster_url.host().unwrap_or_default().to_owned(), config.cluster_url.port_u16().unwrap_or(443));
        let client = Client::try_from(config)?;
        let namespace = format!("kubedock-bench-{}", std::process::id());
        let object = Namespace { metadata: ObjectMeta { name: Some(namespace.clone()), ..ObjectMeta::default() }, ..Namespace::default() };
        Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &object).await?;
        let cluster = Self { client, kubeconfig, namespace, server };
        cluster.until_usable().await?;
        Ok(cluster)
    }

    /// Its kubeconfig.
    pub(crate) const fn kubeconfig(&self) -> &PathBuf {
        &self.kubeconfig
    }

    /// The namespace of the bench.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The address of this machine on its way to the cluster; nothing is sent to find it.
    ///
    /// # Errors
    /// There is no way.
    pub(crate) fn own_address(&self) -> anyhow::Result<IpAddr> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((self.server.0.as_str(), self.server.1))?;
        Ok(socket.local_addr()?.ip())
    }

    /// Deletes the namespace; what is in it goes in the background.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        Api::<Namespace>::all(self.client.clone()).delete(&self.namespace, &DeleteParams::default()).await?;
        Ok(())
    }

    /// Creates a pod and waits until the cluster says that it runs.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) async fn run(&self, name: &str) -> anyhow::Result<()> {
        let pods = self.pods();
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": name},
            "spec": {
                "automountServiceAccountToken": false,
                "enableServiceLinks": false,
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "main", "image": "alpine", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "3600"]}],
            },
        }))?;
        let events = pods.watch(&watch().fields(&format!("metadata.name={name}")), "0").await?;
        pods.create(&PostParams::default(), &pod).await?;
        self.until(events, |event| matches!(event, WatchEvent::Modified(pod) if is_running(pod))).await?;
        Ok(())
    }

    /// When the cluster says that the container with this id has ended, or that its pod is gone.
    ///
    /// # Errors
    /// It says neither.
    pub(crate) async fn ended(&self, container: &str) -> anyhow::Result<Instant> {
        let events = self.pods().watch(&watch().labels(&selector(container)), "0").await?;
        self.until(events, |event| match event {
            WatchEvent::Added(pod) | WatchEvent::Modified(pod) => has_ended(pod),
            WatchEvent::Deleted(_) => true,
            _ => false,
        })
        .await
    }

    /// The pod of the container with this id.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn pod_of(&self, container: &str) -> anyhow::Result<String> {
        let pods = self.pods().list(&ListParams::default().labels(&selector(container))).await?;
        Ok(pods.items.first().context("the container has no pod")?.name_any())
    }

    /// Deletes the pod of a container, as somebody else would.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub(crate) async fn delete_pod_of(&self, container: &str) -> anyhow::Result<()> {
        self.pods().delete(&self.pod_of(container).await?, &DeleteParams::default().grace_period(1)).await?;
        Ok(())
    }

    /// Evicts the pod of a container, as the drain of a node does.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub(crate) async fn evict_pod_of(&self, container: &str) -> anyhow::Result<()> {
        let options = EvictParams { delete_options: Some(DeleteParams::default().grace_period(1)), ..EvictParams::default() };
        self.pods().evict(&self.pod_of(container).await?, &options).await?;
        Ok(())
    }

    /// Limits the memory of each container that has no limit of its own, in new pods.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub(crate) async fn limit_memory(&self) -> anyhow::Result<()> {
        let limits: LimitRange = serde_json::from_value(json!({
            "metadata": {"name": LIMITS},
            "spec": {"limits": [{"type": "Container", "default": {"memory": "32Mi"}}]},
        }))?;
        self.limits().create(&PostParams::default(), &limits).await?;
        Ok(())
    }

    /// Ends [`Cluster::limit_memory`].
    ///
    /// # Errors
    /// The cluster does not let us.
    pub(crate) async fn unlimit_memory(&self) -> anyhow::Result<()> {
        self.limits().delete(LIMITS, &DeleteParams::default()).await?;
        Ok(())
    }

    /// Deletes all pods of the namespace and waits until they are gone and the node is calm.
    ///
    /// # Errors
    /// They do not go.
    pub(crate) async fn clear(&self) -> anyhow::Result<()> {
        let pods = self.pods();
        pods.delete_collection(&DeleteParams::default().grace_period(0), &ListParams::default()).await?;
        let begin = Instant::now();
        while !pods.list(&ListParams::default()).await?.items.is_empty() {
            ensure!(begin.elapsed() < LIMIT, "the pods do not go");
            sleep(Duration::from_millis(200)).await;
        }
        // Without a grace period the API forgets a pod before the kubelet has taken it down.
        sleep(Duration::from_secs(3)).await;
        Ok(())
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn limits(&self) -> Api<LimitRange> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// A pod needs the service account that the cluster makes for each new namespace.
    async fn until_usable(&self) -> anyhow::Result<()> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &self.namespace);
        let begin = Instant::now();
        while accounts.get_opt("default").await?.is_none() {
            ensure!(begin.elapsed() < LIMIT, "the namespace gets no service account");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn until<S>(&self, events: S, found: impl Fn(&WatchEvent<Pod>) -> bool) -> anyhow::Result<Instant>
    where
        S: StreamExt<Item = kube::Result<WatchEvent<Pod>>>,
    {
        pin_mut!(events);
        let search = async {
            while let Some(event) = events.try_next().await? {
                if let WatchEvent::Error(status) = &event {
                    bail!("the watch failed: {status}");
                }
                if found(&event) {
                    return Ok(Instant::now());
                }
            }
            bail!("the watch ended")
        };
        timeout(LIMIT, search).await.context("the cluster is silent")?
    }
}

/// Without bookmarks: asked for together with version 0, an API server takes them for a streaming list, which not every etcd can serve.
fn watch() -> WatchParams {
    WatchParams::default().disable_bookmarks()
}

/// The label by which kubedock's pods are found.
fn selector(container: &str) -> String {
    format!("kubedock.containerid={}", container.get(..12).unwrap_or(container))
}

fn is_running(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running")
}

fn has_ended(pod: &Pod) -> bool {
    let containers = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let mut states = containers.filter(|status| status.name == "main").filter_map(|status| status.state.as_ref());
    states.any(|state| state.terminated.is_some())
}
