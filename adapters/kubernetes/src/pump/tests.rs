use std::time::Duration;

use bytes::Bytes;
use domain::TermSize;
use futures_util::{SinkExt, StreamExt, stream};
use ports::{ByteStream, Kind, Output, ProcessEvent, ProcessIo, ProcessStream};
use tokio::io::DuplexStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Plan, Purpose, over};

const SUCCESS: &str = r#"{"metadata":{},"status":"Success"}"#;
const CODE_3: &str = r#"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":"NonZeroExitCode",
    "details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#;
const MISSING: &str = r#"{"metadata":{},"status":"Failure","reason":"InternalError","code":500,
    "message":"Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec: \"nosuch\": executable file not found in $PATH: unknown"}"#;

type Server = WebSocketStream<DuplexStream>;

/// A session with a cluster that the test plays.
async fn open(purpose: Purpose, half_close: bool, stdin: Option<ByteStream>, size: Option<TermSize>) -> (Server, ProcessStream) {
    let (here, there) = tokio::io::duplex(4 << 10);
    let server = WebSocketStream::from_raw_socket(there, Role::Server, None).await;
    let client = WebSocketStream::from_raw_socket(here, Role::Client, None).await;
    let tty = size.is_some();
    let later = stream::iter([TermSize { height: 30, width: 90 }]).chain(stream::pending());
    let plan = Plan { purpose, stdout: true, stderr: true, size, tty, end_input: true };
    (server, over(client, half_close, plan, ProcessIo { stdin, resize: Box::pin(later) }))
}

fn frame(channel: u8, data: impl AsRef<[u8]>) -> Message {
    Message::Binary([&[channel], data.as_ref()].concat().into())
}

fn input(chunks: &[&'static [u8]]) -> Option<ByteStream> {
    let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect();
    Some(Box::pin(stream::iter(chunks)))
}

async fn received(server: &mut Server) -> Vec<u8> {
    loop {
        match server.next().await.unwrap().unwrap() {
            Message::Binary(data) => return data.to_vec(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn output_and_then_the_end() {
    for (status, end) in [(SUCCESS, ProcessEvent::Exited(0)), (CODE_3, ProcessEvent::Exited(3))] {
        let (mut server, session) = open(Purpose::Exec, true, None, None).await;
        for message in [frame(1, ""), frame(1, "out"), frame(2, "err"), frame(3, status), frame(1, "after the end")] {
            server.send(message).await.unwrap();
        }
        let events: Vec<ProcessEvent> = session.map(Result::unwrap).collect().await;
        let output = |output| ProcessEvent::Output(output);
        assert_eq!(events, [output(Output::Stdout("out".into())), output(Output::Stderr("err".into())), end]);
    }
}

#[tokio::test]
async fn a_program_that_is_not_there() {
    let (mut server, mut session) = open(Purpose::Exec, true, None, None).await;
    server.send(frame(3, MISSING)).await.unwrap();
    let Some(Ok(ProcessEvent::Failed { code, message })) = session.next().await else { panic!("it failed") };
    assert_eq!(code, 127);
    assert!(message.starts_with("OCI runtime exec failed") && message.contains("executable file not found"), "{message}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_error_of_a_command_and_the_end_of_an_attach() {
    let (server, mut session) = open(Purpose::Exec, true, None, None).await;
    drop(server);
    assert_eq!(session.next().await.unwrap().unwrap_err().kind, Kind::Unavailable);
    assert!(session.next().await.is_none());

    let (mut server, mut session) = open(Purpose::Attach, true, None, None).await;
    server.send(frame(3, SUCCESS)).await.unwrap();
    assert!(session.next().await.is_none());
}

#[tokio::test]
async fn a_container_that_ended_meanwhile_is_a_conflict() {
    let gone = r#"{"metadata":{},"status":"Failure","message":"Internal error occurred: container main not found in pod x"}"#;
    for purpose in [Purpose::Exec, Purpose::Attach] {
        let (mut server, mut session) = open(purpose, true, None, None).await;
        server.send(frame(3, gone)).await.unwrap();
        assert_eq!(session.next().await.unwrap().unwrap_err().kind, Kind::Conflict);
    }
}

#[tokio::test]
async fn input_is_followed_by_its_end() {
    let (mut server, _session) = open(Purpose::Exec, true, input(&[b"one", b"", b"two"]), None).await;
    assert_eq!(received(&mut server).await, b"\0one");
    assert_eq!(received(&mut server).await, b"\0two");
    assert_eq!(received(&mut server).await, [255, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_old_cluster_is_not_told_the_end_of_input() {
    let (mut server, _session) = open(Purpose::Exec, false, input(&[b"x"]), None).await;
    assert_eq!(received(&mut server).await, b"\0x");
    assert!(timeout(Duration::from_secs(20), server.next()).await.is_err());
}

#[tokio::test]
async fn sizes_of_a_terminal() {
    let (mut server, _session) = open(Purpose::Exec, true, None, Some(TermSize { height: 24, width: 80 })).await;
    assert_eq!(received(&mut server).await, b"\x04{\"Width\":80,\"Height\":24}");
    assert_eq!(received(&mut server).await, b"\x04{\"Width\":90,\"Height\":30}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_kept_open() {
    let (mut server, _session) = open(Purpose::Exec, true, None, None).await;
    assert!(matches!(timeout(Duration::from_secs(31), server.next()).await, Ok(Some(Ok(Message::Ping(_))))));
}

/// A process that prints much more than it reads, to a client that feeds it at the same time.
#[tokio::test]
async fn input_and_output_do_not_wait_for_each_other() {
    const CHUNK: &[u8] = &[7; 64 << 10];
    let (server, session) = open(Purpose::Exec, true, input(&[CHUNK; 16]), None).await;
    let (mut sink, mut source) = server.split();
    let playing = async {
        for _ in 0..64 {
            sink.send(frame(1, CHUNK)).await.unwrap();
        }
        while source.next().await.unwrap().unwrap().into_data() != [255, 0][..] {}
        sink.send(frame(3, SUCCESS)).await.unwrap();
    };
    let reading = session.fold(0, |total, event| async move {
        match event.unwrap() {
            ProcessEvent::Output(output) => total + output.bytes().len(),
            _ => total,
        }
    });
    let both = async { tokio::join!(playing, reading) };
    let ((), total) = timeout(Duration::from_secs(10), both).await.expect("neither direction blocks the other");
    assert_eq!(total, 64 * CHUNK.len());
}

#[tokio::test]
async fn dropping_a_session_closes_its_connection() {
    let (mut server, session) = open(Purpose::Exec, true, Some(Box::pin(stream::pending())), None).await;
    drop(session);
    let end = timeout(Duration::from_secs(5), server.next()).await.expect("the connection is closed");
    assert!(!matches!(end, Some(Ok(Message::Binary(_)))));
}
