use serde_json::json;

use super::named;
use crate::HttpSettings;
use crate::testing::Server;

/// `{"username":"ann","password":"x"}`
const ANN: &str = "X-Registry-Auth: eyJ1c2VybmFtZSI6ImFubiIsInBhc3N3b3JkIjoieCJ9\r\n";

#[test]
fn a_tag_takes_the_place_of_the_names_own() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let shown = |name: &str, tag: &str| named(name, tag).map(|reference| reference.to_string());
    assert_eq!(shown("alpine", ""), Ok("docker.io/library/alpine:latest".to_owned()));
    assert_eq!(shown("alpine:3", "4"), Ok("docker.io/library/alpine:4".to_owned()));
    assert_eq!(shown("localhost:5000/a/b", "4"), Ok("localhost:5000/a/b:4".to_owned()));
    assert_eq!(shown("alpine", &digest), Ok(format!("docker.io/library/alpine@{digest}")));
    assert_eq!(shown("alpine:3", &digest), Ok(format!("docker.io/library/alpine@{digest}")));
    assert_eq!(shown(&format!("alpine:3@{digest}"), "4"), Ok(format!("docker.io/library/alpine:4@{digest}")));
    assert!(shown("", "4").is_err());
    for bad in ["a b", "a:b", "sha256:abc", "-a", "a@sha256:b", &format!("4@{digest}")] {
        assert_eq!(shown("alpine", bad), Err(domain::Error::Invalid("invalid tag format".to_owned())), "{bad}");
    }
}

fn message(text: &str) -> String {
    json!({ "message": text }).to_string()
}

#[tokio::test]
async fn credentials_reach_the_engine() {
    let server = Server::start(HttpSettings::default()).await;
    for (request, body, noted) in [
        ("POST /images/create?fromImage=alpine", "", "pull alpine:latest"),
        ("GET /distribution/quay.io/x/y:1/json", "", "distribution quay.io/x/y:1"),
        ("POST /containers/create", r#"{"Image":"alpine"}"#, "create alpine"),
    ] {
        server.ask(request, ANN, body).await;
        server.ask(request, "X-Registry-Auth: e30=\r\n", body).await;
        server.ask(request, "X-Registry-Auth: broken\r\n", body).await;
        // {"identitytoken":"x"}
        let (status, refused) = server.ask(request, "X-Registry-Auth: eyJpZGVudGl0eXRva2VuIjoieCJ9\r\n", body).await;
        assert_eq!((status, refused.contains("identity tokens are not supported")), (501, true), "{request}");
        let noted = [format!("{noted} ann:x"), format!("{noted} -"), format!("{noted} -")];
        assert_eq!(std::mem::take(&mut *server.fake.images.lock().unwrap()), noted);
    }
    let login = r#"{"username":"ann","password":"x","serveraddress":"https://quay.io/v2/"}"#;
    let answer = r#"{"Status":"Login Succeeded","IdentityToken":""}"#.to_owned();
    assert_eq!(server.ask("POST /auth", "", login).await, (200, answer));
    assert_eq!(*server.fake.images.lock().unwrap(), ["login quay.io ann:x"]);
}

#[tokio::test]
async fn what_registries_say_has_dockerds_codes() {
    let server = Server::start(HttpSettings::default()).await;
    for (name, status) in [("missing", 404), ("secret", 401), ("down", 500), ("slow", 500)] {
        let text = message(&format!("as asked: {name}:latest"));
        // A pull of what may not be read is missing to whoever decides about pulls.
        if name != "secret" {
            assert_eq!(server.ask(&format!("POST /images/create?fromImage={name}"), "", "").await, (status, text.clone()));
        }
        assert_eq!(server.ask(&format!("GET /distribution/{name}/json"), "", "").await, (status, text));
        let login = json!({ "username": "ann", "serveraddress": name }).to_string();
        assert_eq!(server.ask("POST /auth", "", &login).await, (status, message(&format!("as asked: {name}"))));
    }
    for id in ["a".repeat(64), format!("sha256:{}", "a".repeat(64))] {
        let refused = server.ask(&format!("GET /distribution/{id}/json"), "", "").await;
        assert_eq!(refused, (400, message("no manifest found for full image ID")));
    }
    let empty = message("no credentials: a user name and a password, or a registry token, are needed to log in");
    assert_eq!(server.ask("POST /auth", "", "{}").await, (400, empty));
}

#[tokio::test]
async fn progress_comes_as_a_stream_of_lines() {
    let server = Server::start(HttpSettings::default()).await;
    let mut client = server.connect().await;
    client.send("POST /images/create?fromImage=alpine&platform=arm64 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = client.read_to("0\r\n\r\n").await;
    assert!(answer.contains("Content-Type: application/json\r\n") && answer.contains("Transfer-Encoding: chunked\r\n"), "{answer}");
    let expected = [
        "Pulling from library/alpine",
        "Digest: sha256:dd",
        "Downloaded newer image for alpine:latest",
        "\"errorDetail\":{\"message\":\"not for linux/arm64\"}",
    ];
    let places: Vec<_> = expected.iter().map(|text| answer.find(text).unwrap_or_else(|| panic!("{text} is not in {answer}"))).collect();
    assert!(places.is_sorted(), "{answer}");
}

#[tokio::test]
async fn an_image_is_there_for_one_platform() {
    let server = Server::start(HttpSettings::default()).await;
    let arm = "platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%7D";
    let amd = "platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22amd64%22%7D";
    let missing = message("image with reference alpine was found but does not provide the specified platform (linux/arm64)");
    for (path, since, before) in [("json", 49, 48), ("history", 48, 47)] {
        assert_eq!(server.ask(&format!("GET /v1.{since}/images/alpine/{path}?{arm}"), "", "").await, (404, missing.clone()));
        for (minor, asked) in [(since, amd), (before, arm)] {
            assert_eq!(server.ask(&format!("GET /v1.{minor}/images/alpine/{path}?{asked}"), "", "").await.0, 200, "{path} {minor}");
        }
    }
    for (bad, says) in
        [("linux", "failed to parse platform: "), ("%7B%22os%22%3A%22linux%22%7D", "both OS and Architecture must be provided")]
    {
        let (status, text) = server.ask(&format!("GET /images/alpine/json?platform={bad}"), "", "").await;
        assert_eq!((status, text.contains(says)), (400, true), "{text}");
    }
    assert_eq!(server.ask(&format!("DELETE /images/alpine?{}", arm.replace("platform", "platforms")), "", "").await.0, 501);
}
