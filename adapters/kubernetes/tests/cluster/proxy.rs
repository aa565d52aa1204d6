//! A wire to the cluster that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Passes connections on, except while it is cut.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: Arc<AtomicBool>,
    connections: std::sync::Mutex<CancellationToken>,
    shared: Arc<std::sync::Mutex<CancellationToken>>,
    _task: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(AtomicBool::new(false));
        let token = CancellationToken::new();
        let shared = Arc::new(std::sync::Mutex::new(token.clone()));
        let mut task = JoinSet::new();
        task.spawn(serve(listener, target, Arc::clone(&cut), Arc::clone(&shared)));
        Self { port, cut, connections: std::sync::Mutex::new(token), shared, _task: task }
    }

    /// Breaks every connection, and refuses new ones.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        let fresh = CancellationToken::new();
        *self.shared.lock().unwrap() = fresh.clone();
        std::mem::replace(&mut *self.connections.lock().unwrap(), fresh).cancel();
    }

    pub(crate) fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

async fn serve(listener: TcpListener, target: String, cut: Arc<AtomicBool>, shared: Arc<std::sync::Mutex<CancellationToken>>) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        if cut.load(Ordering::SeqCst) {
            continue;
        }
        let (target, token) = (target.clone(), shared.lock().unwrap().clone());
        connections.spawn(async move {
            let Ok(mut server) = TcpStream::connect(target).await else { return };
            // Whichever way it ends, the connection is over.
            let _ = token.run_until_cancelled(copy_bidirectional(&mut client, &mut server)).await;
        });
    }
}
