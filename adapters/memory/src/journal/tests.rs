use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use ports::{LogLine, LogQuery, Output};

use super::*;

/// A clock that stands still unless it is moved.
struct Standing(AtomicI64);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

fn journal(limit: u64) -> (Arc<Journal>, Arc<Standing>) {
    let clock = Arc::new(Standing(AtomicI64::new(100)));
    (Journal::new(Arc::clone(&clock) as Arc<dyn Clock>, limit), clock)
}

async fn out(journal: &Journal, text: &str) {
    journal.append(Source::Stdout, Bytes::copy_from_slice(text.as_bytes())).await;
}

async fn err(journal: &Journal, text: &str) {
    journal.append(Source::Stderr, Bytes::copy_from_slice(text.as_bytes())).await;
}

const ALL: LogQuery = LogQuery { follow: false, stdout: true, stderr: true, since: None, until: None, tail: None, timestamps: false };

async fn texts(journal: &Arc<Journal>, query: LogQuery) -> Vec<(String, Option<i64>)> {
    let text = |line: LogLine| (String::from_utf8(line.output.bytes().to_vec()).unwrap(), line.time.map(Timestamp::as_nanos));
    read(journal, &query).map(|line| text(line.unwrap())).collect().await
}

#[tokio::test]
async fn lines_are_put_together_per_stream() {
    let (journal, clock) = journal(1 << 20);
    out(&journal, "one\ntw").await;
    clock.0.store(200, Ordering::Relaxed);
    err(&journal, "err\n").await;
    clock.0.store(300, Ordering::Relaxed);
    out(&journal, "o\nrest").await;
    let expected = [("one\n", 100), ("err\n", 200), ("two\n", 300), ("rest", 301)].map(|(text, time)| (text.to_owned(), Some(time)));
    assert_eq!(texts(&journal, LogQuery { timestamps: true, ..ALL }).await, expected);
    let last = |tail| texts(&journal, LogQuery { tail: Some(tail), stdout: true, stderr: false, ..ALL });
    assert_eq!(last(0).await, []);
    assert_eq!(last(1).await, [("rest".to_owned(), None)]);
    assert_eq!(last(2).await, [("two\nrest".to_owned(), None)]);
    let errors = LogQuery { tail: Some(2), stdout: false, ..ALL };
    assert_eq!(texts(&journal, errors).await, [], "the last two lines are of the other stream");
}

#[tokio::test]
async fn times_are_unique_even_when_the_clock_stands() {
    let (journal, _clock) = journal(1 << 20);
    out(&journal, "a\nb\nc\n").await;
    let lines = texts(&journal, LogQuery { timestamps: true, since: Some(Timestamp::from_nanos(101)), ..ALL }).await;
    assert_eq!(lines, [("b\n".to_owned(), Some(101)), ("c\n".to_owned(), Some(102))]);
    let lines = texts(&journal, LogQuery { until: Some(Timestamp::from_nanos(101)), ..ALL }).await;
    assert_eq!(lines, [("a\nb\n".to_owned(), None)]);
}

#[tokio::test]
async fn following_ends_at_until() {
    let (journal, clock) = journal(1 << 20);
    out(&journal, "a\n").await;
    let query = LogQuery { follow: true, until: Some(Timestamp::from_nanos(150)), ..ALL };
    let mut lines = read(&journal, &query);
    assert!(lines.next().await.is_some());
    clock.0.store(200, Ordering::Relaxed);
    out(&journal, "late\n").await;
    assert!(lines.next().await.is_none(), "it would wait for lines that nobody wants");
}

#[tokio::test]
async fn old_lines_are_dropped() {
    let (journal, _clock) = journal(1000);
    for number in 0..1000 {
        out(&journal, &format!("{number}\n")).await;
    }
    assert!(journal.state().kept <= 1000);
    let lines = texts(&journal, ALL).await.into_iter().map(|(text, _)| text).collect::<String>();
    assert!(lines.ends_with("998\n999\n"));
    assert!(!lines.contains("900\n"));
}

#[tokio::test]
async fn a_follower_that_is_overtaken_is_told() {
    let (journal, _clock) = journal(1000);
    out(&journal, "first\n").await;
    let mut slow = read(&journal, &LogQuery { follow: true, ..ALL });
    assert!(slow.next().await.unwrap().is_ok());
    for number in 0..1000 {
        out(&journal, &format!("{number}\n")).await;
    }
    assert_eq!(slow.next().await.unwrap().unwrap_err().kind, ports::Kind::Unavailable);
    assert!(slow.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_process_waits_for_an_attached_session() {
    let (journal, _clock) = journal(10_000);
    let mut session = Session::new(&journal, true);
    let printing = async {
        for number in 0..1000 {
            out(&journal, &format!("{number}\n")).await;
        }
        journal.close();
    };
    let reading = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(journal.state().end() < 1000, "it does not wait");
        let mut all = Vec::new();
        while let Some(pieces) = session.next().await {
            pieces.iter().for_each(|(_, bytes)| all.extend_from_slice(bytes));
        }
        let expected: String = (0..1000).map(|number| format!("{number}\n")).collect();
        assert_eq!(String::from_utf8(all).unwrap(), expected);
    };
    tokio::join!(printing, reading);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_leaves_frees_the_process() {
    let (journal, _clock) = journal(1000);
    let session = Session::new(&journal, false);
    out(&journal, &"x\n".repeat(1000)).await;
    let waiting = tokio::time::timeout(Duration::from_secs(1), out(&journal, "y")).await;
    assert!(waiting.is_err(), "it does not wait");
    let leaving = async { drop(session) };
    let (printed, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(1), out(&journal, "y")), leaving);
    assert!(printed.is_ok(), "it waits for nobody");
}

#[tokio::test]
async fn pieces_of_one_stream_come_together() {
    let (journal, _clock) = journal(1 << 20);
    out(&journal, "a\nb\n").await;
    out(&journal, "c").await;
    err(&journal, "e\n").await;
    let outputs: Vec<Output> = read(&journal, &ALL).map(|line| line.unwrap().output).collect().await;
    assert_eq!(outputs, [Output::Stdout(Bytes::from_static(b"a\nb\nc")), Output::Stderr(Bytes::from_static(b"e\n"))]);
}
