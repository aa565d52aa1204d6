//! The requests that we send to the cluster, each with its limit.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use http::Request;
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::{Pod, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Api, AttachParams, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::client::{Body, Connection};
use kube::{Client, Resource};
use ports::{ByteStream, Kind, PortError, PortResult};

use crate::error::{failure, within};
use crate::pod::MAIN;
use crate::pump::says_gone;

/// How many bytes of an error's body are read.
const ERROR_BODY_MAX: usize = 64 << 10;

/// How many objects are removed at the same time.
pub(crate) const REMOVALS: usize = 16;

fn reading(pod: &str) -> String {
    format!("read the log of pod {pod}")
}

fn bytes(body: Body, doing: String) -> ByteStream {
    Box::pin(body.into_data_stream().map_err(move |error| failure(&doing, error)))
}

/// Pods of one namespace, over connections that are shared and kept open.
pub(crate) struct Access {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) limit: Duration,
    /// Whether the cluster tells the two streams of a log apart; asked once.
    splits_logs: OnceLock<bool>,
}

impl Access {
    pub(crate) fn new(client: Client, namespace: String, limit: Duration) -> Self {
        Self { client, namespace, limit, splits_logs: OnceLock::new() }
    }

    pub(crate) fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Creates a pod, and returns it as the cluster completed it.
    pub(crate) async fn create(&self, pod: &Pod) -> PortResult<Pod> {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        within(self.limit, &format!("create pod {name}"), self.pods().create(&PostParams::default(), pod)).await
    }

    /// Deletes a pod; one that is not there is deleted already.
    pub(crate) async fn delete(&self, name: &str, grace_seconds: u32) -> PortResult<()> {
        let params = DeleteParams { grace_period_seconds: Some(grace_seconds), ..DeleteParams::default() };
        match within(self.limit, &format!("delete pod {name}"), self.pods().delete(name, &params)).await {
            Err(error) if error.kind != Kind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes the pods with these labels at once. One by one, because the role need not allow to delete collections.
    pub(crate) async fn delete_all(&self, labels: &str) -> PortResult<()> {
        let found = within(self.limit, "list pods", self.pods().list_metadata(&ListParams::default().labels(labels))).await?;
        let names = found.items.into_iter().filter_map(|pod| pod.metadata.name);
        let results: Vec<PortResult<()>> = futures_util::stream::iter(names.map(|name| async move { self.delete(&name, 0).await }))
            .buffer_unordered(REMOVALS)
            .collect()
            .await;
        results.into_iter().collect()
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Reads a secret.
    pub(crate) async fn secret(&self, name: &str, limit: Duration) -> PortResult<Secret> {
        within(limit.min(self.limit), &format!("read secret {name}"), self.secrets().get(name)).await
    }

    /// Creates a secret.
    pub(crate) async fn create_secret(&self, secret: &Secret) -> PortResult<()> {
        let doing = format!("create secret {}", secret.metadata.name.as_deref().unwrap_or_default());
        within(self.limit, &doing, self.secrets().create(&PostParams::default(), secret)).await?;
        Ok(())
    }

    /// Gives a secret another owner.
    pub(crate) async fn own_secret(&self, name: &str, owner: OwnerReference) -> PortResult<()> {
        let patch = Patch::Merge(serde_json::json!({ "metadata": { "ownerReferences": [owner] } }));
        let doing = format!("change the owner of secret {name}");
        within(self.limit, &doing, self.secrets().patch_metadata(name, &PatchParams::default(), &patch)).await?;
        Ok(())
    }

    /// Deletes a secret; one that is not there is deleted already.
    pub(crate) async fn delete_secret(&self, name: &str) -> PortResult<()> {
        match within(self.limit, &format!("delete secret {name}"), self.secrets().delete(name, &DeleteParams::default())).await {
            Err(error) if error.kind != Kind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs a command in a pod.
    pub(crate) async fn exec(&self, pod: &str, command: &[String], params: AttachParams) -> PortResult<Connection> {
        let doing = format!("run a command in pod {pod}");
        let request = self.subresources().exec(pod, command.iter().map(String::as_str), &params.container(MAIN));
        self.connect(&doing, request).await
    }

    /// Attaches to the process of a pod.
    pub(crate) async fn attach(&self, pod: &str, params: AttachParams) -> PortResult<Connection> {
        let request = self.subresources().attach(pod, &params.container(MAIN));
        self.connect(&format!("attach to pod {pod}"), request).await
    }

    async fn connect(&self, doing: &str, request: Result<Request<Vec<u8>>, kube::core::request::Error>) -> PortResult<Connection> {
        let request = request.map_err(|error| failure(doing, kube::Error::BuildRequest(error)))?;
        let connected = within(self.limit, doing, self.client.connect(request)).await;
        connected.map_err(|error| if says_gone(&error.context) { PortError { kind: Kind::Conflict, ..error } } else { error })
    }

    fn subresources(&self) -> kube::core::Request {
        kube::core::Request::new(Pod::url_path(&(), Some(&self.namespace)))
    }

    /// Opens a log that has an end; its bytes come as they are. `query` is what follows the parameter `container`.
    pub(crate) async fn log(&self, pod: &str, query: &str) -> PortResult<ByteStream> {
        let doing = reading(pod);
        let body = within(self.limit, &doing, self.get(&self.log_path(pod, query))).await?;
        Ok(bytes(body, doing))
    }

    /// Opens a log that goes on; the answer may come as late as the first byte.
    pub(crate) async fn endless_log(&self, pod: &str, query: &str) -> PortResult<ByteStream> {
        let doing = reading(pod);
        match self.get(&self.log_path(pod, query)).await {
            Ok(body) => Ok(bytes(body, doing)),
            Err(error) => Err(failure(&doing, error)),
        }
    }

    fn log_path(&self, pod: &str, query: &str) -> String {
        format!("{}/{pod}/log?container={MAIN}{query}", Pod::url_path(&(), Some(&self.namespace)))
    }

    async fn get(&self, path: &str) -> kube::Result<Body> {
        let request = Request::get(path).body(Body::empty()).map_err(kube::Error::HttpError)?;
        let response = self.client.send(request).await?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let code = response.status().as_u16();
        let mut body = Vec::new();
        let mut chunks = response.into_body().into_data_stream();
        while let Some(Ok(chunk)) = chunks.next().await {
            body.extend_from_slice(&chunk);
            if body.len() > ERROR_BODY_MAX {
                break;
            }
        }
        let status = serde_json::from_slice::<kube::core::Status>(&body)
            .unwrap_or_else(|_| kube::core::Status::failure(String::from_utf8_lossy(&body).trim(), "").with_code(code));
        Err(kube::Error::Api(status.boxed()))
    }

    /// Whether the cluster tells the two streams of a log apart (feature `PodLogsQuerySplitStreams`).
    ///
    /// A cluster that does not know the parameter `stream` ignores it and would deliver everything twice, so it is asked for something that
    /// only a cluster that knows it refuses: a stream that does not exist. The check comes before the look for the pod.
    pub(crate) async fn splits_logs(&self) -> PortResult<bool> {
        if let Some(known) = self.splits_logs.get() {
            return Ok(*known);
        }
        let splits = match self.log("kubedock-probe", "&stream=none").await {
            Err(PortError { kind: Kind::Invalid, .. }) => true,
            Err(PortError { kind: Kind::NotFound, .. }) | Ok(_) => false,
            Err(error) => return Err(error),
        };
        Ok(*self.splits_logs.get_or_init(|| splits))
    }
}
