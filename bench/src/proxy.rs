//! A door in front of the API server that counts what goes through it.
//!
//! What goes through is encrypted, so it cannot count requests; but where no byte went to the API server, no request did.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use kube::config::Kubeconfig;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A running proxy; it ends with this value.
pub(crate) struct Proxy {
    kubeconfig: NamedTempFile,
    sent: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Opens a door to the cluster of `kubeconfig`.
    ///
    /// # Errors
    /// The kubeconfig cannot be read or does not name an address.
    pub(crate) async fn open(kubeconfig: &Path) -> anyhow::Result<Self> {
        let mut config = Kubeconfig::read_from(kubeconfig)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let server = redirect(&mut config, listener.local_addr()?)?;
        let copy = NamedTempFile::new()?;
        serde_json::to_writer(&copy, &config)?;
        let sent = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, server, Arc::clone(&sent)));
        Ok(Self { kubeconfig: copy, sent, _tasks: tasks })
    }

    /// A kubeconfig that leads through the door.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.kubeconfig.path()
    }

    /// How many bytes went to the API server so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// Lets the current context's cluster lead to `door` and returns the `host:port` where it led before.
fn redirect(config: &mut Kubeconfig, door: SocketAddr) -> anyhow::Result<String> {
    let current = config.current_context.as_deref();
    let context = config.contexts.iter().find(|context| Some(context.name.as_str()) == current);
    let name = context.and_then(|context| context.context.as_ref()).map(|context| context.cluster.clone());
    let name = name.context("the kubeconfig has no current context")?;
    let cluster = config.clusters.iter_mut().find(|cluster| cluster.name == name).and_then(|cluster| cluster.cluster.as_mut());
    let cluster = cluster.context("the kubeconfig has no such cluster")?;
    let server = cluster.server.replace(format!("https://{door}")).context("the cluster has no address")?;
    let server = server.strip_prefix("https://").context("the cluster is not reached over https")?.trim_end_matches('/').to_owned();
    let (host, port) = server.rsplit_once(':').unwrap_or((&server, "443"));
    cluster.tls_server_name.get_or_insert_with(|| host.to_owned());
    Ok(format!("{host}:{port}"))
}

async fn serve(listener: TcpListener, server: String, sent: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (server, sent) = (server.clone(), Arc::clone(&sent));
        connections.spawn(async move {
            // Whatever breaks here is seen by both sides as a broken connection.
            let _ = pass(client, &server, &sent).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn pass(client: TcpStream, server: &str, sent: &AtomicU64) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    tokio::try_join!(
        copy(client_read, server_write, |length| _ = sent.fetch_add(length, Ordering::Relaxed)),
        copy(server_read, client_write, |_| ()),
    )?;
    Ok(())
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, count: impl Fn(u64)) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await? {
            0 => return to.shutdown().await,
            length => {
                count(length as u64);
                to.write_all(&buffer[..length]).await?;
            }
        }
    }
}
