//! Registries that answer as they should not, and those that do.

mod auth;
mod limits;
mod login;
mod names;
mod proxy;
mod redirects;
mod retries;
mod tls;
mod unreachable;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::Credentials;
use ports::PortResult;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(super) use self::names::Names;
use super::{Fetched, Get, Object, Transport};
use crate::endpoint::Endpoint;
use crate::settings::RegistrySettings;

/// Where the manifest is that [`pull`] asks for.
const MANIFEST: &str = "/v2/library/redis/manifests/7";

/// Settings with short waits.
fn settings() -> RegistrySettings {
    RegistrySettings {
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(800),
        timeout: Duration::from_secs(4),
        ..RegistrySettings::default()
    }
}

fn transport() -> Transport {
    Transport::new(settings()).unwrap()
}

/// A registry at `url`.
fn endpoint(url: &str) -> Endpoint {
    Endpoint { url: url.to_owned(), insecure: false, mirror: false, credentials: None }
}

/// A registry that `server` is by another name.
fn named(server: &MockServer, name: &str) -> Endpoint {
    endpoint(&at(server, name))
}

/// The address of `server` by another name.
fn at(server: &MockServer, name: &str) -> String {
    format!("http://{name}:{}", server.address().port())
}

async fn pull(transport: &Transport, endpoint: &Endpoint, credentials: Option<&Credentials>) -> PortResult<Fetched> {
    let object = Object::Manifest("7");
    transport.get(endpoint, Get { repository: "library/redis", object, accept: &["a/b", "c/d"], limit: 1000, credentials }).await
}

fn ann() -> Credentials {
    Credentials::Password { username: "ann".to_owned(), password: "hunter2".to_owned() }
}

/// How `ann` is written in a request.
const ANN: &str = "Basic YW5uOmh1bnRlcjI=";

/// What the requests that `server` got to `of` carried.
async fn authorizations(server: &MockServer, of: &str) -> Vec<Option<String>> {
    let requests = server.received_requests().await.unwrap();
    let there = requests.iter().filter(|request| request.url.path() == of);
    there.map(|request| request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned())).collect()
}

async fn answer(server: &MockServer, at: &str, response: ResponseTemplate) {
    Mock::given(path(at)).respond_with(response).mount(server).await;
}

/// A server that does with a connection what it likes, once it was asked something.
struct Raw {
    url: String,
    connections: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Raw {
    /// `talk` gets the first bytes, the number of the connection, and the connection.
    async fn start<T, F>(talk: T) -> Self
    where
        T: Fn(Vec<u8>, usize, TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, mut tasks) = (Arc::clone(&connections), JoinSet::new());
        tasks.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let mut head = vec![0; 4096];
                let length = stream.read(&mut head).await.unwrap_or_default();
                head.truncate(length);
                talks.spawn(talk(head, number, stream));
            }
        });
        Self { url, connections, _tasks: tasks }
    }

    /// Says the same to everybody, and hangs up.
    async fn saying(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self::start(move |_, _, mut stream| {
            let text = text.clone();
            async move {
                let _ = stream.write_all(&text).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}
