//! What containers have printed.

mod alone;
mod fetch;
mod follow;
mod kept;
mod lines;
mod merge;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Run, Timestamp};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use ports::{ByteStream, Kind, LogLine, LogQuery, LogStream, Output, PortError, PortResult, WorkloadState};

use alone::{Found, look};
use fetch::{Part, fetch};
pub(crate) use kept::KeptLogs;
use lines::{Lines, Window};
use merge::{BoxedLines, Merge, Style, Wrap};

use crate::access::Access;
use crate::watch::{Tracked, Tracker};

/// Reads the log of a run: of its pod, or what was kept of it.
pub(crate) async fn read(access: &Arc<Access>, tracker: &Tracker, kept: &KeptLogs, run: &Run, query: &LogQuery) -> PortResult<LogStream> {
    match (tracker.find(run), kept.find(run)) {
        // Its pod may vanish while it is read, and its log with it.
        (_, Some(kept)) if query.follow => Ok(kept.follow(query)),
        (Some(tracked), None) if !matches!(tracked.state, WorkloadState::Waiting(_)) => open(access, &tracked, query).await,
        (Some(tracked), Some(kept)) => match open(access, &tracked, query).await {
            Ok(log) => Ok(log),
            Err(_) => kept.read(query, access.limit).await,
        },
        (None, Some(kept)) => kept.read(query, access.limit).await,
        (_, None) => Err(PortError::new(Kind::NotFound, format!("container {} has no log: it has no process", run.container.short()))),
    }
}

/// Reads the log of a pod.
pub(crate) async fn open(access: &Arc<Access>, tracked: &Tracked, query: &LogQuery) -> PortResult<LogStream> {
    if query.tail == Some(0) && !query.follow {
        return Ok(Box::pin(stream::empty()));
    }
    // A terminal has one stream.
    let splits = !tracked.tty && access.splits_logs().await?;
    let log = open_parts(access, tracked, query, splits).await?;
    let log = if splits || query.stdout { log } else { Box::pin(log.try_filter(|_| future::ready(false))) };
    Ok(if tracked.tty { Box::pin(log.map_ok(as_on_terminal)) } else { log })
}

async fn open_parts(access: &Arc<Access>, tracked: &Tracked, query: &LogQuery, splits: bool) -> PortResult<LogStream> {
    let since = match query.tail {
        Some(lines) if splits => query.since.max(tail_start(access, &tracked.pod, lines).await?),
        _ => query.since,
    };
    let window = Window { since, until: query.until };
    let tail = query.tail.filter(|_| !splits);
    let style = Style { follow: query.follow, timestamps: query.timestamps };
    let part = |stream| Part { stream, window, tail, follow: query.follow, timestamps: true };
    let streams = streams(query, splits);
    if query.follow {
        let sides = streams.into_iter().map(|(stream, wrap)| (wrap, follow::follow(access, tracked, part(stream))));
        return Ok(Box::pin(Merge::new(sides.collect(), style)));
    }
    let timed = async |stream| fetch(access, &tracked.pod, &part(stream)).await;
    let untimed = async |stream| fetch(access, &tracked.pod, &Part { timestamps: false, ..part(stream) }).await;
    let by_bytes = !needs_times(window, style);
    let sides = match streams[..] {
        [(stream, wrap)] if by_bytes => return Ok(as_lines(untimed(stream).await?, wrap)),
        [(first, first_wrap), (second, second_wrap)] if by_bytes => match look(untimed(first).await?, timed(second)).await? {
            Found::Alone(only) => return Ok(as_lines(only, first_wrap)),
            Found::Both(second) => vec![(first_wrap, timed(first).await?), (second_wrap, second)],
        },
        _ => future::try_join_all(streams.into_iter().map(async |(stream, wrap)| PortResult::Ok((wrap, timed(stream).await?)))).await?,
    };
    let lines = |(wrap, chunks)| (wrap, Box::pin(Lines::new(chunks, window)) as BoxedLines);
    Ok(Box::pin(Merge::new(sides.into_iter().map(lines).collect(), style)))
}

fn as_lines(chunks: ByteStream, wrap: Wrap) -> LogStream {
    Box::pin(chunks.map_ok(move |text| LogLine { output: wrap(text), time: None }))
}

/// The streams that together hold what is wanted. Where the cluster cannot tell them apart, everything is standard output.
fn streams(query: &LogQuery, splits: bool) -> Vec<(Option<&'static str>, Wrap)> {
    if !splits {
        return vec![(None, Output::Stdout)];
    }
    let stdout = query.stdout.then_some((Some("Stdout"), Output::Stdout as Wrap));
    let stderr = query.stderr.then_some((Some("Stderr"), Output::Stderr as Wrap));
    stdout.into_iter().chain(stderr).collect()
}

/// Whether lines must be looked at one by one: bytes that nobody looks at cost the least. The API filters by whole seconds.
fn needs_times(window: Window, style: Style) -> bool {
    style.timestamps || window.until.is_some() || window.since.is_some_and(|since| since.as_nanos() % 1_000_000_000 != 0)
}

/// The time from which on there are `lines` lines, over both streams together as Docker counts them; the API cannot count lines of one
/// stream. `None` if there are no more than that.
async fn tail_start(access: &Arc<Access>, pod: &str, lines: u64) -> PortResult<Option<Timestamp>> {
    let part = Part { tail: Some(lines.max(1)), timestamps: true, ..Part::default() };
    let first = Lines::new(fetch(access, pod, &part).await?, Window::default()).next().await.transpose()?;
    Ok(first.map(|line| if lines == 0 { line.time.plus(Duration::from_nanos(1)) } else { line.time }))
}

/// A line as the terminal showed it: container runtimes keep a line without the carriage return before its end.
fn as_on_terminal(line: LogLine) -> LogLine {
    let output = match &line.output {
        Output::Stdout(bytes) => Output::Stdout(with_returns(bytes)),
        Output::Stderr(bytes) => Output::Stderr(with_returns(bytes)),
    };
    LogLine { output, ..line }
}

fn with_returns(bytes: &[u8]) -> Bytes {
    let mut text = Vec::with_capacity(bytes.len() + 16);
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        match part.strip_suffix(b"\n") {
            Some(part) => {
                text.extend_from_slice(part);
                text.extend_from_slice(b"\r\n");
            }
            None => text.extend_from_slice(part),
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::with_returns;

    #[test]
    fn lines_of_a_terminal_have_carriage_returns() {
        for (kept, shown) in [("", ""), ("a\nb", "a\r\nb"), ("\n\n", "\r\n\r\n"), ("a\r", "a\r")] {
            assert_eq!(with_returns(kept.as_bytes()), shown, "{kept:?}");
        }
    }
}
