use bytes::Bytes;
use domain::Timestamp;
use futures_util::{StreamExt, stream};
use ports::{Kind, Output, PortError, PortResult};
use tokio::time::{Duration, Instant, sleep};

use super::{BoxedLines, HOLD, Line, Merge, PIECE, Style, Wrap};

const OUT: Wrap = Output::Stdout;
const ERR: Wrap = Output::Stderr;

fn line(time: i64, text: &str) -> Line {
    Line { time: Timestamp::from_nanos(time), text: Bytes::copy_from_slice(text.as_bytes()) }
}

fn lines(items: &[(i64, &str)]) -> BoxedLines {
    let items: Vec<PortResult<Line>> = items.iter().map(|(time, text)| Ok(line(*time, text))).collect();
    Box::pin(stream::iter(items))
}

fn later(delay: Duration, time: i64, text: &'static str) -> BoxedLines {
    Box::pin(stream::once(async move {
        sleep(delay).await;
        Ok(line(time, text))
    }))
}

const READ: Style = Style { follow: false, timestamps: true };
const FOLLOW: Style = Style { follow: true, timestamps: true };

async fn texts(merge: Merge) -> Vec<String> {
    let text = |output: Output| match output {
        Output::Stdout(bytes) => format!("out {}", String::from_utf8_lossy(&bytes)),
        Output::Stderr(bytes) => format!("err {}", String::from_utf8_lossy(&bytes)),
    };
    merge.map(|line| line.map_or_else(|error| error.context, |line| text(line.output))).collect().await
}

#[tokio::test]
async fn what_is_there_is_ordered_by_time() {
    let merge = Merge::new(vec![(OUT, lines(&[(1, "a"), (4, "d")])), (ERR, lines(&[(2, "b"), (3, "c")]))], READ);
    assert_eq!(texts(merge).await, ["out a", "err b", "err c", "out d"]);
}

#[tokio::test(start_paused = true)]
async fn reading_waits_for_the_slower_stream() {
    let merge = Merge::new(vec![(OUT, lines(&[(2, "b")])), (ERR, later(Duration::from_secs(5), 1, "a"))], READ);
    assert_eq!(texts(merge).await, ["err a", "out b"]);
}

#[tokio::test(start_paused = true)]
async fn following_waits_a_moment_and_no_longer() {
    let begin = Instant::now();
    let near = Merge::new(vec![(OUT, lines(&[(2, "b")])), (ERR, later(HOLD / 2, 1, "a"))], FOLLOW);
    assert_eq!(texts(near).await, ["err a", "out b"]);
    assert!(begin.elapsed() < HOLD);

    let begin = Instant::now();
    let mut far = Merge::new(vec![(OUT, lines(&[(2, "b")])), (ERR, Box::pin(stream::pending()))], FOLLOW);
    assert!(far.next().await.is_some());
    assert!(begin.elapsed() < 2 * HOLD);
}

#[tokio::test]
async fn without_times_lines_of_one_stream_are_joined() {
    let many: Vec<(i64, &str)> = (0..10_000).map(|n| (n * 2, "0123456789\n")).collect();
    let style = Style { timestamps: false, ..READ };
    let merge = Merge::new(vec![(OUT, lines(&many)), (ERR, lines(&[(9_001, "x")]))], style);
    let pieces: Vec<Output> = merge.map(|line| line.unwrap().output).collect().await;
    let errors: Vec<usize> = (0..pieces.len()).filter(|at| matches!(pieces[*at], Output::Stderr(_))).collect();
    assert_eq!(errors.len(), 1);
    let before: usize = pieces[..errors[0]].iter().map(|piece| piece.bytes().len()).sum();
    assert_eq!(before, 4501 * 11);
    assert_eq!(pieces.iter().map(|piece| piece.bytes().len()).sum::<usize>(), 110_001);
    assert!(pieces.len() < 10 && pieces.iter().all(|piece| piece.bytes().len() < PIECE + 11));
}

#[tokio::test]
async fn a_failure_comes_after_what_arrived() {
    let broken = stream::iter([Ok(line(1, "a")), Err(PortError::new(Kind::Unavailable, "reset"))]);
    let merge = Merge::new(vec![(OUT, Box::pin(broken)), (ERR, lines(&[(2, "b")]))], READ);
    assert_eq!(texts(merge).await, ["out a", "err b", "reset"]);
}
