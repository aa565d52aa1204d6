//! Progress of `POST /images/create`, one JSON object a line.

use bytes::Bytes;
use ports::PulledImage;
use serde::Serialize;

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The last line of a pull that was in vain (moby `pkg/jsonmessage`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed<'a> {
    error_detail: Detail<'a>,
    error: &'a str,
}

#[derive(Serialize)]
struct Detail<'a> {
    message: &'a str,
}

/// What dockerd writes when a pull has succeeded and all layers were there already: they are the nodes' business.
///
/// docker-java reads it: the first line must have a status that does not end in three dots, and the last must say that the image is up to
/// date or newly there.
pub(crate) fn pulled(pulled: &PulledImage) -> Vec<Bytes> {
    let reference = &pulled.reference;
    let outcome = if pulled.new { "Downloaded newer image" } else { "Image is up to date" };
    let from = format!("Pulling from {}", reference.repository());
    let whole = reference.to_string();
    let id = match reference.digest() {
        Some(_) => &whole,
        None => reference.tag().unwrap_or(&whole),
    };
    let digest = pulled.image.digest().map(|digest| format!("Digest: {digest}"));
    let status = format!("Status: {outcome} for {}", reference.familiar());
    let further = digest.into_iter().chain([status]);
    let progress = [line(&Line { status: &from, id: Some(id) })].into_iter();
    let progress = progress.chain(further.map(|text| line(&Line { status: &text, id: None })));
    progress.chain(pulled.mismatch.as_deref().map(|message| line(&Failed { error_detail: Detail { message }, error: message }))).collect()
}

/// Docker ends the lines of a stream with both characters.
fn line(line: &impl Serialize) -> Bytes {
    let mut line = serde_json::to_vec(line).expect("invariant: texts can be written as JSON");
    line.extend_from_slice(b"\r\n");
    line.into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Descriptor, Image, ImageId, ImageRef, Platform};
    use ports::PulledImage;
    use serde_json::json;

    fn image(reference: &str, new: bool) -> PulledImage {
        let id = format!("sha256:{}", "a".repeat(64));
        PulledImage {
            reference: ImageRef::parse(reference).unwrap(),
            image: Arc::new(Image {
                descriptor: Some(Descriptor { media_type: String::new(), digest: format!("sha256:{}", "b".repeat(64)), size: 1 }),
                ..Image::bare(ImageId::parse(&id).unwrap(), Platform::linux("x86_64"))
            }),
            new,
            mismatch: None,
        }
    }

    fn lines(pulled: &PulledImage) -> Vec<serde_json::Value> {
        let text: Vec<u8> = super::pulled(pulled).concat();
        assert!(text.ends_with(b"}\r\n"));
        text.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    #[test]
    fn says_what_docker_java_waits_for() {
        let lines = lines(&image("alpine", true));
        assert_eq!(lines[0], json!({ "status": "Pulling from library/alpine", "id": "latest" }));
        assert_eq!(lines[1], json!({ "status": format!("Digest: sha256:{}", "b".repeat(64)) }));
        assert_eq!(lines[2], json!({ "status": "Status: Downloaded newer image for alpine:latest" }));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn names_are_shown_as_dockerd_shows_them() {
        let first_and_last = |name: &str| {
            let lines = lines(&image(name, false));
            (lines[0].clone(), lines[2]["status"].clone())
        };
        let expected = (json!({ "status": "Pulling from x/y", "id": "1" }), json!("Status: Image is up to date for quay.io/x/y:1"));
        assert_eq!(first_and_last("quay.io/x/y:1"), expected);
        let digest = format!("sha256:{}", "c".repeat(64));
        for name in [format!("alpine@{digest}"), format!("alpine:3@{digest}")] {
            let from = json!({ "status": "Pulling from library/alpine", "id": format!("docker.io/library/{name}") });
            assert_eq!(first_and_last(&name), (from, json!(format!("Status: Image is up to date for {name}"))));
        }
    }

    #[test]
    fn what_was_pulled_in_vain_ends_with_an_error() {
        let lines = lines(&PulledImage { mismatch: Some("another platform".to_owned()), ..image("alpine", true) });
        assert!(lines[2]["status"].as_str().unwrap().starts_with("Status: "));
        assert_eq!(lines[3], json!({ "errorDetail": { "message": "another platform" }, "error": "another platform" }));
        assert_eq!(lines.len(), 4);
    }
}
