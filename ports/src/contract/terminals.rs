//! Processes with a terminal.

use std::sync::Arc;

use domain::{ExecSpec, TermSize, Workload};
use futures_util::{StreamExt, stream};

use super::trial::{End, Trial, exec_of, open_input};
use crate::{AttachPlan, ProcessIo};

const TERMINAL: AttachPlan = AttachPlan { stdout: true, stderr: true, tty: true, from_start: true };

fn on_a_terminal(workload: Workload) -> Workload {
    Workload { tty: true, stdin: true, ..workload }
}

pub(super) async fn merges_streams(trial: Arc<Trial>) {
    let run = trial.running(&on_a_terminal(trial.script("echo out; echo err >&2; read wait"))).await;
    let session = trial.attach(&run, TERMINAL, Some(open_input(b"\n"))).await;
    let (printed, _) = trial.collect(session).await;
    assert!(printed.out().replace("\r\n\r\n", "\r\n").contains("out\r\nerr\r\n"), "{:?}", printed.out());
    assert_eq!(printed.err(), "");
    assert_eq!(trial.ended(&run).await.code, 0);
}

/// The terminal repeats what is typed, and turns the end of a line and Ctrl-D into what programs expect.
pub(super) async fn echoes_what_is_typed(trial: Arc<Trial>) {
    let run = trial.running(&on_a_terminal(trial.command(&["cat"]))).await;
    let mut session = trial.attach(&run, TERMINAL, Some(open_input(b"abc\r"))).await;
    trial.expect(&mut session, "abc\r\nabc\r\n").await;
    drop(session);
    let session = trial.attach(&run, TERMINAL, Some(open_input(b"\x04"))).await;
    trial.collect(session).await;
    assert_eq!(trial.ended(&run).await.code, 0);
}

pub(super) async fn interrupts(trial: Arc<Trial>) {
    let script = "trap 'echo caught; exit 6' INT; echo ready; while true; do sleep 0.1; done";
    let run = trial.running(&on_a_terminal(trial.script(script))).await;
    trial.printed(&run, "ready").await;
    let (printed, _) = trial.collect(trial.attach(&run, TERMINAL, Some(open_input(b"\x03"))).await).await;
    assert!(printed.out().contains("caught\r\n"), "{:?}", printed.out());
    assert_eq!(trial.ended(&run).await.code, 6);
}

pub(super) async fn learns_its_size(trial: Arc<Trial>) {
    let run = trial.running(&trial.command(&["sleep", "600"])).await;
    let script = "while [ \"$(stty size 2>/dev/null)\" != '33 44' ]; do sleep 0.1; done; echo resized";
    let exec = ExecSpec { tty: true, size: Some(TermSize { height: 10, width: 20 }), ..exec_of(&["sh", "-c", script]) };
    let sizes = stream::iter([TermSize { height: 33, width: 44 }]).chain(stream::pending());
    let io = ProcessIo { stdin: Some(open_input(b"")), resize: Box::pin(sizes) };
    let stream = trial.step("the start of an exec", trial.fixture.processes.exec(&run, &exec, io)).await;
    let (printed, end) = trial.collect(stream.expect("an exec is accepted")).await;
    assert_eq!((printed.out().as_str(), end), ("resized\r\n", End::Exited(0)));
}

pub(super) async fn executes_on_a_terminal(trial: Arc<Trial>) {
    let run = trial.running(&trial.command(&["sleep", "600"])).await;
    let exec = ExecSpec { tty: true, ..exec_of(&["sh", "-c", "echo out; echo err >&2; exit 3"]) };
    let (printed, end) = trial.exec(&run, &exec, Some(open_input(b""))).await;
    assert_eq!((printed.out().as_str(), printed.err().as_str()), ("out\r\nerr\r\n", ""));
    assert_eq!(end, End::Exited(3));
}
