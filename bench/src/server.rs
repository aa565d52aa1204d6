//! A kubedock that is measured.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::docker::Docker;
use crate::http::Address;

/// How long it may take to begin or to end.
const LIMIT: Duration = Duration::from_secs(60);

/// A running kubedock; it ends with this value.
pub(crate) struct Server {
    child: Child,
    directory: TempDir,
    tcp: Docker,
    unix: Docker,
    ready_after: Duration,
}

/// What runs its containers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Backend<'a> {
    /// Pods in a namespace of the cluster of a kubeconfig.
    Kubernetes {
        /// The kubeconfig.
        kubeconfig: &'a Path,
        /// The namespace.
        namespace: &'a str,
    },
    /// A simulation.
    Memory,
}

impl Server {
    /// Starts one and waits until it answers. All settings but the place, the backend and those of a file are the defaults.
    ///
    /// # Errors
    /// It does not begin: what it printed.
    pub(crate) async fn start(binary: &Path, backend: Backend<'_>, settings: Option<&Path>) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let socket = directory.path().join("docker.sock");
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.arg("server").arg("--listen-addr").arg(format!("127.0.0.1:{port}")).arg("--unix-socket").arg(&socket).env_clear();
        match backend {
            Backend::Memory => command.args(["--backend", "memory"]),
            Backend::Kubernetes { kubeconfig, namespace } => command.args(["--namespace", namespace, "--kubeconfig"]).arg(kubeconfig),
        };
        if let Some(settings) = settings {
            command.arg("--config").arg(settings);
        }
        let log = fs::File::create(directory.path().join("log"))?;
        let begin = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let child = child.with_context(|| format!("cannot start {}", binary.display()))?;
        let tcp = Docker::new(Address::Tcp((Ipv4Addr::LOCALHOST, port).into()));
        let unix = Docker::new(Address::Unix(socket));
        let mut server = Self { child, directory, tcp, unix, ready_after: LIMIT };
        while !server.answers().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("kubedock ended with {status}: {}", server.log());
            }
            anyhow::ensure!(begin.elapsed() < LIMIT, "kubedock does not answer: {}", server.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.ready_after = begin.elapsed();
        Ok(server)
    }

    /// How long it took from its start to its first answer.
    pub(crate) const fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Through its TCP port.
    pub(crate) const fn tcp(&self) -> &Docker {
        &self.tcp
    }

    /// Through its unix socket.
    pub(crate) const fn unix(&self) -> &Docker {
        &self.unix
    }

    /// Asks it to end and waits until it has removed what it made.
    ///
    /// # Errors
    /// It does not end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            anyhow::ensure!(begin.elapsed() < LIMIT, "kubedock does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn answers(&self) -> bool {
        let Ok(mut connection) = self.tcp.connect().await else { return false };
        connection.call("GET", "/_ping", None).await.is_ok_and(|answer| answer.status == 200)
    }

    /// The end of its log.
    fn log(&self) -> String {
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After stop it has ended. Otherwise something failed, and what it made goes with the namespace.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
