//! Sessions with a container's own process, and commands executed beside it.

use std::sync::Arc;

use bytes::Bytes;
use domain::{ExecSpec, Run, Workload};
use futures_util::{StreamExt, stream};

use super::trial::{BOTH, End, Printed, Trial, exec_of, input, no_sizes, open_input};
use crate::{AttachPlan, Kind, ProcessEvent, ProcessIo, WorkloadState};

const BOTH_STREAMS: &str = "echo out; echo err >&2; exit 3";

/// What [`BOTH_STREAMS`] prints is complete, and apart where the backend can tell.
fn assert_both(trial: &Trial, printed: &Printed) {
    if trial.abilities().separates {
        assert_eq!((printed.out().as_str(), printed.err().as_str()), ("out\n", "err\n"));
    } else {
        let mut lines: Vec<String> = [printed.out(), printed.err()].iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
    }
}

pub(super) async fn attaches_from_the_start(trial: Arc<Trial>) {
    let run = trial.launch(&trial.script(BOTH_STREAMS)).await;
    trial.state(&run, |state| !matches!(state, WorkloadState::Waiting(_))).await;
    let (printed, end) = trial.collect(trial.attach(&run, BOTH, None).await).await;
    assert_both(&trial, &printed);
    assert_eq!(end, End::Silent);
    assert_eq!(trial.ended(&run).await.code, 3);
}

pub(super) async fn attaches_from_the_start_after_the_end(trial: Arc<Trial>) {
    let run = trial.launch(&trial.script(BOTH_STREAMS)).await;
    assert_eq!(trial.ended(&run).await.code, 3);
    let (printed, end) = trial.collect(trial.attach(&run, BOTH, None).await).await;
    assert_both(&trial, &printed);
    assert_eq!(end, End::Silent);
}

pub(super) async fn attaches_to_one_stream_only(trial: Arc<Trial>) {
    let workload = Workload { stdin: true, stdin_once: true, ..trial.script("read go; echo out; echo err >&2") };
    let run = trial.running(&workload).await;
    let plan = AttachPlan { stdout: false, from_start: false, ..BOTH };
    let (printed, _) = trial.collect(trial.attach(&run, plan, Some(input(b"go\n"))).await).await;
    assert_eq!((printed.out().as_str(), printed.err().as_str()), ("", "err\n"));
}

/// `docker run -i cat` with something piped into it: the end of the pipe is the end of its input.
pub(super) async fn passes_input_and_its_end(trial: Arc<Trial>) {
    let workload = Workload { stdin: true, stdin_once: true, ..trial.command(&["cat"]) };
    let run = trial.running(&workload).await;
    let (printed, _) = trial.collect(trial.attach(&run, BOTH, Some(input(b"one\ntwo"))).await).await;
    assert_eq!(printed.out(), "one\ntwo");
    assert_eq!(trial.ended(&run).await.code, 0);
}

pub(super) async fn attaches_twice(trial: Arc<Trial>) {
    let workload = Workload { stdin: true, stdin_once: true, ..trial.script("while read line; do echo \"got $line\"; done; echo end") };
    let run = trial.running(&workload).await;
    let mut watcher = trial.attach(&run, BOTH, None).await;
    let mut other = trial.attach(&run, BOTH, None).await;
    let session = trial.attach(&run, BOTH, Some(input(b"a\n"))).await;
    trial.expect(&mut other, "got a\n").await;
    drop(other);
    trial.expect(&mut watcher, "got a\nend\n").await;
    let (printed, _) = trial.collect(session).await;
    assert_eq!(printed.out(), "got a\nend\n");
}

async fn host(trial: &Trial) -> Run {
    let workload = Workload { env: [("FROM".to_owned(), "container".to_owned())].into(), ..trial.command(&["sleep", "600"]) };
    trial.running(&workload).await
}

pub(super) async fn executes_with_exit_codes(trial: Arc<Trial>) {
    let run = host(&trial).await;
    for code in [0, 3, 137] {
        let script = format!("exit {code}");
        let (printed, end) = trial.exec(&run, &exec_of(&["sh", "-c", &script]), None).await;
        assert_eq!((printed, end), (Printed::default(), End::Exited(code)));
    }
}

pub(super) async fn executes_with_streams_apart(trial: Arc<Trial>) {
    let run = host(&trial).await;
    let (printed, end) = trial.exec(&run, &exec_of(&["sh", "-c", BOTH_STREAMS]), None).await;
    assert_eq!((printed.out().as_str(), printed.err().as_str()), ("out\n", "err\n"));
    assert_eq!(end, End::Exited(3));
    let awkward = exec_of(&["printf", "[%s]", "$(FROM) $$", "", "a  b"]);
    assert_eq!(trial.exec(&run, &awkward, None).await.0.out(), "[$(FROM) $$][][a  b]");
}

pub(super) async fn executes_without_input(trial: Arc<Trial>) {
    let run = host(&trial).await;
    let silent = ExecSpec { attach_stdin: false, ..exec_of(&["cat"]) };
    assert_eq!(trial.exec(&run, &silent, None).await, (Printed::default(), End::Exited(0)));
    let (printed, end) = trial.exec(&run, &exec_of(&["cat"]), Some(input(b"half\nclosed"))).await;
    assert_eq!((printed.out().as_str(), end), ("half\nclosed", End::Exited(0)));
}

/// More than any buffer on the way holds, through a process that stops reading when nobody takes its output.
pub(super) async fn executes_both_ways_at_once(trial: Arc<Trial>) {
    const CHUNK: usize = 32 << 10;
    const CHUNKS: usize = 256;
    let run = host(&trial).await;
    let chunks = stream::iter((0..CHUNKS).map(|index| Ok(Bytes::from(vec![u8::try_from(index % 251).unwrap_or(0); CHUNK]))));
    let (printed, end) = trial.exec(&run, &exec_of(&["cat"]), Some(Box::pin(chunks))).await;
    assert_eq!(end, End::Exited(0));
    assert_eq!(printed.out.len(), CHUNK * CHUNKS);
    let intact = printed.out.chunks(CHUNK).enumerate().all(|(index, chunk)| chunk.iter().all(|byte| usize::from(*byte) == index % 251));
    assert!(intact, "bytes were changed or came in another order");
}

pub(super) async fn executes_a_missing_program_with_127(trial: Arc<Trial>) {
    let run = host(&trial).await;
    let (_, end) = trial.exec(&run, &exec_of(&["no-such-program"]), None).await;
    let End::Failed(code, message) = end else { panic!("it should fail and is {end:?}") };
    assert_eq!(code, 127, "{message}");
    assert!(message.contains("no-such-program"), "the message does not name the program: {message}");
    let (_, end) = trial.exec(&run, &exec_of(&["/etc/passwd"]), None).await;
    assert!(matches!(end, End::Failed(126, _)), "a file that is no program should fail with 126: {end:?}");
}

/// What a backend cannot honour it refuses.
pub(super) async fn executes_in_its_own_surroundings(trial: Arc<Trial>) {
    let run = host(&trial).await;
    let script = "echo \"$FROM $OWN\"; pwd";
    let exec = ExecSpec { env: vec!["OWN=$(FROM) x".to_owned()], working_dir: "/tmp".to_owned(), ..exec_of(&["sh", "-c", script]) };
    let started = trial.fixture.processes.exec(&run, &exec, ProcessIo { stdin: None, resize: no_sizes() });
    match trial.step("the start of an exec", started).await {
        Ok(stream) => {
            let (printed, end) = trial.collect(stream).await;
            assert_eq!((printed.out().as_str(), end), ("container $(FROM) x\n/tmp\n", End::Exited(0)));
        }
        Err(error) => assert_eq!(error.kind, Kind::Unsupported, "{error}"),
    }
}

pub(super) async fn executes_beside_a_dropped_one(trial: Arc<Trial>) {
    let run = host(&trial).await;
    let flood = exec_of(&["sh", "-c", "while true; do echo flood; done"]);
    let io = ProcessIo { stdin: Some(open_input(b"")), resize: no_sizes() };
    let mut stream = trial.fixture.processes.exec(&run, &flood, io).await.expect("an exec is accepted");
    let first = trial.step("output", stream.next()).await;
    assert!(matches!(first, Some(Ok(ProcessEvent::Output(_)))), "{first:?}");
    drop(stream);
    let (printed, end) = trial.exec(&run, &exec_of(&["echo", "next"]), None).await;
    assert_eq!((printed.out().as_str(), end), ("next\n", End::Exited(0)));
}

pub(super) async fn executes_nothing_in_an_ended_run(trial: Arc<Trial>) {
    let run = trial.launch(&trial.script("exit 0")).await;
    trial.ended(&run).await;
    for run in [run, trial.stranger()] {
        let exec = exec_of(&["true"]);
        let started = trial.fixture.processes.exec(&run, &exec, ProcessIo { stdin: None, resize: no_sizes() });
        match trial.step("the start of an exec", started).await {
            Err(error) => assert!(matches!(error.kind, Kind::NotFound | Kind::Conflict), "{error}"),
            Ok(_) => panic!("a command was executed where nothing runs"),
        }
    }
}
