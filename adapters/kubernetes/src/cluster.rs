//! The cluster as the ports see it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Credentials, ExecSpec, Run, Signal, Workload};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::ListParams;
use ports::{
    AttachPlan, Cluster, HostInfo, Keychain, LogQuery, LogStream, Logs, PortResult, ProcessIo, ProcessStream, Processes, WorkloadStream,
    Workloads,
};
use tokio::task::JoinSet;

use crate::access::Access;
use crate::error::within;
use crate::exec;
use crate::keychain::PullSecrets;
use crate::logins::Logins;
use crate::logs::{self, KeptLogs};
use crate::pod::{self, PodSettings};
use crate::stop::Ending;
use crate::watch::Tracker;

/// The oldest minor version of Kubernetes 1 whose exec passes on the end of input.
const MINOR_MIN: u32 = 30;

/// Runs containers as pods of one namespace of a Kubernetes cluster.
pub struct KubeCluster {
    pub(crate) access: Arc<Access>,
    pub(crate) tracker: Arc<Tracker>,
    pub(crate) kept: Arc<KeptLogs>,
    pub(crate) ending: Ending,
    pub(crate) logins: Arc<Logins>,
    pub(crate) keychain: PullSecrets,
    pub(crate) settings: PodSettings,
    pub(crate) server: String,
    pub(crate) _watch: JoinSet<()>,
}

impl KubeCluster {
    /// The namespace that pods run in.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.access.namespace
    }
}

#[async_trait]
impl Workloads for KubeCluster {
    async fn launch(&self, workload: &Workload) -> PortResult<()> {
        // The kubelet reads a pod's secrets as soon as it sees the pod.
        let login = self.logins.create(workload, &self.settings).await?;
        let pod = self.access.create(&pod::pod(workload, &self.settings, login.as_deref())).await?;
        tracing::info!(container = workload.run.container.short(), pod = pod.metadata.name, "pod created");
        self.tracker.expect(&workload.run, &pod);
        if let Some(login) = login {
            self.logins.hand_over(login, &pod);
        }
        Ok(())
    }

    async fn stop(&self, run: &Run, signal: Option<Signal>, grace: std::time::Duration) -> PortResult<()> {
        self.ending.stop(run, signal, grace).await
    }

    async fn signal(&self, run: &Run, signal: Signal) -> PortResult<()> {
        self.ending.signal(run, signal).await
    }

    async fn remove(&self, run: &Run) -> PortResult<()> {
        self.kept.forget(run);
        let pod = async {
            match self.tracker.find(run) {
                Some(tracked) => self.access.delete(&tracked.pod, 0).await,
                // Its creation may have been given up while the cluster was still about it.
                None => self.access.delete_all(&pod::selector(&self.settings, Some(run))).await,
            }
        };
        let (pod, login) = tokio::join!(pod, self.logins.remove(run));
        pod.and(login)
    }

    async fn remove_all(&self) -> PortResult<()> {
        let all = pod::selector(&self.settings, None);
        let (pods, logins) = tokio::join!(self.access.delete_all(&all), self.logins.remove_all());
        pods.and(logins)
    }

    fn watch(&self) -> WorkloadStream {
        self.tracker.subscribe()
    }
}

#[async_trait]
impl Processes for KubeCluster {
    async fn exec(&self, run: &Run, spec: &ExecSpec, io: ProcessIo) -> PortResult<ProcessStream> {
        let tracked = exec::running(&self.tracker, run)?;
        exec::exec(&self.access, &tracked.pod, spec, io).await
    }

    async fn attach(&self, run: &Run, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
        self.attach_to(run, plan, io).await
    }
}

#[async_trait]
impl Logs for KubeCluster {
    async fn read(&self, run: &Run, query: &LogQuery) -> PortResult<LogStream> {
        logs::read(&self.access, &self.tracker, &self.kept, run, query).await
    }
}

#[async_trait]
impl Keychain for KubeCluster {
    async fn credentials(&self, registry: &str) -> PortResult<Option<Credentials>> {
        self.keychain.credentials(registry).await
    }
}

#[async_trait]
impl Cluster for KubeCluster {
    async fn describe(&self) -> PortResult<HostInfo> {
        let (client, limit) = (self.access.client.clone(), self.access.limit);
        let version = within(limit, "ask the cluster for its version", client.apiserver_version()).await?;
        let mut info = HostInfo {
            name: format!("{}/{}", self.server, self.namespace()),
            operating_system: format!("Kubernetes {}", version.git_version),
            ..HostInfo::default()
        };
        if let Ok(nodes) = within(limit, "list nodes", Api::<Node>::all(client).list(&ListParams::default())).await {
            add_nodes(&mut info, &nodes.items);
        }
        let minor: u32 = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(MINOR_MIN);
        if version.major == "1" && minor < MINOR_MIN {
            info.warnings.push(format!("Kubernetes is older than 1.{MINOR_MIN}: the end of input is not passed on to processes."));
        }
        if !self.access.splits_logs().await? {
            info.warnings.push(
                "The cluster does not tell stdout and stderr of a log apart (feature PodLogsQuerySplitStreams): logs show both as stdout."
                    .to_owned(),
            );
        }
        Ok(info)
    }
}

/// Adds what the nodes have together.
fn add_nodes(info: &mut HostInfo, nodes: &[Node]) {
    for status in nodes.iter().filter_map(|node| node.status.as_ref()) {
        if let Some(node) = &status.node_info {
            info.kernel_version.clone_from(&node.kernel_version);
            info.architecture = docker_architecture(&node.architecture).to_owned();
        }
        let amount = |name: &str| status.allocatable.as_ref()?.get(name).map(|quantity| quantity.0.as_str());
        info.cpus += amount("cpu").and_then(whole_cpus).unwrap_or(0);
        info.memory += amount("memory").and_then(bytes).unwrap_or(0);
    }
}

/// Go's name of a processor in the kernel's words.
fn docker_architecture(go: &str) -> &str {
    match go {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    }
}

fn whole_cpus(quantity: &str) -> Option<u32> {
    match quantity.strip_suffix('m') {
        Some(thousandths) => Some(thousandths.parse::<u32>().ok()? / 1000),
        None => quantity.parse().ok(),
    }
}

fn bytes(quantity: &str) -> Option<u64> {
    let digits = quantity.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &quantity[digits.len()..] {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::{bytes, whole_cpus};

    #[test]
    fn quantities() {
        for (text, cpus) in [("2", Some(2)), ("1930m", Some(1)), ("x", None)] {
            assert_eq!(whole_cpus(text), cpus, "{text}");
        }
        for (text, amount) in [("1024", Some(1024)), ("3Ki", Some(3072)), ("2G", Some(2_000_000_000)), ("1Ei", None), ("Ki", None)] {
            assert_eq!(bytes(text), amount, "{text}");
        }
    }
}
