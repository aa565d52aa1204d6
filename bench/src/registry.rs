//! A registry that counts what it is asked for. It has every image: one for two platforms, whose layers are large and do not exist.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How large the layers of each image are together.
pub(crate) const IMAGE_SIZE: u64 = 10 << 30;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A running registry; it ends with this value.
pub(crate) struct Registry {
    address: SocketAddr,
    certificate: Option<String>,
    counts: Arc<Counts>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Registry {
    /// Without TLS.
    ///
    /// # Errors
    /// There is no free port.
    pub(crate) async fn plain() -> anyhow::Result<Self> {
        Self::start(Ipv4Addr::LOCALHOST.into(), None, None).await
    }

    /// With TLS at `ip`, and a certificate that it signed itself.
    ///
    /// # Errors
    /// There is no free port, or `ip` is not this machine's.
    pub(crate) async fn tls(ip: IpAddr) -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed([ip.to_string()])?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)?;
        Self::start(ip, Some(TlsAcceptor::from(Arc::new(config))), Some(made.cert.pem())).await
    }

    async fn start(ip: IpAddr, tls: Option<TlsAcceptor>, certificate: Option<String>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((ip, 0)).await?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, tls, Arc::clone(&counts)));
        Ok(Self { address, certificate, counts, _tasks: tasks })
    }

    /// Where it is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate to trust, if it has one.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// How often it was asked for something so far.
    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::Relaxed)
    }

    /// How many bytes it sent so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (tls, counts) = (tls.clone(), Arc::clone(&counts));
        connections.spawn(async move {
            // Whatever breaks here is seen by the client as a broken connection.
            let _ = match tls {
                Some(tls) => match tls.accept(client).await {
                    Ok(client) => answer(client, &counts).await,
                    Err(error) => Err(error.into()),
                },
                None => answer(client, &counts).await,
            };
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers one request after the other.
async fn answer(client: impl AsyncRead + AsyncWrite + Unpin, counts: &Counts) -> anyhow::Result<()> {
    let mut client = BufReader::new(client);
    loop {
        let mut path = None;
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            path.get_or_insert_with(|| line.split(' ').nth(1).unwrap_or_default().to_owned());
        }
        counts.requests.fetch_add(1, Ordering::Relaxed);
        let (media_type, body) = find(&path.unwrap_or_default()).context("no such object")?;
        let digest = digest(&body);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nDocker-Content-Digest: {digest}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        client.write_all(&[head.as_bytes(), &body].concat()).await?;
        client.flush().await?;
        counts.bytes.fetch_add((head.len() + body.len()) as u64, Ordering::Relaxed);
    }
}

/// The object at a path: what is asked for by a tag is the index, what is asked for by a digest is what has it.
fn find(path: &str) -> Option<(&'static str, Vec<u8>)> {
    let (repository, object) = match path.strip_prefix("/v2/")?.split_once("/manifests/") {
        Some((repository, object)) => (repository, object),
        None => path.strip_prefix("/v2/")?.split_once("/blobs/")?,
    };
    let documents = documents(repository);
    match object.starts_with("sha256:") {
        true => documents.into_iter().find(|(_, body)| digest(body) == object),
        false => documents.into_iter().next(),
    }
}

/// The index, the manifest and the configuration of a repository's image.
fn documents(repository: &str) -> [(&'static str, Vec<u8>); 3] {
    let history: Vec<Value> = (0..20).map(|step| json!({"created_by": format!("RUN step {step} of a long build")})).collect();
    let config = json!({
        "architecture": own_architecture(), "os": "linux", "created": "2026-01-01T00:00:00Z",
        "config": {"Cmd": ["sleep", "1"], "Env": ["PATH=/bin"], "Labels": {"repository": repository}, "ExposedPorts": {"80/tcp": {}}},
        "rootfs": {"type": "layers", "diff_ids": [digest(b"a"), digest(b"b")]}, "history": history,
    });
    let config = config.to_string().into_bytes();
    let layer =
        |body: &[u8]| json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(body), "size": IMAGE_SIZE / 2});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, &config), "layers": [layer(b"a"), layer(b"b")],
    });
    let manifest = manifest.to_string().into_bytes();
    let entry = |architecture: &str, body: &[u8]| {
        let mut entry = descriptor(MANIFEST, body);
        entry["platform"] = json!({"os": "linux", "architecture": architecture});
        entry
    };
    let index =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry("s390x", b"other"), entry(own_architecture(), &manifest)]});
    [(INDEX, index.to_string().into_bytes()), (MANIFEST, manifest), (CONFIG, config)]
}

fn descriptor(media_type: &str, body: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(body), "size": body.len()})
}

fn digest(body: &[u8]) -> String {
    let hex: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

const fn own_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

#[cfg(test)]
mod tests {
    use super::{CONFIG, INDEX, digest, find};

    #[test]
    fn objects_are_found_by_tag_and_digest() {
        let (kind, index) = find("/v2/a/b/manifests/latest").unwrap();
        assert_eq!(kind, INDEX);
        let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
        let manifest = index["manifests"][1]["digest"].as_str().unwrap();
        let (_, manifest) = find(&format!("/v2/a/b/manifests/{manifest}")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let (kind, config) = find(&format!("/v2/a/b/blobs/{}", manifest["config"]["digest"].as_str().unwrap())).unwrap();
        assert_eq!((kind, manifest["config"]["size"].as_u64()), (CONFIG, Some(config.len() as u64)));
        assert_eq!(find(&format!("/v2/a/c/blobs/{}", digest(&config))), None);
    }
}
