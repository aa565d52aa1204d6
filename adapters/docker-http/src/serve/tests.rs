//! The server as clients see it that speak bytes.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::testing::{Fake, Server};
use crate::{HttpSettings, Listener, serve};

async fn server() -> Server {
    Server::start(HttpSettings::default()).await
}

/// Sends one request on a connection of its own and reads until the server closes.
async fn exchange(request: impl AsRef<[u8]>) -> String {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(request).await;
    client.read_all().await
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
}

fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: d\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Waits until `test` holds.
async fn eventually(test: impl Fn() -> bool) {
    for _ in 0..500 {
        if test() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened");
}

const JSON: &str = "Content-Type: application/json\r\n";
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

#[tokio::test]
async fn ping_has_dockerds_headers() {
    let answer = exchange(get("/_ping")).await;
    for line in [
        "HTTP/1.1 200 OK\r\n",
        "Api-Version: 1.51\r\n",
        "Builder-Version: 1\r\n",
        "Docker-Experimental: false\r\n",
        "Ostype: linux\r\n",
        "Server: Docker/",
        "Cache-Control: no-cache, no-store, must-revalidate\r\n",
        "Pragma: no-cache\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Length: 2\r\n",
    ] {
        assert!(answer.contains(line), "{line:?} in {answer}");
    }
    assert!(answer.ends_with("\r\n\r\nOK"));
    let head = exchange("HEAD /v1.24/_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n").await;
    assert!(head.contains("Content-Length: 0\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn paths_and_methods_that_are_not_served() {
    for (path, status, says) in [
        ("/nothing", "404 Not Found", r#"{"message":"page not found"}"#),
        ("/v1.foo/version", "404 Not Found", r#"{"message":"page not found"}"#),
        ("/v1.foo", "404 Not Found", r#"{"message":"page not found"}"#),
        ("/version/", "404 Not Found", r#"{"message":"page not found"}"#),
        ("/v1.99/version", "400 Bad Request", "client version 1.99 is too new. Maximum supported API version is 1.51"),
        ("/v1.12/version", "400 Bad Request", "client version 1.12 is too old. Minimum supported API version is 1.24, please"),
        ("/containers/missing%2Fx%00/logs?stdout=1", "200 OK", "out\n"),
        ("/containers/%ff/logs?stdout=%zz", "400 Bad Request", r#"{"message":"invalid URL escape \"%zz\""}"#),
        ("/containers/x/attach", "405 Method Not Allowed", "method not allowed"),
        ("/services", "503 Service Unavailable", "This node is not a swarm manager."),
        ("/plugins", "200 OK", "\r\n\r\n[]"),
        ("/plugins/x/json", "404 Not Found", r#"{"message":"plugin \"x\" not found"}"#),
        ("/plugins/privileges", "501 Not Implemented", "kubedock has no plugins"),
        ("//version?x=1", "301 Moved Permanently", "Location: /version?x=1\r\n"),
        ("/a/../version", "301 Moved Permanently", "Location: /version\r\n"),
    ] {
        let answer = exchange(get(path)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")) && answer.contains(says), "{path}: {answer}");
    }
    assert!(exchange(get("/containers/x/attach")).await.contains("Allow: POST\r\n"));
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be() {
    for (content_type, body, says) in [
        (JSON, "{", "invalid JSON: unexpected EOF"),
        (JSON, "", "invalid JSON: got EOF while reading request body"),
        (JSON, " ", "invalid JSON: got EOF while reading request body"),
        (JSON, "[]", "invalid JSON: "),
        (JSON, r#"{"username":1}"#, "invalid JSON: "),
        (JSON, "{} {}", "unexpected content after JSON"),
        (JSON, "\0\u{7f}", "invalid JSON: "),
        ("Content-Type: text/plain\r\n", "{}", "unsupported Content-Type header (text/plain): must be 'application/json'"),
        ("Content-Type:\r\n", "{}", "malformed Content-Type header (): mime: no media type"),
        ("", "{}", "malformed Content-Type header (): mime: no media type"),
    ] {
        let answer = exchange(post("/auth", &format!("{content_type}Connection: close\r\n"), body)).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(says), "{body:?}: {answer}");
    }
    let good = "Content-Type: Application/JSON; charset=utf-8\r\nConnection: close\r\n";
    assert!(exchange(post("/auth", good, "null")).await.contains("no credentials: "));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_connection_closed() {
    let settings = || HttpSettings { max_body: 1000, ..HttpSettings::default() };
    let announced = format!("POST /auth HTTP/1.1\r\nHost: d\r\n{JSON}Content-Length: 104857600\r\n\r\n");
    let chunked = format!(
        "POST /auth HTTP/1.1\r\nHost: d\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n{}",
        "64\r\n".to_owned() + &"x".repeat(100) + "\r\n"
    );
    let chunked = chunked + &("64\r\n".to_owned() + &"x".repeat(100) + "\r\n").repeat(10);
    for request in [announced, chunked] {
        let server = Server::start(settings()).await;
        let mut client = server.connect().await;
        client.send(request).await;
        let answer = client.read_all().await;
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("the limit is 1000 bytes"), "{answer}");
    }
}

#[tokio::test]
async fn garbage_is_answered_or_cut_off_and_harms_nobody() {
    let server = server().await;
    for garbage in
        [&b"\0\x01\x02\r\n\r\n"[..], b"GET\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let mut client = server.connect().await;
        client.send(garbage).await;
        let answer = client.read_all().await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let mut client = server.connect().await;
    client.send(get("/_ping")).await;
    assert!(client.read_all().await.ends_with("OK"));
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send("GET /containers/panic/logs?stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n").await;
    assert!(client.read_to("}\n").await.starts_with("HTTP/1.1 500 "));
    client.send(get("/_ping")).await;
    assert!(client.read_all().await.ends_with("OK"));
}

#[tokio::test]
async fn a_session_keeps_early_input_and_outlives_the_end_of_input() {
    for (upgrade, head) in [(UPGRADE, "HTTP/1.1 101 UPGRADED\r\n"), ("", "HTTP/1.1 200 OK\r\n")] {
        let server = server().await;
        let mut client = server.connect().await;
        // The connection was used before.
        client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n").await;
        client.read_to("\r\n\r\nOK").await;
        let request = post("/v1.41/containers/echo/attach?stream=1&stdin=1&stdout=1", upgrade, "");
        client.send(request + "early ").await;
        let answer = client.read_to("\r\n\r\n").await;
        assert!(answer.starts_with(head), "{answer}");
        assert!(answer.contains("Content-Type: application/vnd.docker.raw-stream\r\n"), "{answer}");
        assert_eq!(answer.contains("Connection: Upgrade\r\nUpgrade: tcp\r\n"), !upgrade.is_empty(), "{answer}");
        assert!(!answer.contains("Content-Length") && !answer.contains("Transfer-Encoding"), "{answer}");
        assert_eq!(client.read_to("early ").await, "\x01\0\0\0\0\0\0\x06early ");
        client.send("late").await;
        client.read_to("late").await;
        client.0.shutdown().await.unwrap();
        assert_eq!(client.read_all().await, "\x01\0\0\0\0\0\0\x04end\n");
        assert!(!server.fake.input_failed.load(Ordering::SeqCst));
    }
}

#[tokio::test]
async fn a_client_that_ends_its_input_with_the_request_is_answered() {
    for body in ["", "all of it"] {
        let server = server().await;
        let mut client = server.connect().await;
        client.send(post("/containers/slow/attach?stream=1&stdin=1&stdout=1", "", "") + body).await;
        client.0.shutdown().await.unwrap();
        let answer = client.read_all().await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("end\n") && answer.contains(body), "{answer:?}");
    }
}

#[tokio::test]
async fn frames_are_declared_to_new_clients_that_upgrade() {
    for (path, upgrade, declared) in [
        ("/v1.42/containers/echo/attach?stdout=1", UPGRADE, "multiplexed-stream"),
        ("/v1.42/containers/tty/attach?stdout=1", UPGRADE, "raw-stream"),
        ("/v1.42/containers/echo/attach?stdout=1", "", "raw-stream"),
        ("/v1.41/containers/echo/attach?stdout=1", UPGRADE, "raw-stream"),
    ] {
        let answer = exchange(post(path, upgrade, "")).await;
        assert!(answer.contains(&format!("Content-Type: application/vnd.docker.{declared}\r\n")), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_session_that_cannot_begin_is_an_ordinary_error() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(post("/containers/missing/attach?stdout=1", UPGRADE, "")).await;
    let answer = client.read_to("}\n").await;
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("No such container: missing"), "{answer}");
    client.send(post("/containers/echo/attach?detachKeys=foo", UPGRADE, "")).await;
    assert!(client.read_to("}\n").await.starts_with("HTTP/1.1 400 "));
    client.send(get("/_ping")).await;
    assert!(client.read_all().await.ends_with("OK"));
}

#[tokio::test]
async fn an_exec_with_a_chunked_body_has_a_session() {
    let server = server().await;
    let mut client = server.connect().await;
    let body = "5\r\n{\"Det\r\ne\r\nach\":false}   \r\n0\r\n\r\n";
    client.send(format!("POST /exec/x/start HTTP/1.1\r\nHost: d\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n{body}in")).await;
    client.read_to("\x01\0\0\0\0\0\0\x02in").await;
    client.0.shutdown().await.unwrap();
    assert!(client.read_all().await.ends_with("end\n"));
}

#[tokio::test]
async fn execs_that_nobody_listens_to_or_that_have_run() {
    let answer = exchange(post("/exec/x/start", &format!("{JSON}Connection: close\r\n"), r#"{"Detach":true}"#)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Content-Length: 0\r\n"), "{answer}");
    let answer = exchange(post("/exec/again/start", JSON, "{}")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("Error: Exec command again has already run\r\n"), "{answer}");
}

#[tokio::test]
async fn a_process_that_takes_no_input_does_not_hold_the_client_up() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(post("/containers/deaf/attach?stream=1&stdin=1&stdout=1", UPGRADE, "")).await;
    let (mut read, mut write) = client.0.split();
    let flood = async {
        let piece = [0; 65536];
        while write.write_all(&piece).await.is_ok() {}
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = flood => {}
        read = read.read_to_end(&mut answer) => { read.unwrap(); }
    }
    assert!(answer.ends_with(b"bye\n"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_session() {
    let server = server().await;
    for path in ["/containers/flood/attach?stream=1&stdout=1", "/containers/echo/attach?stream=1&stdin=1"] {
        server.fake.dropped.store(false, Ordering::SeqCst);
        let mut client = server.connect().await;
        client.send(post(path, UPGRADE, "")).await;
        client.read_to("\r\n\r\n").await;
        socket2::SockRef::from(&client.0).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        eventually(|| server.fake.dropped.load(Ordering::SeqCst)).await;
    }
}

#[tokio::test]
async fn a_client_that_closes_its_unix_socket_is_known_to_be_gone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("docker.sock");
    let fake = std::sync::Arc::<Fake>::default();
    let (engine, stop) = (fake.engine(), CancellationToken::new());
    let mut serving = pin!(serve(vec![Listener::bind_unix(&path).unwrap()], engine, HttpSettings::default(), stop));
    let client = async {
        let mut client = tokio::net::UnixStream::connect(&path).await.unwrap();
        client.write_all(post("/containers/silent/attach?stream=1&stdout=1", UPGRADE, "").as_bytes()).await.unwrap();
        let mut head = [0; 12];
        client.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 101");
        client.shutdown().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!fake.dropped.load(Ordering::SeqCst), "half a close is not a close");
        drop(client);
        eventually(|| fake.dropped.load(Ordering::SeqCst)).await;
    };
    tokio::select! {
        () = &mut serving => panic!("the server ends"),
        () = client => {}
    }
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_log() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(get("/containers/x/logs?stdout=1&stderr=1&follow=1")).await;
    client.read_to("err\n").await;
    drop(client);
    eventually(|| server.fake.dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn what_changes_something_goes_on_without_its_client() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(post("/containers/x/stop", "", "")).await;
    drop(client);
    eventually(|| server.fake.stopped.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn wait_sends_its_head_at_once() {
    let server = server().await;
    let mut client = server.connect().await;
    client.send(post("/containers/forever/wait?condition=next-exit", "", "")).await;
    assert!(client.read_to("\r\n\r\n").await.starts_with("HTTP/1.1 200 OK\r\n"));
    let answer = exchange(post("/v1.29/containers/x/wait", "Connection: close\r\n", "")).await;
    assert!(answer.contains("Content-Length: 17\r\n") && answer.ends_with("{\"StatusCode\":3}\n"), "{answer}");
    let refused = exchange(post("/containers/x/wait?condition=foo", "Connection: close\r\n", "")).await;
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains(r#"invalid condition: \"foo\""#), "{refused}");
}

#[tokio::test]
async fn logs_in_frames_and_lines() {
    let answer = exchange(get("/containers/x/logs?stdout=1&stderr=1")).await;
    assert!(answer.contains("Content-Type: application/vnd.docker.multiplexed-stream\r\n"), "{answer}");
    assert!(answer.contains("\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n"), "{answer}");
    let answer = exchange(get("/containers/tty/logs?stdout=1&timestamps=1")).await;
    assert!(answer.contains("2026-11-24T06:32:52.942882636Z out\n"), "{answer}");
    let refused = exchange(get("/containers/x/logs")).await;
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("Bad parameters: you must choose at least one stream"), "{refused}");
}

#[tokio::test]
async fn stopping_ends_what_is_idle_and_waits_for_what_is_not() {
    let server = server().await;
    let mut idle = server.connect().await;
    idle.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n").await;
    idle.read_to("\r\n\r\nOK").await;
    let mut events = server.connect().await;
    events.send(get("/events")).await;
    events.read_to("\r\n\r\n").await;
    let mut session = server.connect().await;
    session.send(post("/containers/echo/attach?stream=1&stdin=1", UPGRADE, "")).await;
    session.read_to("\r\n\r\n").await;

    server.stop.cancel();
    assert_eq!(idle.read_all().await, "");
    assert_eq!(events.read_all().await, "0\r\n\r\n");
    session.send("still here").await;
    session.read_to("still here").await;
    assert!(!server.ended.is_finished());
    session.0.shutdown().await.unwrap();
    session.read_to("end\n").await;
    drop(session);
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("the server drains").unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let server = Server::start(HttpSettings { drain_timeout: Duration::from_millis(50), ..HttpSettings::default() }).await;
    let mut session = server.connect().await;
    session.send(post("/containers/echo/attach?stream=1&stdin=1", UPGRADE, "")).await;
    session.read_to("\r\n\r\n").await;
    server.stop.cancel();
    assert_eq!(session.read_all().await, "");
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("the server ends").unwrap();
}
