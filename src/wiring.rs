//! Connects the use cases to the outside. The only file that names adapters.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapter_docker_http::{HttpSettings, Listener};
use adapter_kubernetes::{KubeCluster, KubeSettings};
use adapter_memory::MemoryCluster;
use adapter_registry::AssumedImages;
use anyhow::Context;
use kubedock::{Daemon, EngineSettings, Outbound};
use ports::{Cluster, Engine, Ids, ImageCatalog, Logs, Processes, Workloads};
use tokio_util::sync::CancellationToken;

use crate::settings::{Backend, Kubernetes, ListenAddress, Server, Settings};
use crate::sources::{RandomIds, SystemClock};

pub(crate) use adapter_cli::{Invocation, parse};

/// When requests and sessions are cut off after the signal to stop. Kubernetes gives a pod 30 s by default, and removal needs its share.
const DRAIN: Duration = Duration::from_secs(10);

/// Takes the addresses, so that a taken one is noticed before anything else is begun.
pub(crate) async fn listen(server: &Server) -> anyhow::Result<Vec<Listener>> {
    let address = &server.listen_addr;
    let tcp = listen_tcp(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let mut listeners = vec![tcp];
    if let Some(path) = &server.unix_socket {
        listeners.push(Listener::bind_unix(path).with_context(|| format!("cannot listen on {}", path.display()))?);
    }
    Ok(listeners)
}

async fn listen_tcp(address: &ListenAddress) -> io::Result<Listener> {
    let mut failure = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for candidate in address.candidates() {
        let mut found: Vec<SocketAddr> = tokio::net::lookup_host(candidate).await?.collect();
        // As in Go, which the original is written in: `localhost` is 127.0.0.1 if it has a choice.
        found.sort_by_key(SocketAddr::is_ipv6);
        for socket in found {
            match Listener::bind_tcp(socket).await {
                Ok(listener) => return Ok(listener),
                // A wildcard that is taken is not to be shared with whoever has it.
                Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => return Err(error),
                Err(error) => failure = error,
            }
        }
    }
    Err(failure)
}

/// Starts the use cases on the backend that the settings name.
pub(crate) async fn daemon(settings: &Settings) -> anyhow::Result<Daemon> {
    let instance = domain::ContainerId::from_bytes(RandomIds.bytes()).short().to_owned();
    let outbound = match settings.backend {
        Backend::Memory => {
            let memory = MemoryCluster::new(Arc::new(SystemClock), adapter_memory::Settings::default());
            outbound(memory.clone(), memory)
        }
        Backend::Kubernetes => outbound(cluster(&settings.kubernetes, &instance).await?, Arc::new(AssumedImages)),
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), backend = ?settings.backend, instance, "started");
    Ok(Daemon::start(outbound, EngineSettings { instance, start_timeout: settings.kubernetes.timeout, ..EngineSettings::default() }))
}

async fn cluster(kubernetes: &Kubernetes, instance: &str) -> anyhow::Result<Arc<KubeCluster>> {
    let settings =
        KubeSettings { kubeconfig: kubernetes.kubeconfig.clone(), namespace: kubernetes.namespace.clone(), ..KubeSettings::new(instance) };
    // Its sentence holds the causes already.
    KubeCluster::connect(settings).await.map_err(|error| anyhow::anyhow!("{error}; --backend memory needs no cluster"))
}

fn outbound<B: Workloads + Processes + Logs + Cluster + 'static>(backend: Arc<B>, images: Arc<dyn ImageCatalog>) -> Outbound {
    Outbound {
        workloads: backend.clone(),
        processes: backend.clone(),
        logs: backend.clone(),
        cluster: backend,
        images,
        keychains: Vec::new(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

/// Serves the Docker API until `stop`, and then what is under way for a while.
pub(crate) fn serve(listeners: Vec<Listener>, engine: Engine, stop: CancellationToken) -> impl Future<Output = ()> {
    for address in listeners.iter().filter_map(Listener::local_addr) {
        tracing::info!(%address, "listening");
    }
    adapter_docker_http::serve(listeners, engine, HttpSettings { drain_timeout: DRAIN, ..HttpSettings::default() }, stop)
}
