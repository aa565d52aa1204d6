//! Credentials that are tried.

use ports::Kind;
use wiremock::matchers::{header, query_param_is_missing};

use super::*;

const PING: &str = "/v2/";

#[tokio::test]
async fn the_right_ones_open() {
    let server = MockServer::start().await;
    Mock::given(path(PING)).and(header("authorization", ANN)).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    answer(&server, PING, ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\"")).await;
    transport().login(&endpoint(&server.uri()), &ann()).await.unwrap();

    let bob = Credentials::Password { username: "bob".to_owned(), password: "hunter2".to_owned() };
    let error = transport().login(&endpoint(&server.uri()), &bob).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(error.context, format!("Get \"{}/v2/\": unauthorized: authentication required", server.uri()));
}

#[tokio::test]
async fn a_token_is_asked_for_that_opens_no_repository() {
    let server = MockServer::start().await;
    Mock::given(path(PING)).and(header("authorization", "Bearer abc")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let challenge = format!("Bearer realm=\"{}/token\",service=\"s\"", server.uri());
    answer(&server, PING, ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str())).await;
    let token = ResponseTemplate::new(200).set_body_string(r#"{"token":"abc"}"#);
    let asked = Mock::given(path("/token")).and(header("authorization", ANN)).and(query_param_is_missing("scope"));
    asked.respond_with(token).mount(&server).await;
    let wrong = ResponseTemplate::new(401).set_body_string(r#"{"details":"incorrect username or password"}"#);
    answer(&server, "/token", wrong).await;
    let transport = transport();
    for asked in 1..3 {
        transport.login(&endpoint(&server.uri()), &ann()).await.unwrap();
        assert_eq!(authorizations(&server, "/token").await.len(), asked, "the password may have changed");
    }

    let bob = Credentials::Password { username: "bob".to_owned(), password: "hunter2".to_owned() };
    let error = transport.login(&endpoint(&server.uri()), &bob).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(error.context, format!("Get \"{}/v2/\": unauthorized: incorrect username or password", server.uri()));
}

#[tokio::test]
async fn an_open_registry_takes_any() {
    let server = MockServer::start().await;
    answer(&server, PING, ResponseTemplate::new(200).set_body_string("{}")).await;
    transport().login(&endpoint(&server.uri()), &ann()).await.unwrap();
    assert_eq!(authorizations(&server, PING).await, [None]);
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_no_refusal() {
    let error = transport().login(&endpoint("http://127.0.0.1:1"), &ann()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    assert_eq!(error.context, "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused");
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    for registry in ["", "a b", "x@evil.example", "evil.example?x", "evil.example#x", "a\\b", "[::1"] {
        let error = transport().login(&endpoint(&format!("https://{registry}")), &ann()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{registry}");
    }
}
