//! Connects the use cases to the outside. The only file that names adapters.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapter_docker_http::{HttpSettings, Listener};
use adapter_kubernetes::{KubeCluster, KubeSettings};
use adapter_memory::MemoryCluster;
use adapter_registry::{AssumedImages, DockerConfig, RegistryImages, RegistrySettings};
use anyhow::Context;
use kubedock::{Daemon, EngineSettings, Outbound};
use ports::{Cluster, Engine, Ids, ImageCatalog, Keychain, Logs, Processes, Workloads};
use tokio_util::sync::CancellationToken;

use crate::settings::{self, Backend, Kubernetes, ListenAddress, Mirror, Registry, Server, Settings};
use crate::sources::{RandomIds, SystemClock};

pub(crate) use adapter_cli::{Invocation, parse};
pub(crate) use adapter_docker_http::image_json;

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
    // The simulation has images of its own, which no registry knows.
    let inspector = settings.registry.inspector.unwrap_or(settings.backend == Backend::Kubernetes);
    let registries = inspector.then(|| registries(&settings.registry)).transpose()?;
    let configured = settings::docker_config().map(|directory| Arc::new(DockerConfig::new(&directory)) as Arc<dyn Keychain>);
    let outbound = match settings.backend {
        Backend::Memory => {
            let memory = MemoryCluster::new(Arc::new(SystemClock), adapter_memory::Settings::default());
            match registries {
                Some(registries) => outbound(memory, registries, configured.into_iter().collect()),
                None => outbound(memory.clone(), memory, Vec::new()),
            }
        }
        Backend::Kubernetes => {
            let cluster = cluster(&settings.kubernetes, &instance).await?;
            match registries {
                Some(registries) => {
                    let secrets: Arc<dyn Keychain> = cluster.clone();
                    outbound(cluster, registries, std::iter::once(secrets).chain(configured).collect())
                }
                None => outbound(cluster, Arc::new(AssumedImages), Vec::new()),
            }
        }
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), backend = ?settings.backend, inspector, instance, "started");
    let kubernetes = &settings.kubernetes;
    let engine =
        EngineSettings { instance, start_timeout: kubernetes.timeout, pull_policy: kubernetes.pull_policy, ..EngineSettings::default() };
    Ok(Daemon::start(outbound, engine))
}

async fn cluster(kubernetes: &Kubernetes, instance: &str) -> anyhow::Result<Arc<KubeCluster>> {
    let settings = KubeSettings {
        kubeconfig: kubernetes.kubeconfig.clone(),
        namespace: kubernetes.namespace.clone(),
        pull_policy: kubernetes.pull_policy,
        image_pull_secrets: kubernetes.image_pull_secrets.clone(),
        service_account: kubernetes.service_account.clone(),
        ..KubeSettings::new(instance)
    };
    // Its sentence holds the causes already.
    KubeCluster::connect(settings).await.map_err(|error| anyhow::anyhow!("{error}; --backend memory needs no cluster"))
}

fn registries(registry: &Registry) -> anyhow::Result<Arc<dyn ImageCatalog>> {
    let mirror = |mirror: &Mirror| adapter_registry::Mirror { registry: mirror.registry.clone(), url: mirror.url.clone() };
    let defaults = RegistrySettings::default();
    let settings = RegistrySettings {
        mirrors: registry.mirrors.iter().map(mirror).collect(),
        insecure: registry.insecure.clone(),
        ca_files: registry.ca_files.clone(),
        token_hosts: registry.token_hosts.clone(),
        connect_timeout: registry.connect_timeout.unwrap_or(defaults.connect_timeout),
        read_timeout: registry.read_timeout.unwrap_or(defaults.read_timeout),
        timeout: registry.timeout.unwrap_or(defaults.timeout),
        tag_life: registry.tag_life.unwrap_or(defaults.tag_life),
    };
    // Its sentence holds the causes already, too.
    let images = RegistryImages::new(settings).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(Arc::new(images))
}

fn outbound<B: Workloads + Processes + Logs + Cluster + 'static>(
    backend: Arc<B>,
    images: Arc<dyn ImageCatalog>,
    keychains: Vec<Arc<dyn Keychain>>,
) -> Outbound {
    Outbound {
        workloads: backend.clone(),
        processes: backend.clone(),
        logs: backend.clone(),
        cluster: backend,
        images,
        keychains,
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
