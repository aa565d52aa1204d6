//! Many listeners at once, one of which never reads.

use std::time::{Duration, Instant};

use crate::support::http::Connection;
use crate::support::server::Server;

const LISTENERS: usize = 250;

#[test]
fn one_that_never_reads_delays_nobody() {
    let server = Server::memory();
    // Far more than any buffer between us and a client that does not read.
    let line = "x".repeat(1000);
    let id = server.run(&format!("while true; do echo {line}; sleep 0.001; done"));
    let logs = format!("/containers/{id}/logs?follow=1&stdout=1&tail=0");
    let listen = |path: &str| {
        let mut connection = Connection::open(&server.unix()).unwrap();
        connection.request("GET", path, &[], b"").unwrap();
        assert_eq!(connection.head().unwrap().status, 200);
        connection
    };
    let deaf = [listen(&logs), listen("/events")];
    let mut followers: Vec<Connection> = (0..LISTENERS).map(|_| listen(&logs)).collect();
    let mut watchers: Vec<Connection> = (0..LISTENERS).map(|_| listen("/events")).collect();
    let before = server.resident();

    for round in 0..5 {
        let begin = Instant::now();
        for follower in &mut followers {
            follower.until(b"x\n").unwrap();
        }
        let name = format!("/containers/{id}/rename?name=round{round}");
        assert_eq!(server.call("POST", &name, None).head.status, 204);
        for watcher in &mut watchers {
            watcher.until(format!("round{round}").as_bytes()).unwrap();
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "round {round} took {:?}", begin.elapsed());
    }
    let after = server.resident();
    assert!(after < before + (64 << 10), "{after} KiB after {before} KiB");
    drop(deaf);
}
