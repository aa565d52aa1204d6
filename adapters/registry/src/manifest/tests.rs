use bytes::Bytes;
use domain::ImageRef;
use ports::Kind;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};

use super::{Content, IndexEntry, Manifest};
use crate::transport::Fetched;

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What is read, and as what: `image` or `index` with its media type, or why not.
fn read(media_type: &str, body: &str) -> Result<(&'static str, String), String> {
    let fetched = Fetched { media_type: media_type.to_owned(), body: Bytes::copy_from_slice(body.as_bytes()), _turn: None };
    match Manifest::parse(&fetched, &ImageRef::parse("redis:7").unwrap()) {
        Ok(manifest) => Ok(match manifest.content {
            Content::Image(_) => ("image", manifest.media_type),
            Content::Index(_) => ("index", manifest.media_type),
        }),
        Err(error) => {
            assert_eq!(error.kind, Kind::Internal);
            Err(error.to_string())
        }
    }
}

fn image(media_type: &Value) -> String {
    let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:1", "size": 1});
    json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": []}).to_string()
}

#[test]
fn what_it_looks_like_counts() {
    for (content_type, body, expected) in [
        (OCI, image(&json!(OCI)), ("image", OCI)),
        ("text/html", image(&json!(DOCKER)), ("image", DOCKER)),
        (DOCKER, image(&Value::Null), ("image", DOCKER)),
        ("", image(&Value::Null), ("image", OCI)),
        // Called an index, but an image by all it says.
        (INDEX, image(&json!(INDEX)), ("image", OCI)),
        (INDEX, json!({"schemaVersion": 2, "manifests": []}).to_string(), ("index", INDEX)),
        ("application/json", json!({"manifests": [{}]}).to_string(), ("index", INDEX)),
        (INDEX, json!({"schemaVersion": 2, "manifests": null}).to_string(), ("index", INDEX)),
    ] {
        assert_eq!(read(content_type, &body), Ok((expected.0, expected.1.to_owned())), "{content_type} {body}");
    }
}

#[test]
fn layers_may_be_null() {
    let body = image(&json!(OCI)).replace("[]", "null");
    assert_eq!(read(OCI, &body), Ok(("image", OCI.to_owned())));
}

#[test]
fn what_is_no_manifest_is_refused() {
    for (body, says) in [
        ("<html>", "the manifest of redis:7 cannot be read: it is no JSON object"),
        ("", "the manifest of redis:7 cannot be read: EOF while parsing a value at line 1 column 0"),
        ("{}", "the manifest of redis:7 is neither an image nor an index"),
        (r#"{"manifests": [], "layers": []}"#, "the manifest of redis:7 is an image and an index at once"),
        ("[2]", "the manifest of redis:7 cannot be read: it is no JSON object"),
        ("{\"layers\": 1}", "the manifest of redis:7 cannot be read: invalid type: integer `1`, expected a sequence at line 1 column 12"),
    ] {
        assert_eq!(read(OCI, body).unwrap_err(), says);
    }
}

#[test]
fn the_first_schema_is_refused_in_dockerds_words() {
    for body in [r#"{"schemaVersion": 1, "name": "x"}"#, r#"{"fsLayers": []}"#] {
        let says = read("application/vnd.docker.distribution.manifest.v1+prettyjws", body).unwrap_err();
        assert!(says.starts_with("[DEPRECATION NOTICE] Docker Image Format v1"), "{says}");
        assert!(says.contains("the author of docker.io/library/redis:7 to upgrade"), "{says}");
    }
}

#[test]
fn only_images_are_images() {
    let config_of = |media_type: &str| {
        let body = image(&json!(OCI)).replace("application/vnd.oci.image.config.v1+json", media_type);
        let fetched = Fetched { media_type: OCI.to_owned(), body: body.into(), _turn: None };
        match Manifest::parse(&fetched, &ImageRef::parse("x").unwrap()).unwrap().content {
            Content::Image(image) => image.check().map_err(|error| error.to_string()),
            Content::Index(_) => unreachable!("it has a configuration"),
        }
    };
    assert_eq!(config_of("application/vnd.docker.container.image.v1+json"), Ok(()));
    assert_eq!(config_of("application/octet-stream"), Ok(()));
    assert_eq!(config_of(""), Ok(()));
    for (media_type, says) in [
        ("application/vnd.cncf.helm.config.v1+json", "unsupported media type application/vnd.cncf.helm.config.v1+json"),
        ("application/vnd.wasm.config.v1+json", "unsupported media type application/vnd.wasm.config.v1+json"),
        ("application/vnd.docker.plugin.v1+json", "Encountered remote \"application/vnd.docker.plugin.v1+json\"(plugin) when fetching"),
    ] {
        assert_eq!(config_of(media_type), Err(says.to_owned()));
    }
}

#[test]
fn entries_that_are_no_images_are_told_apart() {
    let entry = |value: Value| serde_json::from_value::<IndexEntry>(value).unwrap().is_image();
    assert!(entry(json!({})));
    assert!(entry(json!({"mediaType": DOCKER, "platform": {}, "artifactType": null, "annotations": {"a": "b"}})));
    assert!(entry(json!({"mediaType": INDEX, "artifactType": "application/vnd.oci.image.config.v1+json"})));
    assert!(!entry(json!({"mediaType": OCI, "artifactType": "application/spdx+json"})));
    assert!(!entry(json!({"mediaType": OCI, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}})));
    assert!(!entry(json!({"mediaType": "application/vnd.example.thing"})));
}

/// Documents that are nearly manifests.
fn documents() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(json!(null)),
        Just(json!([])),
        Just(json!([{}])),
        Just(json!([{"mediaType": OCI, "digest": "sha256:1", "size": 1}])),
        Just(json!({"mediaType": OCI, "digest": "x", "size": i64::MIN})),
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just(OCI), Just(INDEX), Just(DOCKER), Just("x")].prop_map(Value::from),
    ];
    proptest::collection::btree_map("(schemaVersion|mediaType|config|layers|manifests|fsLayers)", part, 0..6)
        .prop_map(|parts| parts.into_iter().collect::<Value>().to_string())
}

proptest! {
    /// What is read has a media type of its kind; everything else is refused, and nothing panics.
    #[test]
    fn whatever_is_said_is_read_or_refused(
        body in prop_oneof![documents(), any::<String>()],
        content_type in prop_oneof![Just(OCI), Just(INDEX), Just(DOCKER), Just("text/html")],
    ) {
        match read(content_type, &body) {
            Ok(("image", media_type)) => assert!([OCI, DOCKER].contains(&&*media_type), "{media_type}"),
            Ok((_, media_type)) => assert_eq!(media_type, INDEX),
            Err(says) => assert!(says.starts_with("the manifest of redis:7 ") || says.starts_with("[DEPRECATION"), "{says}"),
        }
    }
}
