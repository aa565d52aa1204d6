//! A registry on this machine that wants a password.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Credentials, RegistryLogin};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::support::PATIENCE;

const PROGRAM: &str = "/usr/bin/docker-registry";
const USER: &str = "ann";
const PASSWORD: &str = "s3cret";
/// The two as `htpasswd -B` writes them.
const HTPASSWD: &str = "ann:$2b$04$rr44KhdrhT5ZEZS11uml3ehctWppLdX8T4g1ZQyorQgB1xxECVb1G";

/// What is copied into it, and the name it gets.
const SOURCE: &str = "library/busybox";
const COPY: &str = "private/app";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

type Bytes = bytes::Bytes;

/// A running registry that the nodes pull from; it ends with this value.
pub(crate) struct Registry {
    address: String,
    child: Child,
    _folder: TempDir,
    hosts: PathBuf,
}

impl Registry {
    /// Starts one with an image in it; says so if there is none to start, no image to copy, or no way to make the nodes use it.
    #[allow(clippy::print_stderr)]
    pub(crate) async fn start() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (source, certs) = (variable("KUBEDOCK_TEST_REGISTRY"), variable("KUBEDOCK_TEST_CERTS_D"));
        let (Some(source), Some(certs), true) = (source, certs, Path::new(PROGRAM).exists()) else {
            eprintln!(
                "left out: it needs {PROGRAM}, KUBEDOCK_TEST_REGISTRY (a registry with busybox), and KUBEDOCK_TEST_CERTS_D (where the containerd \
                 of this machine's node looks for its registries)"
            );
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free.to_string();
        let (config, passwords) = (folder.path().join("config.yml"), folder.path().join("htpasswd"));
        std::fs::write(&passwords, HTPASSWD).unwrap();
        let text = serde_json::json!({
            "version": "0.1",
            "log": { "level": "error" },
            "storage": { "filesystem": { "rootdirectory": folder.path().join("data") } },
            "http": { "addr": address },
            "auth": { "htpasswd": { "realm": "test", "path": passwords } },
        });
        std::fs::write(&config, text.to_string()).unwrap();
        let child = Command::new(PROGRAM).arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The node is told that this address speaks HTTP, and that it has no mirror.
        let hosts = Path::new(&certs).join(&address);
        std::fs::create_dir(&hosts).unwrap();
        std::fs::write(hosts.join("hosts.toml"), format!("server = \"http://{address}\"\n")).unwrap();
        let registry = Self { address, child, _folder: folder, hosts };
        timeout(PATIENCE, registry.fill(&source)).await.expect("the image is copied");
        Some(registry)
    }

    /// The image in it.
    pub(crate) fn image(&self) -> String {
        format!("{}/{COPY}:1", self.address)
    }

    /// What opens it.
    pub(crate) fn login(&self) -> RegistryLogin {
        let credentials = Credentials::Password { username: USER.to_owned(), password: PASSWORD.to_owned() };
        RegistryLogin { registry: self.address.clone(), credentials }
    }

    async fn fill(&self, source: &str) {
        let from = |what: &str| request(Method::GET, format!("http://{source}/v2/{SOURCE}/{what}"), MANIFEST);
        while send(self.own(Method::GET, format!("http://{}/v2/", self.address))).await.is_none_or(|answer| answer.status() != 200) {
            sleep(Duration::from_millis(20)).await;
        }
        let manifest = send(from("manifests/latest")).await.expect("the source answers");
        assert_eq!(manifest.status(), StatusCode::OK);
        let media_type = manifest.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let manifest = manifest.into_body();
        let read: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        for blob in read["layers"].as_array().unwrap().iter().chain([&read["config"]]) {
            let digest = blob["digest"].as_str().unwrap();
            let data = send(from(&format!("blobs/{digest}"))).await.expect("the source answers").into_body();
            let begun = send(self.own(Method::POST, format!("http://{}/v2/{COPY}/blobs/uploads/", self.address))).await.unwrap();
            let place = begun.headers()[header::LOCATION].to_str().unwrap();
            self.put(format!("{place}&digest={digest}"), "application/octet-stream", data).await;
        }
        self.put(format!("http://{}/v2/{COPY}/manifests/1", self.address), &media_type, manifest).await;
    }

    fn own(&self, method: Method, url: String) -> Request<Full<Bytes>> {
        let mut request = request(method, url, MANIFEST);
        let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        request.headers_mut().insert(header::AUTHORIZATION, basic.parse().unwrap());
        request
    }

    async fn put(&self, url: String, media_type: &str, body: Bytes) {
        let mut request = self.own(Method::PUT, url);
        request.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        *request.body_mut() = Full::new(body);
        assert_eq!(send(request).await.unwrap().status(), StatusCode::CREATED);
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.hosts);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(method: Method, url: String, accept: &str) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(url).header(header::ACCEPT, accept).body(Full::default()).unwrap()
}

/// One request over a connection of its own; `None` if nobody answers.
async fn send(request: Request<Full<Bytes>>) -> Option<Response<Bytes>> {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.ok()?.into_parts();
    Some(Response::from_parts(head, body.collect().await.ok()?.to_bytes()))
}
