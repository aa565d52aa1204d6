//! Certificates.

use std::io::Write;

use ports::Kind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A registry at `https://registry.example:…`, and the file of the authority that vouches for it.
async fn secure(answer: impl Into<String>) -> (Raw, NamedTempFile) {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();

    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(["registry.example".to_owned()]).unwrap();
    let certificate = names.signed_by(&key, &Issuer::new(params, authority_key)).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let (acceptor, answer) = (TlsAcceptor::from(Arc::new(config)), answer.into());

    // The handshake reads from the beginning, so nothing is read before it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://registry.example:{}", listener.local_addr().unwrap().port());
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, mut tasks) = (Arc::clone(&connections), JoinSet::new());
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (Raw { url, connections, _tasks: tasks }, file)
}

const FOUND: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfound";

fn trusting(file: &NamedTempFile) -> Transport {
    Transport::new(RegistrySettings { ca_files: vec![file.path().to_owned()], ..settings() }).unwrap()
}

#[tokio::test]
async fn authorities_of_the_settings_are_trusted() {
    let (server, file) = secure(FOUND).await;
    assert_eq!(&pull(&trusting(&file), &endpoint(&server.url), None).await.unwrap().body[..], b"found");
}

#[tokio::test]
async fn others_are_not() {
    let (server, _) = secure(FOUND).await;
    let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    let says = "tls: failed to verify certificate: x509: certificate signed by unknown authority (trust it with registry.ca-files)";
    assert_eq!(error.context, format!("Get \"{}/v2/\": {says}", server.url));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_certificate_is_for_a_name() {
    let (server, file) = secure(FOUND).await;
    let other = server.url.replace("registry.example", "other.example");
    let error = pull(&trusting(&file), &endpoint(&other), None).await.unwrap_err();
    assert!(error.context.ends_with("x509: certificate is not valid for other.example"), "{error}");
}

#[tokio::test]
async fn insecure_registries_need_no_authority() {
    let (server, _) = secure(FOUND).await;
    let insecure = Endpoint { insecure: true, ..endpoint(&server.url) };
    assert_eq!(&pull(&transport(), &insecure, None).await.unwrap().body[..], b"found");
}

#[tokio::test]
async fn an_insecure_registry_does_not_make_others_insecure() {
    let (other, _) = secure(FOUND).await;
    let elsewhere = other.url.replace("registry.example", "other.example");
    let (server, _) = secure(format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}/blob\r\nContent-Length: 0\r\n\r\n")).await;
    let insecure = Endpoint { insecure: true, ..endpoint(&server.url) };
    let error = pull(&transport(), &insecure, None).await.unwrap_err();
    assert!(error.context.contains("x509: certificate"), "{error}");
}

#[tokio::test]
async fn nothing_is_sent_on_without_encryption() {
    let plain = MockServer::start().await;
    let place = at(&plain, "registry.example");
    let (server, file) = secure(format!("HTTP/1.1 302 Found\r\nLocation: {place}/blob?secret\r\nContent-Length: 0\r\n\r\n")).await;
    let error = pull(&trusting(&file), &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    let says = format!("redirected to {place}/blob, which is not encrypted");
    assert_eq!(error.context, format!("Get \"{}{MANIFEST}\": {says}", server.url));
    assert_eq!(plain.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn no_token_is_asked_for_without_encryption() {
    let plain = MockServer::start().await;
    let realm = format!("{}/token", at(&plain, "registry.example"));
    let challenge = format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"{realm}\"\r\nContent-Length: 0\r\n\r\n");
    let (server, file) = secure(challenge).await;
    for credentials in [None, Some(ann())] {
        let error = pull(&trusting(&file), &endpoint(&server.url), credentials.as_ref()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unauthorized);
        assert_eq!(error.context, format!("unauthorized: tokens are given at {realm}, which is not encrypted"));
    }
    assert_eq!(plain.received_requests().await.unwrap().len(), 0);
}

#[test]
fn files_without_certificates_are_refused() {
    let refused = |content: &str| {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let settings = RegistrySettings { ca_files: vec![file.path().to_owned()], ..settings() };
        let error = Transport::new(settings).err().unwrap();
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.context.starts_with(&format!("registry.ca-files: {}: ", file.path().display())), "{error}");
        error.context
    };
    assert!(refused("").ends_with("no certificate in it"));
    refused("-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n");
    refused("-----BEGIN CERTIFICATE-----\n");
    let missing = RegistrySettings { ca_files: vec!["/no/such/file".into()], ..settings() };
    assert!(Transport::new(missing).err().unwrap().context.starts_with("registry.ca-files: /no/such/file: No such file"));
}
