//! Filling registries, by plain HTTP.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

pub(crate) fn digest(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A descriptor of a content.
pub(crate) fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(content), "size": content.len()})
}

/// The configuration of an image with this command and platform.
pub(crate) fn config(cmd: &str, os: &str, architecture: &str) -> Value {
    json!({
        "os": os, "architecture": architecture, "config": {"Cmd": [cmd]},
        "rootfs": {"type": "layers", "diff_ids": [digest(b"layer")]}, "history": [{"created_by": "COPY layer /"}],
    })
}

/// The manifest of an image with this configuration and one layer.
pub(crate) fn manifest(config: &[u8]) -> Value {
    let layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", b"layer");
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, config), "layers": [layer]})
}

/// One repository of a registry.
pub(crate) struct Repository {
    client: Client,
    url: String,
    authorization: String,
}

impl Repository {
    /// `url` is the registry's; `authorization` the header, empty for none.
    pub(crate) fn new(url: &str, name: &str, authorization: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
        Self { client, url: format!("{url}/v2/{name}"), authorization: authorization.to_owned() }
    }

    fn ask(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.client.request(method, url);
        if self.authorization.is_empty() { request } else { request.header(AUTHORIZATION, &self.authorization) }
    }

    async fn blob(&self, content: &[u8]) {
        let begun = self.ask(Method::POST, &format!("{}/blobs/uploads/", self.url)).send().await.unwrap();
        let place = begun.headers()[LOCATION].to_str().unwrap().to_owned();
        let put = self.ask(Method::PUT, &format!("{place}&digest={}", digest(content))).body(content.to_vec());
        let status = put.header(CONTENT_TYPE, "application/octet-stream").send().await.unwrap().status();
        assert_eq!(status.as_u16(), 201);
    }

    /// Puts a manifest under a tag; its descriptor.
    pub(crate) async fn tag(&self, tag: &str, manifest: &Value) -> Value {
        let (media_type, content) = (manifest["mediaType"].as_str().unwrap(), manifest.to_string());
        let put = self.ask(Method::PUT, &format!("{}/manifests/{tag}", self.url)).header(CONTENT_TYPE, media_type);
        let answer = put.body(content.clone()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{}", answer.text().await.unwrap());
        descriptor(media_type, content.as_bytes())
    }

    /// Puts an image with this configuration under a tag; its descriptor.
    pub(crate) async fn image(&self, tag: &str, config: &Value) -> Value {
        let config = config.to_string().into_bytes();
        self.blob(&config).await;
        self.blob(b"layer").await;
        self.tag(tag, &manifest(&config)).await
    }

    /// The same in Docker's own format.
    pub(crate) async fn docker_image(&self, tag: &str, config: &Value) -> Value {
        let config = config.to_string().into_bytes();
        self.blob(&config).await;
        self.blob(b"layer").await;
        let mut manifest = manifest(&config);
        manifest["mediaType"] = json!(DOCKER_MANIFEST);
        manifest["config"] = descriptor(DOCKER_CONFIG, &config);
        manifest["layers"] = json!([descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", b"layer")]);
        self.tag(tag, &manifest).await
    }

    /// What the registry has there.
    pub(crate) async fn get(&self, path: &str) -> Vec<u8> {
        let answer = self.ask(Method::GET, &format!("{}/{path}", self.url)).header("Accept", MANIFEST).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }
}
