//! Attach and exec as bytes on a socket: what clients other than the docker command line do.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::support::frames::{Printed, demultiplex};
use crate::support::http::{Address, Connection, encode};
use crate::support::server::Server;
use crate::support::wait;

const UPGRADE: [(&str, &str); 2] = [("Connection", "Upgrade"), ("Upgrade", "tcp")];
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Plays a test over the unix socket and over TCP.
fn on_both(test: fn(&Server, &Address)) {
    let server = Server::memory();
    test(&server, &server.unix());
    test(&server, &server.tcp());
}

fn reader() -> Value {
    json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "StdinOnce": true, "AttachStdin": true})
}

fn exec(server: &Server, container: &str, config: &Value) -> String {
    let created = server.call("POST", &format!("/containers/{container}/exec"), Some(config));
    assert_eq!(created.head.status, 201, "{}", created.text());
    created.json()["Id"].as_str().unwrap().to_owned()
}

fn stdout(text: &str) -> Option<Printed> {
    Some(Printed { stdout: text.as_bytes().to_vec(), stderr: Vec::new() })
}

#[test]
fn input_in_the_packet_of_the_request_is_not_lost() {
    on_both(|server, address| {
        let id = server.create(&reader());
        let mut connection = Connection::open(address).unwrap();
        let request = encode("POST", &format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1"), &UPGRADE, b"");
        connection.send(&[&request[..], b"early "].concat()).unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        assert_eq!(server.call("POST", &format!("/containers/{id}/start"), None).head.status, 204);
        connection.send(b"late").unwrap();
        connection.half_close().unwrap();
        assert_eq!(demultiplex(&connection.rest().unwrap()), stdout("early late"));
    });
}

#[test]
fn a_connection_kept_alive_can_be_taken_over_without_an_upgrade() {
    on_both(|server, address| {
        let container = server.run("sleep 600");
        let config = json!({"Cmd": ["cat"], "AttachStdin": true, "AttachStdout": true, "AttachStderr": true});
        let id = exec(server, &container, &config);
        let mut connection = Connection::open(address).unwrap();
        for _ in 0..3 {
            connection.request("GET", "/_ping", &[], b"").unwrap();
            assert_eq!(connection.answer("GET").unwrap().body, b"OK");
        }
        // The body in two chunks, and input right behind it.
        let body = b"5\r\n{\"Tty\r\n8\r\n\":false}\r\n0\r\n\r\nearly ";
        connection.request("POST", &format!("/exec/{id}/start"), &[JSON, ("Transfer-Encoding", "chunked")], body).unwrap();
        let head = connection.head().unwrap();
        assert_eq!((head.status, head.get("content-type")), (200, Some("application/vnd.docker.raw-stream")));
        assert_eq!((head.get("content-length"), head.get("transfer-encoding")), (None, None));
        connection.send(b"late").unwrap();
        connection.half_close().unwrap();
        assert_eq!(demultiplex(&connection.rest().unwrap()), stdout("early late"));
    });
}

#[test]
fn output_goes_on_after_the_half_close() {
    on_both(|server, address| {
        let container = server.run("sleep 600");
        let config = json!({"Cmd": ["sh", "-c", "cat; sleep 0.3; echo end"], "AttachStdin": true, "AttachStdout": true});
        let id = exec(server, &container, &config);
        let mut connection = Connection::open(address).unwrap();
        let headers = [UPGRADE[0], UPGRADE[1], JSON];
        connection.request("POST", &format!("/exec/{id}/start"), &headers, b"{}").unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        connection.send(b"input\n").unwrap();
        connection.half_close().unwrap();
        assert_eq!(demultiplex(&connection.rest().unwrap()), stdout("input\nend\n"));
        let state = server.call("GET", &format!("/exec/{id}/json"), None).json();
        assert_eq!((&state["Running"], &state["ExitCode"]), (&json!(false), &json!(0)));
    });
}

#[test]
fn a_client_that_closes_in_the_packet_of_the_request_is_answered() {
    on_both(|server, address| {
        let container = server.run("sleep 600");
        let id = exec(server, &container, &json!({"Cmd": ["echo", "hi"], "AttachStdout": true}));
        let mut connection = Connection::open(address).unwrap();
        connection.request("POST", &format!("/exec/{id}/start"), &[UPGRADE[0], UPGRADE[1], JSON], b"{}").unwrap();
        connection.half_close().unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        assert_eq!(demultiplex(&connection.rest().unwrap()), stdout("hi\n"));
    });
}

#[test]
fn many_bytes_go_both_ways_at_once() {
    on_both(|server, address| {
        const LENGTH: usize = 8 << 20;
        let container = server.run("sleep 600");
        let id = exec(server, &container, &json!({"Cmd": ["cat"], "AttachStdin": true, "AttachStdout": true, "Tty": false}));
        let mut connection = Connection::open(address).unwrap();
        connection.request("POST", &format!("/exec/{id}/start"), &[UPGRADE[0], UPGRADE[1], JSON], b"{}").unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        let sent: Vec<u8> = (0..LENGTH).map(|index| (index % 251) as u8).collect();
        let mut writer = connection.another_handle().unwrap();
        let received = std::thread::scope(|scope| {
            scope.spawn(|| {
                writer.send(&sent).unwrap();
                writer.half_close().unwrap();
            });
            connection.rest().unwrap()
        });
        let printed = demultiplex(&received).unwrap();
        assert!(printed.stdout == sent && printed.stderr.is_empty(), "{} bytes came back", printed.stdout.len());
    });
}

#[test]
fn detach_keys_end_the_session_and_not_the_process() {
    on_both(|server, address| {
        let id = server.create(&json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "Tty": true}));
        assert_eq!(server.call("POST", &format!("/containers/{id}/start"), None).head.status, 204);
        let mut connection = Connection::open(address).unwrap();
        let path = format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1&detachKeys=ctrl-x");
        connection.request("POST", &path, &UPGRADE, b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        connection.send(b"\x18").unwrap();
        connection.rest().unwrap();
        assert_eq!(server.call("GET", &format!("/containers/{id}/json"), None).json()["State"]["Running"], true);
    });
}

#[test]
fn two_sessions_see_the_same_output() {
    on_both(|server, address| {
        let id = server.create(&json!({"Image": "alpine", "Cmd": ["sh", "-c", "echo out; echo err >&2"]}));
        let mut sessions: Vec<Connection> = (0..2)
            .map(|_| {
                let mut connection = Connection::open(address).unwrap();
                connection.request("POST", &format!("/containers/{id}/attach?stream=1&stdout=1&stderr=1"), &UPGRADE, b"").unwrap();
                assert_eq!(connection.head().unwrap().status, 101);
                connection
            })
            .collect();
        assert_eq!(server.call("POST", &format!("/containers/{id}/start"), None).head.status, 204);
        for session in &mut sessions {
            let printed = demultiplex(&session.rest().unwrap()).unwrap();
            assert_eq!((&printed.stdout[..], &printed.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
        }
    });
}

#[test]
fn logs_follow_line_by_line() {
    on_both(|server, address| {
        let id = server.run("echo one; sleep 0.3; echo two");
        let mut connection = Connection::open(address).unwrap();
        connection.request("GET", &format!("/containers/{id}/logs?follow=1&stdout=1"), &[], b"").unwrap();
        let head = connection.head().unwrap();
        assert_eq!((head.status, head.get("transfer-encoding")), (200, Some("chunked")));
        let mut frames = Vec::new();
        while let Some(chunk) = connection.chunk().unwrap() {
            frames.extend(chunk);
        }
        assert_eq!(demultiplex(&frames), stdout("one\ntwo\n"));
        // The connection is still good.
        connection.request("GET", "/_ping", &[], b"").unwrap();
        assert_eq!(connection.answer("GET").unwrap().body, b"OK");
    });
}

#[test]
fn wait_sends_its_head_at_once() {
    on_both(|server, address| {
        let id = server.run("sleep 600");
        let mut connection = Connection::open(address).unwrap();
        connection.request("POST", &format!("/containers/{id}/wait?condition=next-exit"), &[], b"").unwrap();
        let head = connection.head().unwrap();
        assert_eq!(head.status, 200);
        assert_eq!(server.call("POST", &format!("/containers/{id}/kill"), None).head.status, 204);
        let body: Value = serde_json::from_slice(&connection.body(&head).unwrap()).unwrap();
        assert_eq!(body["StatusCode"], 137);
    });
}

#[test]
fn a_body_is_awaited_after_100_continue() {
    on_both(|_, address| {
        let body = br#"{"Image": "alpine"}"#;
        let mut connection = Connection::open(address).unwrap();
        let headers = [JSON, ("Expect", "100-continue"), ("Content-Length", "19")];
        connection.request("POST", "/containers/create", &headers, b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 100);
        connection.send(body).unwrap();
        assert_eq!(connection.answer("POST").unwrap().head.status, 201);
    });
}

#[test]
fn a_resize_reaches_a_terminal() {
    let server = Server::memory();
    let id = server.create(&json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true, "Tty": true}));
    assert_eq!(server.call("POST", &format!("/containers/{id}/start"), None).head.status, 204);
    assert_eq!(server.call("POST", &format!("/containers/{id}/resize?h=30&w=100"), None).head.status, 200);
    wait::until("the event", || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        let events = server.call("GET", &format!("/events?since=0&until={now:.9}"), None).text();
        (events.contains("\"height\":\"30\"") && events.contains("\"width\":\"100\"")).then_some(())
    });
}
