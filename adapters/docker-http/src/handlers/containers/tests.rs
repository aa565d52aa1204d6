use http::StatusCode;

use crate::HttpSettings;
use crate::testing::Server;

fn message(text: &str) -> String {
    serde_json::json!({ "message": text }).to_string()
}

#[tokio::test]
async fn requests_that_are_refused_before_the_engine_sees_them() {
    let server = Server::start(HttpSettings::default()).await;
    let bad = StatusCode::BAD_REQUEST;
    for (request, body, status, says) in [
        ("POST /containers/create", "", bad, "invalid JSON: got EOF while reading request body"),
        ("POST /containers/create", "null", bad, "config cannot be empty in order to create a container"),
        ("POST /containers/create", "{\"Image\":\"a\"}{}", bad, "unexpected content after JSON"),
        (
            "POST /containers/create?platform=foo",
            "{\"Image\":\"a\"}",
            bad,
            "\"foo\": unknown operating system or architecture: invalid argument",
        ),
        (
            "POST /containers/x/start",
            "{\"HostConfig\":{}}",
            bad,
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        ),
        ("POST /containers/x/start?checkpoint=c", "", bad, "checkpoint is only supported in experimental mode"),
        ("POST /containers/x/kill?signal=FOO", "", bad, "cannot kill container: x: invalid signal: FOO"),
        ("POST /containers/x/stop?t=y", "", bad, "strconv.Atoi: parsing \"y\": invalid syntax"),
        ("POST /containers/x/stop?signal=FOO", "", bad, "cannot stop container: x: invalid signal: FOO"),
        ("POST /containers/x/restart?signal=FOO", "", bad, "Cannot restart container x: invalid signal: FOO"),
        ("POST /containers/x/resize?h=1", "", bad, "strconv.Atoi: parsing \"\": invalid syntax"),
        ("POST /containers/x/update", "{\"Memory\":5}", bad, "Minimum memory limit allowed is 6MB"),
        ("GET /containers/json?limit=x", "", bad, "strconv.Atoi: parsing \"x\": invalid syntax"),
        ("GET /containers/json?filters={", "", bad, "invalid filter"),
        ("DELETE /containers/x?link=1", "", StatusCode::CONFLICT, "Conflict, cannot remove the default link name of the container"),
        ("DELETE /containers/missing?link=1", "", StatusCode::NOT_FOUND, "No such container: missing"),
        ("GET /networks/x?verbose=y", "", bad, "invalid value for verbose: y: strconv.ParseBool: parsing \"y\": invalid syntax"),
        (
            "POST /networks/create",
            "{\"ConfigFrom\":{\"Network\":\"x\"}}",
            StatusCode::NOT_FOUND,
            "configuration network \"x\" does not exist",
        ),
        ("GET /volumes?filters={", "", bad, "error reading volume filters: invalid filter"),
        ("POST /images/create?fromImage=NOPE", "", bad, "invalid reference format: repository name (library/NOPE) must be lowercase"),
        ("POST /images/x/tag?repo=a@sha256:b", "", bad, "cannot import digest reference"),
        ("GET /system/df?type=foo", "", bad, "unknown object type: foo"),
    ] {
        let answer = server.ask(request, "", body).await;
        assert_eq!(answer, (status.as_u16(), message(says)), "{request}");
    }
    let (status, _) = server.ask("POST /images/create?fromSrc=-", "", "").await;
    assert_eq!(status, 501);
    let (status, says) = server.ask("POST /volumes/create", "", "{\"ClusterVolumeSpec\":{}}").await;
    assert_eq!((status, says.contains("not a swarm manager")), (503, true));
}

#[tokio::test]
async fn answers_have_dockerds_codes() {
    let server = Server::start(HttpSettings::default()).await;
    for (request, status, body) in [
        ("POST /containers/x/start", 304, ""),
        ("POST /v1.41/containers/x/stop?t=1&signal=FOO", 204, ""),
        ("GET /containers/json", 200, "[]"),
        ("GET /networks", 200, "[]"),
        ("GET /volumes", 200, "{\"Volumes\":[],\"Warnings\":null}"),
        ("GET /images/json", 200, "[]"),
        ("GET /system/df?type=container", 200, "{\"LayersSize\":0,\"Images\":null,\"Containers\":[],\"Volumes\":null,\"BuildCache\":null}"),
    ] {
        assert_eq!(server.ask(request, "", "").await, (status, body.to_owned()), "{request}");
    }
    let (status, body) = server.ask("GET /containers/x/json?size=1", "", "").await;
    let model: bollard::models::ContainerInspectResponse = serde_json::from_str(&body).unwrap();
    assert_eq!((status, model.name.as_deref(), model.size_root_fs), (200, Some("/fake"), Some(0)));
}
