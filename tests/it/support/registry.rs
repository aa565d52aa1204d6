//! Registries: the one with the images that tests pull, and one of the test's own that wants a password.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::http::{Address, Answer, Connection};
use super::server::free_address;
use super::wait;

/// Who may use a [`PrivateRegistry`].
pub(crate) const USER: &str = "ann";

/// With which password.
pub(crate) const PASSWORD: &str = "opensesame";

/// Both as an HTTP header has them.
const BASIC: (&str, &str) = ("Authorization", "Basic YW5uOm9wZW5zZXNhbWU=");

/// Both as `htpasswd -B` writes them.
const HTPASSWD: &str = "ann:$2b$04$muEPaM7u4aOG0iAcAtCWZOFYDwfwJY8Qd6Wlorwcxc3m2D.4.sdrG";

/// The image of a [`PrivateRegistry`]; no other registry has one of this name.
pub(crate) const PRIVATE: &str = "private/image:1";

/// The program.
const PROGRAM: &str = "/usr/bin/docker-registry";

/// The registry that `KUBEDOCK_TEST_REGISTRY` names, `HOST:PORT`, with the images that tests pull; says what is left out where none is named.
pub(crate) fn named(what: &str) -> Option<String> {
    let registry = std::env::var("KUBEDOCK_TEST_REGISTRY").ok().filter(|registry| !registry.is_empty());
    if registry.is_none() {
        say(&format!("{what}: left out, because KUBEDOCK_TEST_REGISTRY names no registry"));
    }
    registry
}

/// Settings that make it the mirror of `which`; `*` is every registry.
pub(crate) fn mirrored(which: &str, registry: &str) -> String {
    format!("[[registry.mirrors]]\nregistry = \"{which}\"\nurl = \"http://{registry}\"\n")
}

/// A registry that wants a password, with an image in it; it ends with this value.
pub(crate) struct PrivateRegistry {
    address: SocketAddr,
    child: Child,
    _directory: TempDir,
    /// What the node of the cluster was told about it.
    hosts: Option<PathBuf>,
}

impl PrivateRegistry {
    /// Starts one and copies `image` of the registry `from` into it as [`PRIVATE`]; `None` where the program is not installed.
    ///
    /// # Panics
    /// When that fails.
    pub(crate) fn start(from: &str, image: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            say(&format!("left out, because {PROGRAM} is not there"));
            return None;
        }
        let directory = tempfile::tempdir().expect("a directory for the registry");
        let (config, users) = (directory.path().join("config.yml"), directory.path().join("users"));
        let address = free_address();
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"{address}\", relativeurls: true}}\nauth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            directory.path().join("data").display(),
            users.display()
        );
        fs::write(&config, text).and_then(|()| fs::write(&users, HTPASSWD)).expect("the registry's files");
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("the registry starts");
        let registry = Self { address, child, _directory: directory, hosts: None };
        wait::until("the registry answers", || registry.ask("GET", "/v2/", &[], &[]).filter(|answer| answer.head.status == 200));
        registry.copy(from, image);
        Some(registry)
    }

    /// The same for a cluster whose node is this machine: it is told that this address speaks plain HTTP, and that nobody stands in for it.
    /// `KUBEDOCK_TEST_CERTS_D` names the folder in which its containerd looks for registries; `None` where none is named.
    ///
    /// # Panics
    /// As [`PrivateRegistry::start`].
    pub(crate) fn start_for_nodes(from: &str, image: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os("KUBEDOCK_TEST_CERTS_D").filter(|folder| !folder.is_empty()) else {
            say("left out, because KUBEDOCK_TEST_CERTS_D does not say where the node's containerd looks for registries");
            return None;
        };
        let mut registry = Self::start(from, image)?;
        let hosts = Path::new(&folder).join(registry.name());
        fs::create_dir(&hosts).expect("a folder for the node's containerd");
        let file = hosts.join("hosts.toml");
        registry.hosts = Some(hosts);
        fs::write(file, format!("server = \"http://{}\"\n", registry.name())).expect("a file for the node's containerd");
        Some(registry)
    }

    /// Where it listens, `HOST:PORT`.
    pub(crate) fn name(&self) -> String {
        self.address.to_string()
    }

    fn copy(&self, from: &str, image: &str) {
        let from = Address::Tcp(from.parse().expect("the registry's address is an IP address and a port"));
        let ((repository, tag), (private, private_tag)) = (parts(image), parts(PRIVATE));
        let manifest = get(&from, &format!("/v2/{repository}/manifests/{tag}"));
        let media_type = manifest.head.get("content-type").expect("a media type").to_owned();
        let json = manifest.json();
        for blob in json["layers"].as_array().into_iter().flatten().chain([&json["config"]]) {
            let digest = text(&blob["digest"]);
            self.upload(private, digest, &get(&from, &format!("/v2/{repository}/blobs/{digest}")).body);
        }
        let done = self.ask("PUT", &format!("/v2/{private}/manifests/{private_tag}"), &[("Content-Type", &media_type)], &manifest.body);
        assert_eq!(done.map(|answer| answer.head.status), Some(201));
    }

    fn upload(&self, repository: &str, digest: &str, blob: &[u8]) {
        let begun = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), &[], &[]).expect("an upload begins");
        let place = format!("{}&digest={digest}", begun.head.get("location").expect("a place for the blob"));
        let done = self.ask("PUT", &place, &[("Content-Type", "application/octet-stream")], blob).expect("an upload ends");
        assert_eq!(done.head.status, 201, "{}", done.text());
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let mut connection = Connection::open(&Address::Tcp(self.address)).ok()?;
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([BASIC, ("Connection", "close")]).collect();
        connection.request(method, path, &headers, body).ok()?;
        connection.answer(method).ok()
    }
}

impl Drop for PrivateRegistry {
    fn drop(&mut self) {
        let _ = self.hosts.take().map(fs::remove_dir_all);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a registry has at this path.
///
/// # Panics
/// When it has nothing there.
pub(crate) fn get(registry: &Address, path: &str) -> Answer {
    let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
    let mut connection = Connection::open(registry).expect("a connection");
    connection.request("GET", path, &[("Accept", accept), ("Connection", "close")], b"").expect("a request");
    let answer = connection.answer("GET").expect("an answer");
    assert_eq!(answer.head.status, 200, "{path}: {}", answer.text());
    answer
}

fn parts(image: &str) -> (&str, &str) {
    image.split_once(':').expect("a name and a tag")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Tells the person who runs the tests, whatever the test harness captures.
pub(crate) fn say(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
}
