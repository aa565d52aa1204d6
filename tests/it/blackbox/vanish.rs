//! Clients that go away in the middle: nothing is leaked, and what they began in full is done.

use serde_json::json;

use crate::support::http::{Connection, encode};
use crate::support::server::Server;
use crate::support::wait;

const ROUNDS: usize = 20;
const UPGRADE: [(&str, &str); 2] = [("Connection", "Upgrade"), ("Upgrade", "tcp")];
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Plays `begin` many times, each time with a connection that is closed afterwards, and expects that nothing stays behind.
fn assert_nothing_leaks(server: &Server, what: &str, mut begin: impl FnMut(&mut Connection)) {
    // What is made once, by the first of its kind, is no leak.
    begin(&mut Connection::open(&server.unix()).unwrap());
    let settled = || {
        let files = server.open_files();
        (files == server.open_files()).then_some(files)
    };
    let before = wait::until("open files do not change", settled);
    for _ in 0..ROUNDS {
        begin(&mut Connection::open(&server.unix()).unwrap());
        begin(&mut Connection::open(&server.tcp()).unwrap());
    }
    wait::until(&format!("{what}: open files are as before"), || (server.open_files() <= before).then_some(()));
    wait::until_equal(&format!("{what}: listeners"), &json!(0), || server.call("GET", "/info", None).json()["NEventsListener"].clone());
}

#[test]
fn in_the_middle_of_a_create() {
    let server = Server::memory();
    let body = br#"{"Image": "alpine", "Labels": {"half": "true"}}"#;
    let request = encode("POST", "/containers/create", &[JSON], body);
    assert_nothing_leaks(&server, "half a body", |connection| connection.send(&request[..request.len() - 10]).unwrap());
    assert_eq!(server.call("GET", "/containers/json?all=1", None).json(), json!([]));
    // A whole request counts, whether or not somebody waits for the answer.
    for _ in 0..ROUNDS {
        Connection::open(&server.unix()).unwrap().send(&request).unwrap();
    }
    wait::until_equal("the number of containers", &Some(ROUNDS), || {
        server.call("GET", "/containers/json?all=1", None).json().as_array().map(Vec::len)
    });
}

#[test]
fn in_the_middle_of_a_start() {
    let server = Server::memory();
    let mut ids = Vec::new();
    assert_nothing_leaks(&server, "start", |connection| {
        let id = server.create(&json!({"Image": "alpine", "Cmd": ["true"]}));
        connection.request("POST", &format!("/containers/{id}/start"), &[], b"").unwrap();
        ids.push(id);
    });
    for id in ids {
        wait::until_equal("the state", &json!("exited"), || {
            server.call("GET", &format!("/containers/{id}/json"), None).json()["State"]["Status"].clone()
        });
    }
}

#[test]
fn in_the_middle_of_an_attach() {
    let server = Server::memory();
    let id = server.create(&json!({"Image": "alpine", "Cmd": ["cat"], "OpenStdin": true}));
    assert_eq!(server.call("POST", &format!("/containers/{id}/start"), None).head.status, 204);
    assert_nothing_leaks(&server, "attach", |connection| {
        connection.request("POST", &format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1"), &UPGRADE, b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        connection.send(b"half a line").unwrap();
    });
    assert_eq!(server.call("GET", &format!("/containers/{id}/json"), None).json()["State"]["Running"], true);
}

#[test]
fn in_the_middle_of_an_exec() {
    let server = Server::memory();
    let container = server.run("sleep 600");
    assert_nothing_leaks(&server, "exec", |connection| {
        let config = json!({"Cmd": ["sh", "-c", "echo begun; cat"], "AttachStdin": true, "AttachStdout": true});
        let created = server.call("POST", &format!("/containers/{container}/exec"), Some(&config)).json();
        let path = format!("/exec/{}/start", created["Id"].as_str().unwrap());
        connection.request("POST", &path, &[UPGRADE[0], UPGRADE[1], JSON], b"{}").unwrap();
        assert_eq!(connection.head().unwrap().status, 101);
        connection.until(b"begun").unwrap();
    });
    // Its input has ended with the client, so that each of them ends.
    wait::until_equal("running execs", &json!(null), || {
        server.call("GET", &format!("/containers/{container}/json"), None).json()["ExecIDs"].clone()
    });
}

#[test]
fn in_the_middle_of_a_log() {
    let server = Server::memory();
    let quiet = server.run("echo once; sleep 600");
    let chatty = server.run("while true; do echo again; sleep 0.01; done");
    for id in [quiet, chatty] {
        assert_nothing_leaks(&server, "logs", |connection| {
            connection.request("GET", &format!("/containers/{id}/logs?follow=1&stdout=1&stderr=1"), &[], b"").unwrap();
            connection.until(b"\n").unwrap();
        });
    }
}

#[test]
fn in_the_middle_of_a_wait() {
    let server = Server::memory();
    let id = server.run("sleep 600");
    assert_nothing_leaks(&server, "wait", |connection| {
        connection.request("POST", &format!("/containers/{id}/wait"), &[], b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 200);
    });
}

#[test]
fn in_the_middle_of_events() {
    let server = Server::memory();
    assert_nothing_leaks(&server, "events", |connection| {
        connection.request("GET", "/events", &[], b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 200);
    });
}

#[test]
fn in_the_middle_of_a_head() {
    let server = Server::memory();
    assert_nothing_leaks(&server, "half a head", |connection| connection.send(b"GET /_ping HTTP/1.1\r\nHo").unwrap());
}
