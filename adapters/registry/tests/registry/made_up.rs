//! Registries that are made up: they count, and say what no real one would.

use domain::{Credentials, Platform};
use ports::{ImageCatalog, Kind};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::push::{CONFIG, DOCKER_MANIFEST, INDEX, MANIFEST, config, descriptor, digest, manifest};
use crate::support::{mirrored, reference, refusal, resolve};

/// A registry that says what it is told to.
pub(crate) struct MadeUp(MockServer);

impl MadeUp {
    pub(crate) async fn start() -> Self {
        Self(MockServer::start().await)
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.0.uri()
    }

    /// The name of something in it.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.0.address())
    }

    /// Answers for `/v2/…`.
    pub(crate) async fn answer(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET")).and(path(format!("/v2/{at}"))).respond_with(answer).mount(&self.0).await;
    }

    /// Answers with a content.
    pub(crate) async fn content(&self, at: &str, media_type: &str, content: impl Into<Vec<u8>>) {
        self.answer(at, ResponseTemplate::new(200).set_body_raw(content, media_type)).await;
    }

    /// Answers with a manifest, by its digest as well.
    pub(crate) async fn manifest(&self, repository: &str, tag: &str, manifest: &Value) -> Value {
        let (media_type, content) = (manifest["mediaType"].as_str().unwrap_or(MANIFEST), manifest.to_string());
        for name in [tag, &digest(content.as_bytes())] {
            self.content(&format!("{repository}/manifests/{name}"), media_type, content.clone()).await;
        }
        descriptor(media_type, content.as_bytes())
    }

    /// Answers with an image whose command is `cmd`.
    pub(crate) async fn image(&self, repository: &str, tag: &str, cmd: &str) -> Value {
        let config = config(cmd, "linux", "amd64").to_string();
        self.content(&format!("{repository}/blobs/{}", digest(config.as_bytes())), CONFIG, config.clone()).await;
        self.manifest(repository, tag, &manifest(config.as_bytes())).await
    }

    /// How often it was asked for what is below `/v2/{prefix}`.
    pub(crate) async fn asked(&self, prefix: &str) -> usize {
        let all = self.0.received_requests().await.unwrap();
        all.iter().filter(|request| request.url.path().starts_with(&format!("/v2/{prefix}"))).count()
    }

    /// Whether anybody has shown it credentials.
    pub(crate) async fn saw_credentials(&self) -> bool {
        self.0.received_requests().await.unwrap().iter().any(|request| request.headers.contains_key("authorization"))
    }
}

/// An answer that takes a while.
pub(crate) fn slow(content: &Value) -> ResponseTemplate {
    let body = content.to_string().into_bytes();
    ResponseTemplate::new(200).set_body_raw(body, MANIFEST).set_delay(std::time::Duration::from_millis(100))
}

/// An image with this manifest, after `change`, and with `content` where its configuration should be.
async fn changed(registry: &MadeUp, tag: &str, content: &[u8], change: impl FnOnce(&mut Value)) {
    let mut manifest = manifest(content);
    registry.content(&format!("t/blobs/{}", manifest["config"]["digest"].as_str().unwrap()), CONFIG, content).await;
    change(&mut manifest);
    registry.manifest("t", tag, &manifest).await;
}

#[tokio::test]
async fn what_is_not_what_it_should_be_is_refused() {
    let registry = MadeUp::start().await;
    let images = mirrored(&[]);
    let good = config("x", "linux", "amd64").to_string().into_bytes();
    let (right, other) = (digest(&good), digest(b"other"));
    changed(&registry, "size", &good, |manifest| manifest["config"]["size"] = json!(1)).await;
    changed(&registry, "negative", &good, |manifest| manifest["config"]["size"] = json!(-1)).await;
    changed(&registry, "path", &good, |manifest| manifest["config"]["digest"] = json!("../../x")).await;
    changed(&registry, "text", b"hello", |_| ()).await;
    changed(&registry, "helm", b"{}", |manifest| manifest["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json")).await;
    changed(&registry, "digest", &good, |manifest| manifest["config"]["digest"] = json!(other)).await;
    registry.content(&format!("t/blobs/{other}"), CONFIG, good.clone()).await;
    registry.content("t/manifests/html", "text/html", "<html>").await;
    registry.manifest("t", "first", &json!({"schemaVersion": 1, "fsLayers": []})).await;
    for (tag, text) in [
        ("size", format!("error pulling image configuration: {right} has {} bytes where 1 were announced", good.len())),
        ("negative", format!("error pulling image configuration: {right} has {} bytes where -1 were announced", good.len())),
        ("path", "{} names \"../../x\", which is no digest".to_owned()),
        ("text", "the configuration of {} cannot be read: it is no JSON object".to_owned()),
        ("helm", "unsupported media type application/vnd.cncf.helm.config.v1+json".to_owned()),
        ("digest", format!("error pulling image configuration: image config verification failed for digest {other}")),
        ("html", "the manifest of {} cannot be read: it is no JSON object".to_owned()),
    ] {
        let name = registry.name(&format!("t:{tag}"));
        assert_eq!(refusal(&images, &name).await, (Kind::Internal, text.replace("{}", &name)));
    }
    let (kind, text) = refusal(&images, &registry.name("t:first")).await;
    assert!(kind == Kind::Internal && text.starts_with("[DEPRECATION NOTICE]"), "{text}");
    let (kind, text) = refusal(&images, &registry.name("t:nosuch")).await;
    assert!(kind == Kind::NotFound && text.starts_with("manifest for"), "{text}");
}

#[tokio::test]
async fn a_digest_in_the_name_is_checked() {
    let registry = MadeUp::start().await;
    let wanted = digest(b"other");
    let given = manifest(b"{}").to_string();
    registry.content(&format!("t/manifests/{wanted}"), MANIFEST, given).await;
    let name = registry.name(&format!("t@{wanted}"));
    let text = format!("manifest verification failed for digest {wanted}");
    let images = mirrored(&[]);
    assert_eq!(refusal(&images, &name).await, (Kind::Internal, text.clone()));
    assert_eq!(images.distribution(&reference(&name), None).await.unwrap_err().context, text);
}

#[tokio::test]
async fn digests_may_be_longer() {
    let registry = MadeUp::start().await;
    let sha512 = |content: &[u8]| {
        let hex: String = Sha512::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha512:{hex}")
    };
    let config = config("x", "linux", "amd64").to_string();
    let mut manifest = manifest(config.as_bytes());
    manifest["config"]["digest"] = json!(sha512(config.as_bytes()));
    let content = manifest.to_string();
    registry.content(&format!("t/manifests/{}", sha512(content.as_bytes())), MANIFEST, content.clone()).await;
    registry.content(&format!("t/blobs/{}", sha512(config.as_bytes())), CONFIG, config.clone()).await;
    let images = mirrored(&[]);
    let image = resolve(&images, &registry.name(&format!("t@{}", sha512(content.as_bytes())))).await.unwrap();
    assert_eq!(image.digest(), Some(sha512(content.as_bytes()).as_str()));
    // Docker's own id of it is what it always is.
    assert_eq!(image.id.as_str(), digest(config.as_bytes()));
}

#[tokio::test]
async fn what_is_too_long_is_not_read() {
    let registry = MadeUp::start().await;
    let long = format!("{{\"x\": \"{}\"}}", "x".repeat(9 << 20));
    registry.content("t/manifests/long", MANIFEST, long.clone()).await;
    changed(&registry, "config", long.as_bytes(), |_| ()).await;
    let images = mirrored(&[]);
    for tag in ["long", "config"] {
        let (kind, text) = refusal(&images, &registry.name(&format!("t:{tag}"))).await;
        assert!(kind == Kind::Internal && text.len() < 1000, "{kind:?} {text}");
    }
}

#[tokio::test]
async fn a_wrong_content_type_does_no_harm() {
    let registry = MadeUp::start().await;
    let config = b"{}".to_vec();
    let mut manifest = manifest(&config);
    registry.content(&format!("t/blobs/{}", digest(&config)), "text/plain", config).await;
    registry.content("t/manifests/1", "text/plain", manifest.to_string()).await;
    manifest["mediaType"] = Value::Null;
    registry.content("t/manifests/2", DOCKER_MANIFEST, manifest.to_string()).await;
    let images = mirrored(&[]);
    for (tag, media_type) in [("1", MANIFEST), ("2", DOCKER_MANIFEST)] {
        let image = resolve(&images, &registry.name(&format!("t:{tag}"))).await.unwrap();
        assert_eq!(image.descriptor.as_ref().unwrap().media_type, media_type);
    }
}

/// An index of an index of an index…, each smaller than the one around it.
#[tokio::test]
async fn indexes_end_somewhere() {
    let registry = MadeUp::start().await;
    let index = |entries: Vec<Value>| json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
    let mut inner = registry.image("t", "image", "x").await;
    for depth in 0..6 {
        inner = registry.manifest("t", &format!("depth{depth}"), &index(vec![inner])).await;
    }
    let mut wide = Vec::new();
    for number in 0..50 {
        let mut empty = index(Vec::new());
        empty["annotations"] = json!({"number": number.to_string()});
        wide.push(registry.manifest("t", &format!("empty{number}"), &empty).await);
    }
    registry.manifest("t", "wide", &index(wide)).await;
    let images = mirrored(&[]);
    assert!(resolve(&images, &registry.name("t:depth2")).await.is_ok());
    for tag in ["depth5", "wide"] {
        let before = registry.asked("t/").await;
        let (kind, text) = refusal(&images, &registry.name(&format!("t:{tag}"))).await;
        assert_eq!((kind, text.as_str()), (Kind::NotFound, "no matching manifest for linux/amd64 in the manifest list entries"));
        assert!(registry.asked("t/").await - before < 12);
    }
}

#[tokio::test]
async fn a_configuration_that_is_missing_is_the_registrys_fault() {
    let registry = MadeUp::start().await;
    let gone = registry.manifest("t", "gone", &manifest(b"{}")).await;
    assert!(gone["digest"].is_string());
    let (kind, text) = refusal(&mirrored(&[]), &registry.name("t:gone")).await;
    assert!(kind == Kind::Internal && text.starts_with("error pulling image configuration: "), "{kind:?} {text}");
}

#[tokio::test]
async fn what_is_asked_for_names_what_can_be_read() {
    let registry = MadeUp::start().await;
    registry.image("t", "1", "x").await;
    let token = Credentials::Token("x".to_owned());
    let images = mirrored(&[]);
    images.resolve(&reference(&registry.name("t:1")), &Platform::linux("x86_64"), Some(&token)).await.unwrap();
    let asked = registry.0.received_requests().await.unwrap();
    let accept =
        |request: &wiremock::Request| request.headers.get_all("accept").iter().map(|v| v.to_str().unwrap().to_owned()).collect::<String>();
    let manifest = asked.iter().find(|request| request.url.path() == "/v2/t/manifests/1").map(accept).unwrap();
    for media_type in [MANIFEST, INDEX, DOCKER_MANIFEST, "application/vnd.docker.distribution.manifest.list.v2+json"] {
        assert!(manifest.contains(media_type), "{manifest}");
    }
}
