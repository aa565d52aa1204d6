//! What the use cases share.

use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::{Error, ImageRef, Platform, Policy, PullPolicy, RegistryLogin, Result, Timestamp};
use ports::{Clock, Cluster, Ids, ImageCatalog, Keychain, Logs, Processes, Workloads};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::EventLog;
use crate::execs::ExecStore;
use crate::images::{CredentialStore, ImageStore, Outages};
use crate::networks::NetworkStore;
use crate::registry::Registry;
use crate::volumes::VolumeStore;

/// The outside, as the binary connected it.
#[derive(Clone)]
pub struct Outbound {
    /// Runs containers.
    pub workloads: Arc<dyn Workloads>,
    /// Talks to their processes.
    pub processes: Arc<dyn Processes>,
    /// Keeps their output.
    pub logs: Arc<dyn Logs>,
    /// Describes what runs them.
    pub cluster: Arc<dyn Cluster>,
    /// Knows what images are.
    pub images: Arc<dyn ImageCatalog>,
    /// Know what opens registries; the first that knows one counts.
    pub keychains: Vec<Arc<dyn Keychain>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes what must be unique.
    pub ids: Arc<dyn Ids>,
}

/// What the operator decides about the use cases.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// This instance's name, as `docker info` shows it.
    pub instance: String,
    /// How long a start may take, image pull and scheduling included.
    pub start_timeout: Duration,
    /// How long a process may take to end after the polite signal, unless the client says.
    pub stop_timeout: Duration,
    /// How long the cluster may take to report an end that was forced.
    pub end_timeout: Duration,
    /// How many past events are kept.
    pub event_history: usize,
    /// When nodes pull images.
    pub pull_policy: PullPolicy,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            instance: "kubedock".to_owned(),
            start_timeout: Duration::from_secs(60),
            stop_timeout: Policy::default().stop_timeout,
            end_timeout: Duration::from_secs(60),
            event_history: 1024,
            pull_policy: PullPolicy::default(),
        }
    }
}

/// Everything the use cases work on.
pub(crate) struct Core {
    pub(crate) outbound: Outbound,
    pub(crate) settings: EngineSettings,
    pub(crate) containers: Registry,
    pub(crate) execs: ExecStore,
    pub(crate) images: ImageStore,
    pub(crate) credentials: CredentialStore,
    pub(crate) outages: Outages,
    pub(crate) networks: NetworkStore,
    pub(crate) volumes: VolumeStore,
    pub(crate) events: EventLog,
    /// Owns every task that outlives the request that began it.
    pub(crate) tasks: TaskTracker,
    /// Ends them.
    pub(crate) stop: CancellationToken,
    /// What the cluster's nodes are, once it has told.
    platform: OnceCell<Platform>,
}

impl Core {
    pub(crate) fn new(outbound: Outbound, settings: EngineSettings) -> Arc<Self> {
        let now = outbound.clock.now();
        Arc::new(Self {
            containers: Registry::default(),
            execs: ExecStore::default(),
            images: ImageStore::default(),
            credentials: CredentialStore::default(),
            outages: Outages::default(),
            networks: NetworkStore::new(&*outbound.ids, now),
            volumes: VolumeStore::default(),
            events: EventLog::new(settings.event_history),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            platform: OnceCell::new(),
            outbound,
            settings,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.outbound.clock.now()
    }

    /// What the cluster's nodes are; as long as it does not tell they are taken for what this server runs on.
    pub(crate) async fn platform(&self) -> &Platform {
        static OWN: LazyLock<Platform> = LazyLock::new(|| Platform::linux(std::env::consts::ARCH));
        let asked = self.platform.get_or_try_init(|| async {
            let host = self.outbound.cluster.describe().await?;
            if host.architecture.is_empty() { Ok(OWN.clone()) } else { Ok(Platform::linux(&host.architecture)) }
        });
        asked.await.unwrap_or_else(|error: ports::PortError| {
            tracing::debug!(%error, "cannot ask the cluster for its platform");
            &OWN
        })
    }

    /// The platform asked for; what it leaves open is the cluster's.
    pub(crate) async fn platform_of(&self, asked: Option<&Platform>) -> Platform {
        let own = self.platform().await;
        asked.map_or_else(|| own.clone(), |asked| asked.clone().or(own))
    }

    /// What a client gave that opens the registry of an image.
    pub(crate) fn login(&self, image: &str) -> Option<RegistryLogin> {
        let registry = ImageRef::parse(image).ok()?.registry().to_owned();
        let credentials = self.credentials.find(&registry)?;
        Some(RegistryLogin { registry, credentials })
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy { stop_timeout: self.settings.stop_timeout }
    }

    /// Runs `work` to its end even if whoever asked for it goes away; only the end of the server cuts it short.
    pub(crate) async fn see_through<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let stop = self.stop.clone();
        let task = self.tasks.spawn(async move {
            tokio::select! {
                biased;
                result = work => result,
                () = stop.cancelled() => Err(Error::Unavailable("the server is shutting down".to_owned())),
            }
        });
        task.await.unwrap_or_else(|failure| Err(Error::Internal(format!("the request failed unexpectedly: {failure}"))))
    }
}
