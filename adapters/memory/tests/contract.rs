//! The cluster in memory has every behaviour that is asked of all backends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use adapter_memory::{MemoryCluster, Settings};
use domain::Timestamp;
use ports::contract::{self, Abilities, Fixture};
use ports::{Clock, Ids};

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Ids for Counting {
    fn bytes(&self) -> [u8; 32] {
        // The beginning is a letter, so that short ids stay as unique as these.
        let mut bytes = [0xa0; 32];
        bytes[1..9].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        bytes
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_the_contract() {
    let cluster = MemoryCluster::new(Arc::new(SystemClock), Settings::default());
    let fixture = Fixture {
        workloads: cluster.clone(),
        processes: cluster.clone(),
        logs: cluster.clone(),
        cluster: cluster.clone(),
        ids: Arc::new(Counting::default()),
        image: "alpine".to_owned(),
        patience: Duration::from_secs(20),
        parallel: 16,
        abilities: Abilities::FULL,
    };
    contract::all(&fixture).await;

    // Everything was removed, so nothing may be left behind.
    let idle = async {
        while cluster.live_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(5), idle).await;
    assert!(outcome.is_ok(), "{} tasks are left", cluster.live_tasks());
}
