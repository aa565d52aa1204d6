//! Requests that are sent on.

use ports::Kind;

use super::*;

fn to(place: impl AsRef<str>) -> ResponseTemplate {
    ResponseTemplate::new(307).insert_header("location", place.as_ref())
}

async fn basic(server: &MockServer, response: ResponseTemplate) {
    let wanted = wiremock::matchers::header("authorization", ANN);
    Mock::given(path(MANIFEST)).and(wanted).respond_with(response).mount(server).await;
    answer(server, MANIFEST, ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\"")).await;
}

#[tokio::test]
async fn a_loop_ends() {
    let server = MockServer::start().await;
    answer(&server, MANIFEST, to(MANIFEST)).await;
    let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.context.ends_with("stopped after 5 redirects"), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
}

#[tokio::test]
async fn another_host_does_not_see_what_opens_the_registry() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    basic(&server, to(format!("{}/blob", at(&other, "cdn.example")))).await;
    answer(&other, "/blob", to(format!("{}/back", at(&server, "registry.example")))).await;
    answer(&server, "/back", ResponseTemplate::new(200).set_body_string("found")).await;
    let fetched = pull(&transport(), &named(&server, "registry.example"), Some(&ann())).await.unwrap();
    assert_eq!(&fetched.body[..], b"found");
    assert_eq!(authorizations(&server, MANIFEST).await, [None, Some(ANN.to_owned())]);
    assert_eq!(authorizations(&other, "/blob").await, [None]);
    assert_eq!(authorizations(&server, "/back").await, [None], "and it is not given back");
}

#[tokio::test]
async fn another_port_is_another_host() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    basic(&server, to(format!("{}/blob", other.uri()))).await;
    answer(&other, "/blob", ResponseTemplate::new(200)).await;
    pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&other, "/blob").await, [None]);
}

#[tokio::test]
async fn the_same_host_sees_it() {
    let server = MockServer::start().await;
    basic(&server, to("/elsewhere?a=b")).await;
    answer(&server, "/elsewhere", ResponseTemplate::new(200)).await;
    pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&server, "/elsewhere").await, [Some(ANN.to_owned())]);
}

#[tokio::test]
async fn a_challenge_from_elsewhere_is_not_answered() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    answer(&server, MANIFEST, to(format!("{}/blob", other.uri()))).await;
    let challenge = format!("Bearer realm=\"{}/token\", Basic realm=\"x\"", server.uri());
    answer(&other, "/blob", ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str())).await;
    let error = pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(authorizations(&other, "/blob").await, [None]);
    assert_eq!(authorizations(&server, "/token").await, Vec::<Option<String>>::new());
}

#[tokio::test]
async fn addresses_with_credentials_are_sent_none() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    answer(&server, MANIFEST, to(format!("http://bob:pw@127.0.0.1:{}/blob", other.address().port()))).await;
    answer(&other, "/blob", ResponseTemplate::new(200)).await;
    pull(&transport(), &endpoint(&server.uri()), None).await.unwrap();
    assert_eq!(authorizations(&other, "/blob").await, [None]);
}

#[tokio::test]
async fn what_is_no_address_is_nonsense() {
    for place in ["file:///etc/passwd", "http://", "ftp://x.example/", "//", "data:,x"] {
        let server = MockServer::start().await;
        answer(&server, MANIFEST, to(place)).await;
        let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Internal, "{place}");
        assert!(error.context.ends_with("redirected to what is no address"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_names_it() {
    let server = MockServer::start().await;
    answer(&server, MANIFEST, to("http://127.0.0.1:1/blob?token=secret")).await;
    let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
    assert_eq!(error.context, "Get \"http://127.0.0.1:1/blob\": dial tcp 127.0.0.1:1: connect: connection refused");
    assert_eq!(error.kind, Kind::Unavailable);
}
