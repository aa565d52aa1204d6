//! What the cluster says about itself.

use async_trait::async_trait;
use ports::{Cluster, HostInfo, PortResult};

use crate::cluster::MemoryCluster;
use crate::faults::Op;

#[async_trait]
impl Cluster for MemoryCluster {
    async fn describe(&self) -> PortResult<HostInfo> {
        self.faults.happen(Op::Describe).await?;
        let cpus = std::thread::available_parallelism().map_or(0, |count| u32::try_from(count.get()).unwrap_or(u32::MAX));
        Ok(HostInfo {
            name: "kubedock-memory".to_owned(),
            operating_system: "kubedock in-memory backend (no cluster)".to_owned(),
            kernel_version: String::new(),
            architecture: std::env::consts::ARCH.to_owned(),
            cpus,
            memory: 0,
            warnings: vec![
                "WARNING: containers are simulated inside the server with a few built-in programs; images are not pulled, nothing is isolated, and nothing outlives the server"
                    .to_owned(),
            ],
        })
    }
}
