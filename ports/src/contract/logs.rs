//! What the log keeps, and which parts of it can be asked for.

use std::sync::Arc;
use std::time::Duration;

use domain::{Run, Timestamp, Workload};
use futures_util::StreamExt;

use super::trial::{Printed, Trial, input, whole};
use crate::{AttachPlan, Kind, LogQuery, Output};

async fn printing(trial: &Trial, script: &str) -> Run {
    let run = trial.launch(&trial.script(script)).await;
    trial.ended(&run).await;
    run
}

/// A run that prints `one` and then waits for input.
async fn waiting(trial: &Trial) -> Run {
    let script = "echo one; read go; echo two; echo three >&2; exit 0";
    let run = trial.running(&Workload { stdin: true, stdin_once: true, ..trial.script(script) }).await;
    trial.printed(&run, "one\n").await;
    run
}

/// Lets it go on.
async fn release(trial: &Trial, run: &Run) {
    let plan = AttachPlan { stdout: true, stderr: true, tty: false, from_start: false };
    trial.collect(trial.attach(run, plan, Some(input(b"go\n"))).await).await;
}

pub(super) async fn tells_everything_from_the_first_byte(trial: Arc<Trial>) {
    let run = printing(&trial, "echo first; echo last").await;
    assert_eq!(trial.log(&run, &whole()).await.out(), "first\nlast\n");
}

pub(super) async fn keeps_the_last_line_without_its_end(trial: Arc<Trial>) {
    let run = printing(&trial, "printf 'a\\n\\nb'").await;
    assert_eq!(trial.log(&run, &whole()).await.out(), "a\n\nb");
    let lines = lines(&trial, &run, LogQuery { timestamps: true, ..whole() }).await;
    assert_eq!(texts(&lines), ["a\n", "\n", "b"]);
}

pub(super) async fn tails(trial: Arc<Trial>) {
    let run = printing(&trial, "for n in 1 2 3 4 5; do echo $n; done").await;
    for (tail, expected) in [(0, ""), (1, "5\n"), (2, "4\n5\n"), (9, "1\n2\n3\n4\n5\n")] {
        let query = LogQuery { tail: Some(tail), ..whole() };
        assert_eq!(trial.log(&run, &query).await.out(), expected, "the last {tail}");
    }
}

pub(super) async fn tails_and_follows(trial: Arc<Trial>) {
    let run = waiting(&trial).await;
    let query = LogQuery { follow: true, tail: Some(0), ..whole() };
    let mut following = trial.fixture.logs.read(&run, &query).await.expect("the log can be read");
    // Whoever asks for nothing of the past sees what is printed from now on; the first poll makes sure that now is now.
    let early = tokio::time::timeout(Duration::from_millis(500), following.next()).await;
    assert!(early.is_err(), "the past was not asked for: {early:?}");
    release(&trial, &run).await;
    let mut printed = Printed::default();
    let reading = async {
        while let Some(line) = following.next().await {
            printed.add(&line.expect("no error in the middle").output);
        }
    };
    trial.step("following", reading).await;
    let mut all = printed.out() + &printed.err();
    all = all.replace("three\n", "");
    assert_eq!(all, "two\n");
}

async fn lines(trial: &Trial, run: &Run, query: LogQuery) -> Vec<(Option<Timestamp>, Output)> {
    let reading = async {
        let lines = trial.fixture.logs.read(run, &query).await.expect("the log can be read");
        lines.map(|line| line.expect("no error in the middle")).map(|line| (line.time, line.output)).collect().await
    };
    trial.step("reading a log", reading).await
}

fn texts(lines: &[(Option<Timestamp>, Output)]) -> Vec<String> {
    lines.iter().map(|(_, output)| String::from_utf8_lossy(output.bytes()).into_owned()).collect()
}

pub(super) async fn bounds_by_time(trial: Arc<Trial>) {
    let run = printing(&trial, "echo 1; sleep 0.2; echo 2; sleep 1.2; echo 3").await;
    let query = LogQuery { timestamps: true, ..whole() };
    let all = lines(&trial, &run, query).await;
    assert_eq!(texts(&all), ["1\n", "2\n", "3\n"]);
    let times: Vec<Timestamp> = all.iter().map(|(time, _)| time.expect("the query asked for times")).collect();
    assert!(times.is_sorted_by(|earlier, later| earlier < later), "{times:?}");

    let next = |time: Timestamp, nanos: i64| Some(Timestamp::from_nanos(time.as_nanos() + nanos));
    let cases: [(_, _, &[&str]); 6] = [
        (next(times[1], 0), None, &["2\n", "3\n"]),
        (next(times[1], 1), None, &["3\n"]),
        (None, next(times[1], 0), &["1\n", "2\n"]),
        (None, next(times[1], -1), &["1\n"]),
        (next(times[0], 1), next(times[2], -1), &["2\n"]),
        (next(times[2], 1), None, &[]),
    ];
    for (since, until, expected) in cases {
        let query = LogQuery { since, until, ..query };
        assert_eq!(texts(&lines(&trial, &run, query).await), expected, "{query:?} of {times:?}");
    }
    let plain = LogQuery { since: next(times[1], 1), ..whole() };
    assert_eq!(trial.log(&run, &plain).await.out(), "3\n", "without times in the answer");
}

pub(super) async fn tells_streams_apart(trial: Arc<Trial>) {
    let run = printing(&trial, "echo out; sleep 0.1; echo err >&2").await;
    if !trial.abilities().separates {
        assert_eq!(trial.log(&run, &whole()).await.err(), "", "what cannot be told apart is standard output");
        return;
    }
    let out = trial.log(&run, &LogQuery { stderr: false, ..whole() }).await;
    assert_eq!((out.out().as_str(), out.err().as_str()), ("out\n", ""));
    let err = trial.log(&run, &LogQuery { stdout: false, ..whole() }).await;
    assert_eq!((err.out().as_str(), err.err().as_str()), ("", "err\n"));
    let both = trial.log(&run, &whole()).await;
    assert_eq!((both.out().as_str(), both.err().as_str()), ("out\n", "err\n"));
    let tail = trial.log(&run, &LogQuery { stderr: false, tail: Some(1), ..whole() }).await;
    assert_eq!(tail.out(), "", "the last line is one of both streams, as with dockerd");
}

pub(super) async fn follows_until_the_end(trial: Arc<Trial>) {
    let run = waiting(&trial).await;
    let query = LogQuery { follow: true, ..whole() };
    let (printed, ()) = tokio::join!(trial.log(&run, &query), release(&trial, &run));
    let all = printed.out() + &printed.err();
    assert!(["one\n", "two\n", "three\n"].iter().all(|line| all.contains(line)), "{all:?}");
    assert_eq!(trial.log(&run, &query).await, printed, "following what has ended is reading it");
}

pub(super) async fn serves_followers_beside_one_that_never_reads(trial: Arc<Trial>) {
    let run = waiting(&trial).await;
    let query = LogQuery { follow: true, ..whole() };
    let mut idle = trial.fixture.logs.read(&run, &query).await.expect("the log can be read");
    idle.next().await;
    let followers = futures_util::future::join_all((0..20).map(|_| trial.log(&run, &query)));
    let (all, ()) = tokio::join!(followers, release(&trial, &run));
    assert!(all.iter().all(|printed| printed.out().starts_with("one\n") && *printed == all[0]), "{all:?}");
    drop(idle);
}

pub(super) async fn carries_much(trial: Arc<Trial>) {
    let line = "x".repeat(512);
    let run = printing(&trial, &format!("n=0; while [ $n -lt 2000 ]; do echo \"$n {line}\"; n=$((n + 1)); done")).await;
    let expected: String = (0..2000).map(|n| format!("{n} {line}\n")).collect();
    let printed = trial.log(&run, &whole()).await.out();
    assert!(printed == expected, "a log of {} bytes came as {} bytes", expected.len(), printed.len());
}

pub(super) async fn survives_a_stop(trial: Arc<Trial>) {
    let run = trial.running(&trial.script("trap 'exit 0' TERM; echo before; while true; do sleep 0.1; done")).await;
    trial.printed(&run, "before\n").await;
    trial.step("a stop", trial.fixture.workloads.stop(&run, None, Duration::from_secs(60))).await.expect("it can be stopped");
    trial.ended(&run).await;
    assert_eq!(trial.log(&run, &whole()).await.out(), "before\n");
}

pub(super) async fn goes_with_the_run(trial: Arc<Trial>) {
    let unknown = trial.fixture.logs.read(&trial.stranger(), &whole()).await;
    assert_eq!(unknown.err().map(|error| error.kind), Some(Kind::NotFound), "a run that never was");
    let run = printing(&trial, "echo x").await;
    trial.step("a removal", trial.fixture.workloads.remove(&run)).await.expect("it can be removed");
    let gone = async {
        while trial.fixture.logs.read(&run, &whole()).await.map_err(|error| error.kind).err() != Some(Kind::NotFound) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    trial.step("going", gone).await;
}
