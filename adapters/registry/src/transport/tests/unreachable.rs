//! Registries that are not there, or speak something else.

use std::time::Instant;

use ports::Kind;

use super::*;

#[tokio::test]
async fn who_is_not_there_is_known_at_once() {
    for (url, insecure, says) in [
        ("http://127.0.0.1:1", false, "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"),
        ("https://127.0.0.1:1", true, "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"),
        ("https://a.example:1", false, "Get \"https://a.example:1/v2/\": dial tcp a.example:1: connect: connection refused"),
        ("https://no.where", false, "Get \"https://no.where/v2/\": dial tcp: lookup no.where: no such host"),
        ("https://no.where", true, "Get \"https://no.where/v2/\": dial tcp: lookup no.where: no such host"),
    ] {
        let begin = Instant::now();
        let error = pull(&transport(), &Endpoint { insecure, ..endpoint(url) }, None).await.unwrap_err();
        assert_eq!((error.kind, error.context.as_str()), (Kind::Unavailable, says));
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn who_does_not_accept_is_given_up() {
    // The queue of a listener that accepts nothing is full after two connections.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(address)).await);
    }
    let begin = Instant::now();
    let error = pull(&transport(), &endpoint(&format!("http://{address}")), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Timeout, "{error}");
    assert_eq!(error.context, format!("Get \"http://{address}/v2/\": dial tcp {address}: i/o timeout"));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

/// A registry without TLS, which hangs up on who begins with TLS as servers of Go do, or without a word.
async fn plain(polite: bool) -> Raw {
    let server = Raw::start(move |head, _, mut stream| async move {
        let answer: &[u8] = match (head.first(), polite) {
            (Some(0x16), true) => b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n",
            (Some(0x16), false) => b"",
            _ => b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nfound",
        };
        let _ = stream.write_all(answer).await;
    });
    server.await
}

#[tokio::test]
async fn insecure_registries_may_speak_without_tls() {
    for polite in [true, false] {
        let server = plain(polite).await;
        let https = server.url.replace("http://", "https://");
        let (transport, insecure) = (transport(), Endpoint { insecure: true, ..endpoint(&https) });
        for connections in [2, 3] {
            assert_eq!(&pull(&transport, &insecure, None).await.unwrap().body[..], b"found");
            assert_eq!(server.connections(), connections, "it is remembered");
        }
    }
}

#[tokio::test]
async fn others_may_not() {
    for mirror in [true, false] {
        let server = plain(true).await;
        let https = server.url.replace("http://127.0.0.1", "https://registry.example");
        let registry = Endpoint { mirror, insecure: mirror, ..endpoint(&https) };
        let error = pull(&transport(), &registry, None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert_eq!(error.context, format!("Get \"{https}/v2/\": http: server gave HTTP response to HTTPS client"));
        assert_eq!(server.connections(), 1);
    }
}
