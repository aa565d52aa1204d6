//! Answers that are too long, too slow or broken.

use std::time::Instant;

use ports::Kind;
use proptest::prelude::*;
use reqwest::Url;
use tokio::sync::mpsc;

use super::super::place;
use super::super::send::{LONG, LONG_AT_A_TIME};
use super::*;

/// Writes `chunk` until nobody reads any more; tells how much that was.
async fn pour(mut stream: TcpStream, head: &str, chunk: &[u8], pause: Duration) -> usize {
    let mut written = 0;
    let _ = stream.write_all(head.as_bytes()).await;
    while stream.write_all(chunk).await.is_ok() {
        written += chunk.len();
        tokio::time::sleep(pause).await;
    }
    written
}

/// A server that never ends, and how much it got rid of.
async fn endless(head: &'static str) -> (Raw, mpsc::UnboundedReceiver<usize>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let server = Raw::start(move |_, _, stream| {
        let sender = sender.clone();
        async move {
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            let _ = sender.send(pour(stream, head, chunk.as_bytes(), Duration::ZERO).await);
        }
    });
    (server.await, receiver)
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let (server, mut poured) = endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    assert_eq!(error.context, format!("Get \"{}{MANIFEST}\": the answer is longer than 1000 bytes", server.url));
    // What is beyond the limit was in the buffers of the connection.
    assert!(poured.recv().await.unwrap() < 32 << 20);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_endless_failure_is_a_failure() {
    let (server, mut poured) = endless("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.context.starts_with("unknown: xxx") && error.context.len() < 600, "{}", error.context.len());
    assert!(poured.recv().await.unwrap() < 32 << 20);
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let server = Raw::start(move |_, _, stream| async move {
        pour(stream, head, b"x", Duration::from_millis(50)).await;
    });
    let server = server.await;
    let transport = Transport::new(RegistrySettings { timeout: Duration::from_millis(600), ..settings() }).unwrap();
    let begin = Instant::now();
    let error = pull(&transport, &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(error.context, format!("Get \"{}/v2/\": context deadline exceeded", server.url));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn silence_is_given_up() {
    for head in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx"] {
        let server = Raw::start(move |_, _, mut stream| async move {
            let _ = stream.write_all(head.as_bytes()).await;
            std::future::pending::<()>().await;
        });
        let server = server.await;
        let begin = Instant::now();
        let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout, "{error}");
        assert!(error.context.contains("context deadline exceeded"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
        assert_eq!(server.connections(), 1, "timeouts are not tried again");
    }
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_enough() {
    let server = Raw::saying("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n").await;
    let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
    assert_eq!((error.kind, server.connections()), (Kind::Internal, 1));
    assert!(error.context.ends_with("the answer is longer than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn the_limit_itself_is_no_failure() {
    for (length, fits) in [(999, true), (1000, true), (1001, false)] {
        for head in [format!("Content-Length: {length}"), "Connection: close".to_owned()] {
            let server = Raw::saying(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{}", "x".repeat(length))).await;
            let got = pull(&transport(), &endpoint(&server.url), None).await;
            assert_eq!(got.map(|fetched| fetched.body.len()).ok(), fits.then_some(length), "{head}");
        }
    }
}

/// However many are asked for at once: they would fill the memory.
#[tokio::test]
async fn few_long_answers_are_held_at_a_time() {
    let server = MockServer::start().await;
    answer(&server, MANIFEST, ResponseTemplate::new(200).set_body_bytes(vec![b'x'; LONG + 1])).await;
    answer(&server, "/v2/short/manifests/7", ResponseTemplate::new(200).set_body_string("short")).await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    let get = |repository: &'static str| {
        let get = Get { repository, object: Object::Manifest("7"), accept: &[], limit: 2 * LONG, credentials: None };
        tokio::time::timeout(Duration::from_millis(500), transport.get(&registry, get))
    };
    let mut held = Vec::new();
    for _ in 0..LONG_AT_A_TIME {
        held.push(get("library/redis").await.unwrap().unwrap());
    }
    assert!(get("library/redis").await.is_err(), "it waits");
    assert_eq!(&get("short").await.unwrap().unwrap().body[..], b"short");
    held.pop();
    assert_eq!(get("library/redis").await.unwrap().unwrap().body.len(), LONG + 1);
}

#[tokio::test]
async fn a_truncated_body_is_a_failure() {
    for head in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let server = Raw::saying(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\n12345\r\n")).await;
        let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
        assert_eq!((error.kind, server.connections()), (Kind::Unavailable, 3), "{error}");
    }
}

#[tokio::test]
async fn nonsense_is_a_failure() {
    for text in [
        "\0\0\0\0",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        "HTTP/1.1 99999\r\n\r\n",
    ] {
        let server = Raw::saying(text).await;
        let error = pull(&transport(), &endpoint(&server.url), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable, "{error}");
        assert!(error.context.starts_with("Get ") && !error.context.contains(char::is_control), "{error:?}");
    }
    let server = Raw::saying(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(2 << 20))).await;
    assert!(pull(&transport(), &endpoint(&server.url), None).await.is_err());
}

#[tokio::test]
async fn answers_are_as_they_were_sent() {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_raw("not gzip", "Application/JSON ; x=y");
    answer(&server, MANIFEST, response).await;
    let fetched = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap();
    assert_eq!((&fetched.body[..], fetched.media_type.as_str()), (&b"not gzip"[..], "application/json"));
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.headers.get("accept").unwrap(), "a/b, c/d");
    assert_eq!(request.headers.get("user-agent").unwrap(), concat!("kubedock/", env!("CARGO_PKG_VERSION")));
    assert!(request.headers.get("accept-encoding").is_none() && request.headers.get("authorization").is_none());
}

#[tokio::test]
async fn names_stay_below_their_registry() {
    let server = MockServer::start().await;
    let (transport, registry) = (transport(), endpoint(&format!("{}/prefix", server.uri())));
    for name in ["../../../secret", "..", "a?b#c", "a/b", "sha256:0"] {
        let get = Get { repository: "x", object: Object::Blob(name), accept: &[], limit: 10, credentials: None };
        assert_eq!(transport.get(&registry, get).await.unwrap_err().kind, Kind::NotFound);
    }
    for request in server.received_requests().await.unwrap() {
        assert!(request.url.path().starts_with("/prefix/v2/x/blobs") && request.url.query().is_none(), "{}", request.url);
    }
}

proptest! {
    #[test]
    fn no_name_leads_elsewhere(repository in "([./%@:?#\\\\]|\\PC){0,12}", name in "([./%@:?#\\\\]|\\PC){0,12}") {
        let base = Url::parse("https://registry.example/prefix").unwrap();
        for object in [Object::Manifest(&name), Object::Blob(&name)] {
            let url = place(&base, Some((&repository, object)));
            prop_assert!(url.as_str().starts_with("https://registry.example/prefix/v2/"), "{url}");
            prop_assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        }
    }
}
