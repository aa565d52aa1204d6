//! The server as a process: how it ends, and when it does not begin.

use std::os::unix::process::ExitStatusExt;

use serde_json::json;

use crate::support::http::Connection;
use crate::support::server::{Server, binary, free_address};
use crate::support::wait;

#[test]
fn a_signal_ends_it_with_128_and_its_number() {
    for (signal, number) in [("TERM", 15), ("INT", 2), ("QUIT", 3)] {
        let mut server = Server::memory();
        server.run("sleep 600");
        server.signal(signal);
        let status = wait::until("the server ends", || server.ended());
        assert_eq!((status.code(), status.signal()), (Some(128 + number), None), "SIG{signal}: {}", server.log());
        assert!(!server.socket_path().exists(), "SIG{signal}: the socket is still there");
    }
}

#[test]
fn a_request_that_was_begun_is_answered_before_it_ends() {
    let mut server = Server::memory();
    let id = server.run("sleep 1; exit 8");
    let mut connection = Connection::open(&server.unix()).unwrap();
    connection.request("POST", &format!("/containers/{id}/wait"), &[], b"").unwrap();
    let head = connection.head().unwrap();
    server.signal("TERM");
    let body = connection.body(&head).unwrap();
    assert!(String::from_utf8_lossy(&body).contains("\"StatusCode\":8"), "{:?}", String::from_utf8_lossy(&body));
    wait::until("the server ends", || server.ended());
}

#[test]
fn after_the_signal_nobody_is_let_in() {
    let mut server = Server::memory();
    server.signal("TERM");
    wait::until("the server ends", || server.ended());
    assert!(Connection::open(&server.unix()).is_err());
    assert!(Connection::open(&server.tcp()).is_err());
}

#[test]
fn a_taken_port_ends_it_at_once() {
    let server = Server::memory();
    let taken = server.tcp_address().to_string();
    let output = binary().args(["server", "--backend", "memory", "--listen-addr", &taken]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(&taken), "{stderr}");
    assert_eq!(server.call("GET", "/containers/json", None).json(), json!([]));
}

#[test]
fn without_a_cluster_it_says_what_needs_none() {
    let address = free_address().to_string();
    let output = binary().args(["server", "--listen-addr", &address, "--kubeconfig", "/nonsense"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("--backend memory"), "{stderr}");
}
