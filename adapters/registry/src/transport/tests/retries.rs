//! Registries that are busy.

use std::time::Instant;

use ports::Kind;

use super::*;

async fn first(server: &MockServer, times: u64, response: ResponseTemplate) {
    Mock::given(path(MANIFEST)).respond_with(response).up_to_n_times(times).mount(server).await;
    answer(server, MANIFEST, ResponseTemplate::new(200).set_body_string("found")).await;
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    for status in [429, 500, 502, 503, 504] {
        let server = MockServer::start().await;
        first(&server, 2, ResponseTemplate::new(status)).await;
        assert!(pull(&transport(), &endpoint(&server.uri()), None).await.is_ok(), "{status}");
        assert_eq!(server.received_requests().await.unwrap().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn what_lasts_is_not() {
    for (status, kind, says) in [
        (429, Kind::Unavailable, "toomanyrequests: too many requests"),
        (500, Kind::Unavailable, "received unexpected HTTP status: 500 Internal Server Error"),
        (503, Kind::Unavailable, "received unexpected HTTP status: 503 Service Unavailable"),
    ] {
        let server = MockServer::start().await;
        answer(&server, MANIFEST, ResponseTemplate::new(status)).await;
        let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
        assert_eq!((error.kind, error.context.as_str()), (kind, says));
        assert_eq!(server.received_requests().await.unwrap().len(), 3, "{status}");
    }
    for status in [400, 403, 404, 501] {
        let server = MockServer::start().await;
        answer(&server, MANIFEST, ResponseTemplate::new(status)).await;
        pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_registry_is_given_the_time_it_asks_for() {
    let server = MockServer::start().await;
    first(&server, 1, ResponseTemplate::new(429).insert_header("retry-after", "1")).await;
    let begin = Instant::now();
    pull(&transport(), &endpoint(&server.uri()), None).await.unwrap();
    assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&begin.elapsed()), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_a_failure_at_once() {
    for after in ["3600", "18446744073709551615", "Fri, 31 Dec 2100 23:59:59 GMT"] {
        let server = MockServer::start().await;
        first(&server, 1, ResponseTemplate::new(429).insert_header("retry-after", after)).await;
        let begin = Instant::now();
        let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(error.context.starts_with("toomanyrequests: ") && error.context.contains("(asked to wait "), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(2));
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn tokens_are_waited_for_too() {
    let server = MockServer::start().await;
    let found = ResponseTemplate::new(200);
    let wanted = wiremock::matchers::header("authorization", "Bearer abc");
    Mock::given(path(MANIFEST)).and(wanted).respond_with(found).mount(&server).await;
    let challenge = format!("Bearer realm=\"{}/token\"", server.uri());
    answer(&server, MANIFEST, ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str())).await;
    Mock::given(path("/token")).respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&server).await;
    answer(&server, "/token", ResponseTemplate::new(200).set_body_string(r#"{"token":"abc"}"#)).await;
    pull(&transport(), &endpoint(&server.uri()), None).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    let server = Raw::start(|_, number, mut stream| async move {
        if number < 2 {
            // What was not read resets the connection.
            stream.set_zero_linger().unwrap();
            return;
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfound").await;
    });
    let server = server.await;
    let fetched = pull(&transport(), &endpoint(&server.url), None).await.unwrap();
    assert_eq!((&fetched.body[..], server.connections()), (&b"found"[..], 3));
}
