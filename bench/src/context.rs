//! What all benches share.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cluster::Cluster;
use crate::kubectl::Kubectl;
use crate::options::{Bench, Options};
use crate::server::{Backend, Server};
use crate::settings::Settings;

/// What all benches share.
pub(crate) struct Context {
    kubedock: PathBuf,
    cluster: Option<(Cluster, Kubectl)>,
    registry: Option<Settings>,
}

impl Context {
    /// Finds the programs and, if one of the chosen benches needs it, makes a namespace in the cluster.
    ///
    /// # Errors
    /// One of them is not there.
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let kubedock = options.kubedock.canonicalize();
        let kubedock = kubedock.with_context(|| format!("no kubedock at {}; name one with --kubedock", options.kubedock.display()))?;
        let registry = options.registry().map(|address| Settings::mirror(&format!("http://{address}"), None)).transpose()?;
        let mut context = Self { kubedock, cluster: None, registry };
        if options.selection().into_iter().any(Bench::needs_cluster) {
            let kubeconfig = options.kubeconfig().context("no cluster; name one with --kubeconfig or KUBEDOCK_TEST_KUBECONFIG")?;
            let cluster = Cluster::open(kubeconfig).await?;
            let namespace = cluster.namespace().to_owned();
            let kubectl = Kubectl::new(options.kubectl.clone(), cluster.kubeconfig().clone(), namespace);
            context.cluster = Some((cluster, kubectl));
        }
        Ok(context)
    }

    /// Takes down what was made.
    ///
    /// # Errors
    /// The namespace cannot be deleted.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        match &self.cluster {
            Some((cluster, _)) => cluster.close().await,
            None => Ok(()),
        }
    }

    /// The binary that is measured.
    pub(crate) const fn kubedock(&self) -> &PathBuf {
        &self.kubedock
    }

    /// The cluster.
    ///
    /// # Errors
    /// None of the chosen benches needs one.
    pub(crate) fn cluster(&self) -> anyhow::Result<&Cluster> {
        self.cluster.as_ref().map(|(cluster, _)| cluster).context("invariant: this bench needs a cluster")
    }

    /// kubectl.
    ///
    /// # Errors
    /// None of the chosen benches needs a cluster.
    pub(crate) fn kubectl(&self) -> anyhow::Result<&Kubectl> {
        self.cluster.as_ref().map(|(_, kubectl)| kubectl).context("invariant: this bench needs a cluster")
    }

    /// A kubedock of its own on the cluster, which asks the registry that the options name, if they do.
    ///
    /// # Errors
    /// It does not begin.
    pub(crate) async fn on_cluster(&self) -> anyhow::Result<Server> {
        self.through(self.cluster()?.kubeconfig()).await
    }

    /// As [`Self::on_cluster`], by way of another kubeconfig.
    ///
    /// # Errors
    /// It does not begin.
    pub(crate) async fn through(&self, kubeconfig: &Path) -> anyhow::Result<Server> {
        let backend = Backend::Kubernetes { kubeconfig, namespace: self.cluster()?.namespace() };
        Server::start(&self.kubedock, backend, self.registry.as_ref().map(Settings::file).as_deref()).await
    }

    /// A kubedock of its own on the in-memory backend.
    ///
    /// # Errors
    /// It does not begin.
    pub(crate) async fn in_memory(&self) -> anyhow::Result<Server> {
        Server::start(&self.kubedock, Backend::Memory, None).await
    }

    /// As [`Self::on_cluster`], with the settings of a file.
    ///
    /// # Errors
    /// It does not begin.
    pub(crate) async fn on_cluster_with(&self, settings: &Path) -> anyhow::Result<Server> {
        let cluster = self.cluster()?;
        let backend = Backend::Kubernetes { kubeconfig: cluster.kubeconfig(), namespace: cluster.namespace() };
        Server::start(&self.kubedock, backend, Some(settings)).await
    }

    /// A kubedock of its own on the in-memory backend, with the images of the registries that a file with settings names.
    ///
    /// # Errors
    /// It does not begin.
    pub(crate) async fn with_images(&self, settings: &Path) -> anyhow::Result<Server> {
        Server::start(&self.kubedock, Backend::Memory, Some(settings)).await
    }
}
