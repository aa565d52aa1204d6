//! A kubedock of the test's own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::http::{self, Address, Answer};
use super::{registry, wait};

/// A running server; it ends with this value.
pub(crate) struct Server {
    child: Child,
    directory: TempDir,
    tcp: SocketAddr,
    /// The namespace it works in, deleted after it.
    _namespace: Option<Namespace>,
}

/// A namespace of a real cluster; deleted with this value.
pub(crate) struct Namespace {
    kubeconfig: PathBuf,
    name: String,
}

impl Server {
    /// Starts one on the in-memory backend that asks no registry.
    pub(crate) fn memory() -> Self {
        Self::start(None, "", &["--backend", "memory"])
    }

    /// Starts one on the in-memory backend that asks registries, and `registry` for images of docker.io, as the dockerd does that
    /// we are compared with. `arguments` come last.
    pub(crate) fn registries(registry: &str, arguments: &[&str]) -> Self {
        Self::start(None, &registry::mirrored("docker.io", registry), &[&["--backend", "memory", "--inspector"], arguments].concat())
    }

    /// Starts one on the cluster that `KUBEDOCK_TEST_KUBECONFIG` names, in a namespace of its own; `None` where none is named. It asks
    /// registries as the cluster's nodes do, through the one that `KUBEDOCK_TEST_REGISTRY` names.
    pub(crate) fn cluster(purpose: &str) -> Option<Self> {
        let kubeconfig = std::env::var_os("KUBEDOCK_TEST_KUBECONFIG")?;
        let namespace = Namespace::create(kubeconfig.into(), purpose);
        Some(match registry::named("images on the cluster") {
            Some(registry) => Self::start(Some(namespace), &registry::mirrored("*", &registry), &["--backend", "kubernetes"]),
            None => Self::start(Some(namespace), "", &["--backend", "kubernetes", "--inspector=false"]),
        })
    }

    fn start(namespace: Option<Namespace>, settings: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let tcp = free_address();
        let mut command = binary();
        command.args(["server", "--listen-addr", &tcp.to_string(), "--unix-socket"]).arg(directory.path().join("docker.sock"));
        let config = directory.path().join("settings.toml");
        fs::write(&config, settings).expect("a file for the settings");
        command.arg("--config").arg(config).args(arguments);
        if let Some(namespace) = &namespace {
            command.args(["--namespace", &namespace.name]).env("KUBECONFIG", &namespace.kubeconfig);
        }
        let log = fs::File::create(directory.path().join("log")).expect("a file for the log");
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the binary starts");
        let mut server = Self { child, directory, tcp, _namespace: namespace };
        server.wait_until_ready();
        let pulled = server.call("POST", "/images/create?fromImage=alpine&tag=latest", None);
        assert_eq!(pulled.head.status, 200, "{}", pulled.text());
        server
    }

    fn wait_until_ready(&mut self) {
        let (unix, tcp) = (self.unix(), self.tcp());
        wait::until("the server answers", || {
            if let Some(status) = self.child.try_wait().expect("the server can be waited for") {
                panic!("the server ended with {status}: {}", self.log());
            }
            let answers = |address| http::call(address, "GET", "/_ping", None).is_ok_and(|answer| answer.head.status == 200);
            (answers(&unix) && answers(&tcp)).then_some(())
        });
    }

    /// Its unix socket.
    pub(crate) fn unix(&self) -> Address {
        Address::Unix(self.socket_path())
    }

    /// Its TCP port.
    pub(crate) fn tcp(&self) -> Address {
        Address::Tcp(self.tcp)
    }

    /// The path of its unix socket.
    pub(crate) fn socket_path(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// The address of its TCP port.
    pub(crate) const fn tcp_address(&self) -> SocketAddr {
        self.tcp
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// One request over the unix socket.
    ///
    /// # Panics
    /// When there is no answer.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        http::call(&self.unix(), method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}; {}", self.log()))
    }

    /// Makes a container of `alpine` that runs `script` in a shell, and starts it. Returns its id.
    ///
    /// # Panics
    /// When it cannot.
    pub(crate) fn run(&self, script: &str) -> String {
        let id = self.create(&serde_json::json!({"Image": "alpine", "Cmd": ["sh", "-c", script]}));
        let started = self.call("POST", &format!("/containers/{id}/start"), None);
        assert_eq!(started.head.status, 204, "{}", started.text());
        id
    }

    /// Makes a container and returns its id.
    ///
    /// # Panics
    /// When it cannot.
    pub(crate) fn create(&self, config: &Value) -> String {
        let created = self.call("POST", "/containers/create", Some(config));
        assert_eq!(created.head.status, 201, "{}", created.text());
        created.json()["Id"].as_str().expect("an id").to_owned()
    }

    /// Sends it a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the server can be waited for")
    }

    /// How many files and sockets it has open.
    pub(crate) fn open_files(&self) -> usize {
        fs::read_dir(self.proc("fd")).expect("the server runs").count()
    }

    /// How much memory it uses now, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(self.proc("status")).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line about memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    fn proc(&self, what: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(what)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asks first, so that nothing stays behind in a cluster.
        if self.ended().is_none() {
            self.signal("TERM");
            let begin = std::time::Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < wait::LIMIT {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("--- log of the server\n{}", self.log()).as_bytes());
        }
    }
}

impl Namespace {
    fn create(kubeconfig: PathBuf, purpose: &str) -> Self {
        let namespace = Self { kubeconfig, name: format!("kubedock-it-{purpose}-{}", std::process::id()) };
        assert!(namespace.kubectl(&["create", "namespace", &namespace.name]).success(), "no namespace");
        namespace
    }

    fn kubectl(&self, arguments: &[&str]) -> ExitStatus {
        Command::new("kubectl")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(arguments)
            .stdout(Stdio::null())
            .status()
            .expect("kubectl runs")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
    }
}

/// The binary under test, with nothing of the developer's own settings.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubedock"));
    command.env_clear().stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// An address that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    probe.local_addr().expect("an address")
}
