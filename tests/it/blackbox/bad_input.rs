//! Input that no good client sends: a clear refusal, and a server that goes on.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::http::{Address, Answer, Connection, encode};
use crate::support::server::Server;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// An answer that refuses and says why.
fn assert_refused(what: &str, answer: &Answer) {
    assert!((400..500).contains(&answer.head.status), "{what}: {} {}", answer.head.status, answer.text());
    assert!(answer.json()["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {}", answer.text());
}

fn assert_alive(address: &Address) {
    let mut connection = Connection::open(address).unwrap();
    connection.request("GET", "/_ping", &[], b"").unwrap();
    assert_eq!(connection.answer("GET").unwrap().body, b"OK");
}

/// Sends a request as it is and reads the answer.
fn exchange(address: &Address, bytes: &[u8]) -> std::io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    // Who refuses early may close before all is sent; what counts is the answer.
    let _ = connection.send(bytes);
    connection.answer("GET")
}

#[test]
fn parameters_that_are_none_are_refused() {
    let server = Server::memory();
    let id = server.run("sleep 600");
    let paths = [
        ("GET", "/v1.foo/containers/json".to_owned()),
        ("GET", "/v1.99/containers/json".to_owned()),
        ("GET", "/v1.1/containers/json".to_owned()),
        ("GET", "/containers/json?limit=many".to_owned()),
        ("GET", "/containers/json?limit=99999999999999999999".to_owned()),
        ("GET", "/containers/json?filters=%7B".to_owned()),
        ("GET", "/containers/json?filters=%7B%22nonsense%22:%5B%22x%22%5D%7D".to_owned()),
        ("GET", "/containers/json?filters=%7B%22before%22:%5B%22nobody%22%5D%7D".to_owned()),
        ("GET", "/containers/a/b/json".to_owned()),
        ("GET", "/containers/a%2Fb/json".to_owned()),
        ("GET", "/containers/a%00b/json".to_owned()),
        ("GET", "/containers/%ff%fe/json".to_owned()),
        ("GET", "/images/%ff/json".to_owned()),
        ("GET", "/networks/%00".to_owned()),
        ("POST", format!("/containers/{id}/resize?h=-5&w=x")),
        ("POST", format!("/containers/{id}/resize?h=99999999999999999999&w=1")),
        ("POST", format!("/containers/{id}/stop?t=99999999999999999999")),
        ("POST", format!("/containers/{id}/kill?signal=99999999999999999999")),
        ("POST", format!("/containers/{id}/kill?signal=-1")),
        ("POST", format!("/containers/{id}/wait?condition=nonsense")),
        ("GET", format!("/containers/{id}/logs?stdout=1&since=nonsense")),
        ("GET", format!("/containers/{id}/logs")),
        ("POST", format!("/containers/{id}/rename?name=%00")),
        ("POST", "/containers/create?name=%2F".to_owned()),
        ("GET", "/events?since=nonsense".to_owned()),
        ("GET", "/events?since=99999999999999999999".to_owned()),
        ("GET", "/events?filters=nonsense".to_owned()),
        ("POST", "/containers/prune?filters=nonsense".to_owned()),
        ("GET", "/nonsense".to_owned()),
        ("PATCH", "/containers/json".to_owned()),
    ];
    for (method, path) in &paths {
        assert_refused(&format!("{method} {path}"), &server.call(method, path, None));
    }
    assert_eq!(server.call("GET", &format!("/containers/{id}/json"), None).json()["State"]["Running"], true);
}

#[test]
fn an_invalid_regular_expression_is_no_server_error() {
    let server = Server::memory();
    for kind in ["containers/json", "networks", "volumes", "images/json"] {
        let answer = server.call("GET", &format!("/{kind}?filters=%7B%22name%22:%5B%22(*%22%5D%7D"), None);
        assert!(answer.head.status < 500, "{kind}: {} {}", answer.head.status, answer.text());
    }
}

#[test]
fn bodies_that_are_none_are_refused() {
    let server = Server::memory();
    let id = server.run("sleep 600");
    let bodies: [&[u8]; 9] =
        [b"{", b"{\"Image\":", b"[]", b"5", b"\"\"", b"nonsense", b"\xff\xfe", b"{\"Image\":\"alpine\"}{", b"{\"Image\":\"\xff\"}"];
    let deep = "[".repeat(100_000);
    let routes =
        ["/containers/create".to_owned(), format!("/containers/{id}/exec"), "/networks/create".to_owned(), "/volumes/create".to_owned()];
    for path in &routes {
        for body in bodies.iter().copied().chain([deep.as_bytes()]) {
            let shown = String::from_utf8_lossy(&body[..body.len().min(30)]);
            // Go replaces what is no UTF-8; both ways are clear.
            let answer = exchange(&server.unix(), &encode("POST", path, &[JSON], body)).unwrap();
            if answer.head.status != 201 || !shown.contains('\u{fffd}') {
                assert_refused(&format!("{path} {shown}"), &answer);
            }
        }
    }
    assert_alive(&server.unix());
}

#[test]
fn a_body_of_100_mib_is_refused() {
    const LENGTH: usize = 100 << 20;
    let server = Server::memory();
    let before = server.resident();
    let by_length = encode("POST", "/containers/create", &[JSON, ("Content-Length", "104857600")], b"");
    let in_chunks = encode("POST", "/containers/create", &[JSON, ("Transfer-Encoding", "chunked")], b"");
    let part = vec![b' '; 1 << 20];
    for (head, chunked) in [(by_length, false), (in_chunks, true)] {
        let mut connection = Connection::open(&server.unix()).unwrap();
        connection.send(&head).unwrap();
        for _ in 0..LENGTH / part.len() {
            let mut packet = Vec::new();
            if chunked {
                write!(packet, "{:x}\r\n", part.len()).unwrap();
            }
            packet.extend(&part);
            packet.extend(if chunked { &b"\r\n"[..] } else { b"" });
            if connection.send(&packet).is_err() {
                break;
            }
        }
        let answer = connection.answer("POST").unwrap();
        assert_eq!(answer.head.status, 413, "{}", answer.text());
    }
    assert!(server.resident() < before + (48 << 10), "{} KiB after {before} KiB", server.resident());
    assert_alive(&server.unix());
}

#[test]
fn ten_thousand_labels_are_kept() {
    let server = Server::memory();
    let labels: Value =
        (0..10_000).map(|index| (format!("label-{index}"), json!(index.to_string()))).collect::<serde_json::Map<_, _>>().into();
    let id = server.create(&json!({"Image": "alpine", "Labels": labels}));
    assert_eq!(server.call("GET", &format!("/containers/{id}/json"), None).json()["Config"]["Labels"], labels);
}

#[test]
fn garbage_ends_the_connection_and_nothing_else() {
    let server = Server::memory();
    for address in [server.unix(), server.tcp()] {
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
        let garbage: [&[u8]; 8] = [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client hello\r\n\r\n",
            b"\x00\x00\x00\x00\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /\xff\xfe/json HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nnonsense\r\n",
            long.as_bytes(),
        ];
        for bytes in garbage {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            match exchange(&address, bytes) {
                Ok(answer) => assert!((400..500).contains(&answer.head.status), "{shown:?}: {}", answer.head.status),
                Err(error) => assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "{shown:?}: no answer and no end"),
            }
        }
        assert_alive(&address);
    }
}

#[test]
fn an_ambiguous_beginning_of_an_id_is_refused() {
    let server = Server::memory();
    // Seventeen ids have at most sixteen different first digits.
    let mut ids: Vec<String> = (0..17).map(|_| server.create(&json!({"Image": "alpine"}))).collect();
    ids.sort();
    let twice = ids.windows(2).find(|pair| pair[0][..1] == pair[1][..1]).unwrap();
    assert_refused("an ambiguous beginning", &server.call("GET", &format!("/containers/{}/json", &twice[0][..1]), None));
    assert_eq!(server.call("GET", &format!("/containers/{}/json", &twice[0][..12]), None).json()["Id"], json!(twice[0]));
}
