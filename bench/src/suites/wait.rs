//! How long after the cluster's own word a wait is answered, however the container ended.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::cluster::Cluster;
use crate::context::Context;
use crate::docker::{Docker, shell};
use crate::options::Options;
use crate::report::{Report, Row};
use crate::samples::Samples;

/// The longest that an answer may take after the cluster's word, in seconds.
const BOUND: f64 = 0.1;

/// How long a wait may take at all.
const LIMIT: Duration = Duration::from_secs(60);

/// Who ends a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It does, with this code.
    Itself(i64),
    /// The kernel, because it uses more memory than it may.
    Memory,
    /// Somebody who deletes its pod.
    Deletion,
    /// Somebody who drains its node.
    Eviction,
}

/// Waits for containers that end in all these ways.
///
/// # Errors
/// A wait is not answered, or with the wrong code.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let server = context.on_cluster().await?;
    let mut samples = Samples::default();
    for _ in 0..options.amount(8, 2) {
        samples.push(latency(context.cluster()?, server.unix(), End::Itself(7)).await?);
    }
    report.add(Row::new("wait", "answer after the published end, median", "s", samples.median()).at_most(BOUND, "0.1 s"));
    report.add(Row::new("wait", "answer after the published end, slowest", "s", samples.max()).at_most(BOUND, "0.1 s"));
    let mut unusual = Vec::new();
    for (what, end) in [("crashed", End::Itself(139)), ("pod deleted", End::Deletion), ("pod evicted", End::Eviction)] {
        unusual.push((what, latency(context.cluster()?, server.unix(), end).await?));
    }
    context.cluster()?.limit_memory().await?;
    let killed = latency(context.cluster()?, server.unix(), End::Memory).await;
    context.cluster()?.unlimit_memory().await?;
    unusual.push(("out of memory", killed?));
    for (what, seconds) in unusual {
        report.add(Row::new("wait", format!("answer after the published end: {what}"), "s", seconds).at_most(BOUND, "0.1 s"));
    }
    server.stop().await
}

/// Below zero if the answer came before the bench itself heard of the end.
async fn latency(cluster: &Cluster, docker: &Docker, end: End) -> anyhow::Result<f64> {
    let id = docker.create(end.settings()).await?;
    docker.start(&id).await?;
    let answer = async {
        let code = timeout(LIMIT, docker.wait(&id)).await.map_err(|_| anyhow::anyhow!("no answer to wait: {end:?}"))??;
        Ok((Instant::now(), code))
    };
    let (ended, (answered, code), ()) = tokio::try_join!(cluster.ended(&id), answer, end.bring(cluster, &id))?;
    ensure!(end.expects(code), "exit code {code}: {end:?}");
    docker.remove(&id).await?;
    Ok(signed_seconds(ended, answered))
}

impl End {
    fn settings(self) -> Value {
        match self {
            Self::Itself(code) => shell(&format!("sleep 1; exit {code}")),
            Self::Memory => shell("sleep 1; exec tail /dev/zero"),
            Self::Deletion | Self::Eviction => shell("sleep 3600"),
        }
    }

    async fn bring(self, cluster: &Cluster, id: &str) -> anyhow::Result<()> {
        sleep(Duration::from_secs(1)).await;
        match self {
            Self::Itself(_) | Self::Memory => Ok(()),
            Self::Deletion => cluster.delete_pod_of(id).await,
            Self::Eviction => cluster.evict_pod_of(id).await,
        }
    }

    const fn expects(self, code: i64) -> bool {
        match self {
            Self::Itself(own) => code == own,
            Self::Memory => code == 137,
            // It may have ended by the signal, or be gone before the cluster could tell its code.
            Self::Deletion | Self::Eviction => code != 0,
        }
    }
}

fn signed_seconds(from: Instant, to: Instant) -> f64 {
    to.checked_duration_since(from).map_or_else(|| -(from - to).as_secs_f64(), |later| later.as_secs_f64())
}
