//! What tests of several modules need: an engine that does what the name of the object says, and a client that speaks bytes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Container, Error, Exec, ExecId, ExecSpec, Filters, Result, Signal, TermSize, Timestamp};
use futures_util::{StreamExt, stream};
use ports::{
    AttachRequest, Attached, ByteStream, ContainerFilter, ContainerView, Containers, CreateContainer, Created, CreatedNetwork, DiskUsage,
    Engine, EventQuery, EventStream, ExecStart, Execs, HostInfo, LogLine, LogRequest, LogSession, NetworkRequest, NetworkView, Networks,
    Output, OutputStream, PruneReport, ServerInfo, StopRequest, System, Update, VolumeRequest, VolumeView, Volumes, WaitCondition,
    WaitFuture, WaitOutcome,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{HttpSettings, Listener, serve};

mod images;

/// An engine that does what the name of the object says.
#[derive(Default)]
pub(crate) struct Fake {
    /// What it was asked about images, and with what credentials.
    pub(crate) images: Mutex<Vec<String>>,
    /// How many slow stops came to their end.
    pub(crate) stopped: AtomicUsize,
    /// Whether a session's output was dropped.
    pub(crate) dropped: Arc<AtomicBool>,
    /// Whether a session's input failed, as it does when the client vanishes.
    pub(crate) input_failed: Arc<AtomicBool>,
}

/// Says when it goes.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn no<T>() -> Result<T> {
    Err(Error::Unsupported("not in this fake".to_owned()))
}

fn stdout(text: &'static str) -> Result<Output> {
    Ok(Output::Stdout(Bytes::from_static(text.as_bytes())))
}

impl Fake {
    /// As an engine.
    pub(crate) fn engine(self: &Arc<Self>) -> Engine {
        Engine {
            containers: self.clone(),
            execs: self.clone(),
            images: self.clone(),
            networks: self.clone(),
            volumes: self.clone(),
            system: self.clone(),
        }
    }

    /// Gives the input back, then says `end`.
    fn echo(&self, stdin: Option<ByteStream>) -> OutputStream {
        let failed = self.input_failed.clone();
        let guard = Dropped(self.dropped.clone());
        let input = stdin.unwrap_or_else(|| stream::empty().boxed());
        let echo = input.map(move |piece| {
            let _held = &guard;
            failed.fetch_or(piece.is_err(), Ordering::SeqCst);
            piece.map(Output::Stdout).map_err(Error::from)
        });
        echo.chain(stream::iter([stdout("end\n")])).boxed()
    }
}

#[async_trait]
impl Containers for Fake {
    async fn create(&self, request: CreateContainer) -> Result<Created> {
        self.note_image("create", &request.spec.config.image, request.credentials.as_ref());
        no()
    }
    fn list(&self, _: &ContainerFilter) -> Result<Vec<ContainerView>> {
        Ok(Vec::new())
    }
    fn inspect(&self, reference: &str) -> Result<ContainerView> {
        if reference == "panic" {
            panic!("as asked");
        }
        if reference == "missing" {
            return Err(Error::NotFound(format!("No such container: {reference}")));
        }
        Ok(ContainerView { container: Arc::new(container()), execs: Vec::new(), image_name: "alpine".to_owned(), now: now() })
    }
    async fn start(&self, _: &str) -> Result<()> {
        Err(Error::NotModified)
    }
    async fn stop(&self, _: &str, _: StopRequest) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.stopped.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn restart(&self, _: &str, _: StopRequest) -> Result<()> {
        no()
    }
    async fn kill(&self, _: &str, _: Signal) -> Result<()> {
        no()
    }
    async fn pause(&self, _: &str) -> Result<()> {
        no()
    }
    async fn unpause(&self, _: &str) -> Result<()> {
        no()
    }
    fn wait(&self, reference: &str, _: WaitCondition) -> Result<WaitFuture> {
        match reference {
            "forever" => Ok(Box::pin(std::future::pending())),
            _ => Ok(Box::pin(std::future::ready(Ok(WaitOutcome { code: 3, error: None })))),
        }
    }
    fn rename(&self, _: &str, _: &str) -> Result<()> {
        no()
    }
    fn resize(&self, _: &str, _: TermSize) -> Result<()> {
        no()
    }
    async fn attach(&self, reference: &str, request: AttachRequest) -> Result<Attached> {
        let output = match reference {
            "missing" => return Err(Error::NotFound("No such container: missing".to_owned())),
            "slow" => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.echo(request.stdin)
            }
            "flood" => {
                let guard = Dropped(self.dropped.clone());
                let flood = stream::repeat_with(move || {
                    let _held = &guard;
                    Ok(Output::Stdout(Bytes::from_static(&[b'x'; 4096])))
                });
                flood.boxed()
            }
            "silent" => {
                let guard = Dropped(self.dropped.clone());
                let silence = stream::pending().map(move |output| {
                    let _held = &guard;
                    output
                });
                silence.boxed()
            }
            "deaf" => {
                drop(request.stdin);
                stream::once(async { stdout("bye\n") }).boxed()
            }
            _ => self.echo(request.stdin),
        };
        Ok(Attached { tty: reference == "tty", output })
    }
    async fn logs(&self, reference: &str, request: LogRequest) -> Result<LogSession> {
        let guard = Dropped(self.dropped.clone());
        let line = move |output| {
            let _held = &guard;
            Ok(LogLine { output, time: request.timestamps.then(now) })
        };
        let lines = [Output::Stdout(Bytes::from_static(b"out\n")), Output::Stderr(Bytes::from_static(b"err\n"))];
        let head = stream::iter(lines).map(line);
        let lines = if request.follow { head.chain(stream::pending()).boxed() } else { head.boxed() };
        Ok(LogSession { tty: reference == "tty", lines })
    }
    async fn remove(&self, _: &str, _: bool, _: bool) -> Result<()> {
        no()
    }
    async fn prune(&self, _: &Filters) -> Result<PruneReport> {
        no()
    }
    fn update(&self, _: &str, _: Update) -> Result<Vec<String>> {
        no()
    }
}

#[async_trait]
impl Execs for Fake {
    fn create(&self, _: &str, _: ExecSpec) -> Result<ExecId> {
        Ok(ExecId::from_bytes([0xe1; 32]))
    }
    async fn start(&self, id: &str, request: ExecStart) -> Result<Attached> {
        if id == "again" {
            return Err(Error::Conflict("Error: Exec command again has already run".to_owned()));
        }
        Ok(Attached { tty: false, output: self.echo(request.stdin) })
    }
    fn inspect(&self, id: &str) -> Result<Exec> {
        let state = if id == "again" { domain::ExecState::Exited(0) } else { domain::ExecState::Created };
        let spec = ExecSpec { command: vec!["cat".to_owned()], attach_stdin: true, attach_stdout: true, ..ExecSpec::default() };
        Ok(Exec { id: ExecId::from_bytes([0xe1; 32]), container: container().id, spec, state })
    }
    fn resize(&self, _: &str, _: TermSize) -> Result<()> {
        Ok(())
    }
}

impl Networks for Fake {
    fn create(&self, _: NetworkRequest) -> Result<CreatedNetwork> {
        no()
    }
    fn list(&self, _: &Filters) -> Result<Vec<NetworkView>> {
        Ok(Vec::new())
    }
    fn inspect(&self, _: &str) -> Result<NetworkView> {
        no()
    }
    fn remove(&self, _: &str) -> Result<()> {
        no()
    }
    fn connect(&self, _: &str, _: &str, _: domain::EndpointSettings) -> Result<()> {
        no()
    }
    fn disconnect(&self, _: &str, _: &str, _: bool) -> Result<()> {
        no()
    }
    fn prune(&self, _: &Filters) -> Result<PruneReport> {
        no()
    }
}

impl Volumes for Fake {
    fn create(&self, _: VolumeRequest) -> Result<VolumeView> {
        no()
    }
    fn list(&self, _: &Filters) -> Result<Vec<VolumeView>> {
        Ok(Vec::new())
    }
    fn inspect(&self, _: &str) -> Result<VolumeView> {
        no()
    }
    fn remove(&self, _: &str, _: bool) -> Result<()> {
        no()
    }
    fn prune(&self, _: &Filters) -> Result<PruneReport> {
        no()
    }
}

#[async_trait]
impl System for Fake {
    async fn info(&self) -> Result<ServerInfo> {
        let host = HostInfo { architecture: "x86_64".to_owned(), name: "fake".to_owned(), ..HostInfo::default() };
        Ok(ServerInfo { id: "id".to_owned(), host, running: 1, paused: 2, stopped: 3, images: 4, listeners: 5, now: now() })
    }
    fn disk_usage(&self) -> Result<DiskUsage> {
        Ok(DiskUsage { images: Vec::new(), containers: Vec::new(), volumes: Vec::new() })
    }
    fn events(&self, query: EventQuery) -> Result<EventStream> {
        Ok(if query.until.is_some() { stream::empty().boxed() } else { stream::pending().boxed() })
    }
}

fn now() -> Timestamp {
    Timestamp::from_nanos(1_795_501_972_942_882_636)
}

fn container() -> Container {
    Container {
        id: domain::ContainerId::from_bytes([0xc1; 32]),
        name: domain::ContainerName::parse("fake").unwrap(),
        created: now(),
        spec: Arc::default(),
        image: domain::ImageId::parse(&format!("sha256:{}", "1a".repeat(32))).unwrap(),
        pull_name: "alpine".to_owned(),
        state: domain::State::new(),
        runs: 0,
        endpoints: Default::default(),
        mounts: Default::default(),
    }
}

/// A server on a port of its own.
pub(crate) struct Server {
    /// The engine behind it.
    pub(crate) fake: Arc<Fake>,
    /// Tells it to stop.
    pub(crate) stop: CancellationToken,
    /// Ends when it has stopped.
    pub(crate) ended: JoinHandle<()>,
    address: std::net::SocketAddr,
}

impl Server {
    /// Starts one.
    pub(crate) async fn start(settings: HttpSettings) -> Self {
        let listener = Listener::bind_tcp(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (fake, stop) = (Arc::<Fake>::default(), CancellationToken::new());
        #[expect(clippy::disallowed_methods, reason = "the test owns the handle")]
        let ended = tokio::spawn(serve(vec![listener], fake.engine(), settings, stop.clone()));
        Self { fake, stop, ended, address }
    }

    /// What it answers to one request on a connection of its own: status code and body. Each of `headers` ends with its line.
    pub(crate) async fn ask(&self, request: &str, headers: &str, body: &str) -> (u16, String) {
        let mut client = self.connect().await;
        let content =
            if body.is_empty() { String::new() } else { format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()) };
        client.send(format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{content}\r\n{body}")).await;
        let answer = client.read_all().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.trim_end().to_owned())
    }

    /// Connects to it.
    pub(crate) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }
}

/// A client that speaks bytes.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    /// Sends.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads until what was read ends with `end`.
    pub(crate) async fn read_to(&mut self, end: &str) -> String {
        let mut read = Vec::new();
        let reading = async {
            while !read.ends_with(end.as_bytes()) {
                read.push(self.0.read_u8().await.expect("the server closed too early"));
            }
        };
        let timeout = tokio::time::timeout(Duration::from_secs(5), reading).await;
        assert!(timeout.is_ok(), "{:?}", String::from_utf8_lossy(&read));
        String::from_utf8(read).unwrap()
    }

    /// Reads until the server closes.
    pub(crate) async fn read_all(&mut self) -> String {
        let mut read = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.0.read_to_end(&mut read)).await.expect("the server does not close");
        String::from_utf8_lossy(&read).into_owned()
    }
}
