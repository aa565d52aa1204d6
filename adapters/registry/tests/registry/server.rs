//! Real registries of the tests' own.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::support::say;

/// The program of Debian's package `docker-registry`.
const PROGRAM: &str = "/usr/bin/docker-registry";

/// `ann` with the password `secret`, as `htpasswd -B` writes it.
const USERS: &str = "ann:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/// The header that `ann` opens it with.
pub(crate) const ANN: &str = "Basic YW5uOnNlY3JldA==";

/// How a registry lets somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// By TLS and with a password.
    Password,
    /// With a token that a server at this port of 127.0.0.1 gives: the one of `token/`, which opens `private/app` until 2122. Its issuer's key is
    /// gone, so that there will be no other.
    Token(u16),
}

/// A running registry; it ends with this value.
pub(crate) struct Server {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    directory: TempDir,
    _child: Child,
}

impl Server {
    /// Starts one; `None` where the program is not installed.
    pub(crate) async fn start(access: Access) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            say(&format!("left out, because {PROGRAM} is not there"));
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let port = free_port().await;
        std::fs::write(directory.path().join("config.yml"), config(directory.path(), port, access)).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(directory.path().join("config.yml")).kill_on_drop(true);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let answers = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), answers).await.expect("the registry answers");
        Some(Self { port, directory, _child: child })
    }

    /// The certificate that its own is signed with.
    pub(crate) fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }
}

async fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}

/// The configuration, with the files it names.
fn config(directory: &Path, port: u16, access: Access) -> String {
    let file = |name: &str, content: &str| {
        let path = directory.join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let data = directory.join("data");
    let mut text = format!("version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n", data.display());
    let http = format!("http: {{addr: \"127.0.0.1:{port}\"");
    let done = match access {
        Access::Open => writeln!(text, "{http}}}"),
        Access::Password => {
            let (authority, certificate, key) = certificates();
            let (certificate, key) = (file("cert.pem", &certificate), file("key.pem", &key));
            file("ca.pem", &authority);
            let users = file("users", USERS);
            writeln!(text, "{http}, tls: {{certificate: {certificate}, key: {key}}}}}\nauth: {{htpasswd: {{realm: test, path: {users}}}}}")
        }
        Access::Token(port) => {
            let issuer = file("issuer.pem", include_str!("token/issuer.pem"));
            writeln!(
                text,
                "{http}}}\nauth: {{token: {{realm: \"http://127.0.0.1:{port}/token\", service: kubedock-test-registry, issuer: \
                 kubedock-test, rootcertbundle: {issuer}}}}}"
            )
        }
    };
    done.map(|()| text).unwrap()
}

/// An authority's certificate, and one signed by it for this machine with its key.
fn certificates() -> (String, String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["127.0.0.1".to_owned(), "0.0.0.0".to_owned()]).unwrap();
    let certificate = own.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    (authority_certificate.pem(), certificate.pem(), key.serialize_pem())
}
