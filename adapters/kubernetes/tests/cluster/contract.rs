//! The contract of the outbound ports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ports::Ids;
use ports::contract::{Abilities, Fixture, only};

use crate::support::{Arena, container_id, on_the_cluster};

#[derive(Default)]
struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn bytes(&self) -> [u8; 32] {
        container_id(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_cluster_keeps_the_contract() {
    on_the_cluster("contract", async |arena: Arena| {
        let cluster = arena.cluster;
        let fixture = Fixture {
            workloads: cluster.clone(),
            processes: cluster.clone(),
            logs: cluster.clone(),
            cluster,
            ids: Arc::new(CountedIds::default()),
            image: "busybox:latest".to_owned(),
            patience: Duration::from_secs(30),
            parallel: 6,
            abilities: Abilities { separates: true, signals: true, kills: false },
        };
        only(&fixture, &std::env::var("KUBEDOCK_TEST_ONLY").unwrap_or_default()).await;
    })
    .await;
}
