//! Progress of `POST /images/create`, one JSON object a line.

use std::fmt::Write;

use ports::PulledImage;
use serde::Serialize;

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// What dockerd writes when a pull has succeeded.
///
/// docker-java reads it: the first line must have a status that does not end in three dots, and the last must say that the image is up to
/// date or newly there.
pub(crate) fn pulled(pulled: &PulledImage) -> String {
    let reference = &pulled.reference;
    let familiar = reference.familiar();
    let outcome = if pulled.new { "Downloaded newer image" } else { "Image is up to date" };
    let mut text = String::new();
    line(&mut text, &format!("Pulling from {}", reference.repository()), Some(reference.tag().unwrap_or(&reference.to_string())));
    if let Some(digest) = pulled.image.digest() {
        line(&mut text, &format!("Digest: {digest}"), None);
    }
    line(&mut text, &format!("Status: {outcome} for {familiar}"), None);
    text
}

/// Docker ends the lines of a stream with both characters.
fn line(text: &mut String, status: &str, id: Option<&str>) {
    let json = serde_json::to_string(&Line { status, id }).expect("invariant: texts can be written as JSON");
    write!(text, "{json}\r\n").expect("invariant: a string takes what is written");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Descriptor, Image, ImageId, ImageRef, Platform};
    use ports::PulledImage;

    use super::pulled;

    fn image(reference: &str, new: bool) -> PulledImage {
        let id = format!("sha256:{}", "a".repeat(64));
        PulledImage {
            reference: ImageRef::parse(reference).unwrap(),
            image: Arc::new(Image {
                descriptor: Some(Descriptor { media_type: String::new(), digest: id.replace('a', "b"), size: 1 }),
                ..Image::bare(ImageId::parse(&id).unwrap(), Platform::linux("x86_64"))
            }),
            new,
            warning: None,
        }
    }

    #[test]
    fn says_what_docker_java_waits_for() {
        let text = pulled(&image("alpine", true));
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], serde_json::json!({ "status": "Pulling from library/alpine", "id": "latest" }));
        assert_eq!(lines[2]["status"], "Status: Downloaded newer image for alpine:latest");
        assert!(text.ends_with("}\r\n"));
        assert!(pulled(&image("quay.io/x/y:1", false)).contains("Status: Image is up to date for quay.io/x/y:1"));
        assert!(pulled(&image("quay.io/x/y:1", false)).starts_with(r#"{"status":"Pulling from x/y","id":"1"}"#));
    }
}
