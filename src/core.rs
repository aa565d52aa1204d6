//! What the use cases share.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::{Error, Policy, Result, Timestamp};
use ports::{Clock, Cluster, Ids, ImageCatalog, Logs, Processes, Workloads};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::EventLog;
use crate::execs::ExecStore;
use crate::images::ImageStore;
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
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            instance: "kubedock".to_owned(),
            start_timeout: Duration::from_secs(60),
            stop_timeout: Policy::default().stop_timeout,
            end_timeout: Duration::from_secs(60),
            event_history: 1024,
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
    pub(crate) networks: NetworkStore,
    pub(crate) volumes: VolumeStore,
    pub(crate) events: EventLog,
    /// Owns every task that outlives the request that began it.
    pub(crate) tasks: TaskTracker,
    /// Ends them.
    pub(crate) stop: CancellationToken,
}

impl Core {
    pub(crate) fn new(outbound: Outbound, settings: EngineSettings) -> Arc<Self> {
        let now = outbound.clock.now();
        Arc::new(Self {
            containers: Registry::default(),
            execs: ExecStore::default(),
            images: ImageStore::default(),
            networks: NetworkStore::new(&*outbound.ids, now),
            volumes: VolumeStore::default(),
            events: EventLog::new(settings.event_history),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            outbound,
            settings,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.outbound.clock.now()
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
