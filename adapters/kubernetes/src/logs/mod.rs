//! What containers have printed.

mod kept;
mod lines;
mod merge;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Run, Timestamp};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use ports::{ByteStream, Kind, LogLine, LogQuery, LogStream, Logs, Output, PortError, PortResult, WorkloadState};

pub(crate) use kept::KeptLogs;
use lines::{Lines, Window};
use merge::{Merge, Style};

use crate::access::Access;
use crate::cluster::KubeCluster;
use crate::watch::Tracked;

#[async_trait]
impl Logs for KubeCluster {
    async fn read(&self, run: &Run, query: &LogQuery) -> PortResult<LogStream> {
        match (self.tracker.find(run), self.kept.find(run)) {
            // Its pod may vanish while it is read, and its log with it.
            (_, Some(kept)) if query.follow => Ok(kept.follow(query)),
            (Some(tracked), None) if !matches!(tracked.state, WorkloadState::Waiting(_)) => open(&self.access, &tracked, query).await,
            (Some(tracked), Some(kept)) => match open(&self.access, &tracked, query).await {
                Ok(log) => Ok(log),
                Err(_) => kept.read(query, self.access.limit).await,
            },
            (None, Some(kept)) => kept.read(query, self.access.limit).await,
            (_, None) => Err(PortError::new(Kind::NotFound, format!("container {} has no log: it has no process", run.container.short()))),
        }
    }
}

/// One log to read: all of it, or one of the two streams in it.
struct Source {
    /// The value of the API's parameter `stream`.
    stream: Option<&'static str>,
    wrap: fn(Bytes) -> Output,
}

/// Reads the log of a pod.
pub(crate) async fn open(access: &Arc<Access>, tracked: &Tracked, query: &LogQuery) -> PortResult<LogStream> {
    let log = open_as_kept(access, &tracked.pod, query).await?;
    Ok(if tracked.tty { Box::pin(log.map_ok(as_on_terminal)) } else { log })
}

/// A line as the terminal showed it: container runtimes keep a line without the carriage return before its end.
fn as_on_terminal(line: LogLine) -> LogLine {
    let restore = |bytes: &Bytes| {
        let mut text = Vec::with_capacity(bytes.len() + 16);
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(part) => text.extend_from_slice(&[part, b"\r\n"].concat()),
                None => text.extend_from_slice(part),
            }
        }
        Bytes::from(text)
    };
    let output = match &line.output {
        Output::Stdout(bytes) => Output::Stdout(restore(bytes)),
        Output::Stderr(bytes) => Output::Stderr(restore(bytes)),
    };
    LogLine { output, ..line }
}

async fn open_as_kept(access: &Arc<Access>, pod: &str, query: &LogQuery) -> PortResult<LogStream> {
    if query.tail == Some(0) && !query.follow {
        return Ok(Box::pin(stream::empty()));
    }
    let splits = access.splits_logs().await?;
    let since = match query.tail {
        Some(lines) if splits => query.since.max(tail_start(access, pod, lines).await?),
        _ => query.since,
    };
    let window = Window { since, until: query.until };
    let tail = query.tail.filter(|_| !splits);
    let style = Style { follow: query.follow, timestamps: query.timestamps };
    let sources = sources(query, splits);
    if let [source] = &sources[..]
        && !needs_times(window, style)
    {
        let wrap = source.wrap;
        let chunks = fetch(access, pod, source, window, tail, style, false).await?;
        let whole = chunks.map_ok(move |text| LogLine { output: wrap(text), time: None });
        return Ok(if splits || query.stdout { Box::pin(whole) } else { Box::pin(whole.try_filter(|_| future::ready(false))) });
    }
    let bodies = sources.iter().map(|source| fetch(access, pod, source, window, tail, style, true));
    let bodies = future::try_join_all(bodies).await?;
    let sides = std::iter::zip(&sources, bodies).map(|(source, chunks)| (source.wrap, Box::pin(Lines::new(chunks, window)) as _));
    Ok(Box::pin(Merge::new(sides.collect(), style)))
}

/// The logs that together hold what is wanted. Where the cluster cannot tell the streams apart, everything is standard output.
fn sources(query: &LogQuery, splits: bool) -> Vec<Source> {
    if !splits {
        return vec![Source { stream: None, wrap: Output::Stdout }];
    }
    let stdout = query.stdout.then_some(Source { stream: Some("Stdout"), wrap: Output::Stdout });
    let stderr = query.stderr.then_some(Source { stream: Some("Stderr"), wrap: Output::Stderr });
    stdout.into_iter().chain(stderr).collect()
}

/// Whether lines must be looked at one by one: bytes that nobody looks at cost the least. The API filters by whole seconds.
fn needs_times(window: Window, style: Style) -> bool {
    style.timestamps || window.until.is_some() || window.since.is_some_and(|since| since.as_nanos() % 1_000_000_000 != 0)
}

async fn fetch(
    access: &Arc<Access>,
    pod: &str,
    source: &Source,
    window: Window,
    tail: Option<u64>,
    style: Style,
    timestamps: bool,
) -> PortResult<ByteStream> {
    let mut query = String::new();
    let mut add = |name: &str, value: &str| query.extend(["&", name, "=", value]);
    if let Some(stream) = source.stream {
        add("stream", stream);
    }
    if style.follow {
        add("follow", "true");
    }
    if timestamps {
        add("timestamps", "true");
    }
    if let Some(since) = window.since.and_then(|since| jiff::Timestamp::from_second(since.as_secs()).ok()) {
        add("sinceTime", &since.to_string());
    }
    if let Some(tail) = tail {
        add("tailLines", &tail.to_string());
    }
    if !style.follow {
        return access.log(pod, &query).await;
    }
    let (access, pod) = (Arc::clone(access), pod.to_owned());
    // The API does not even begin to answer before there is something to tell, so the answer is awaited by whoever reads.
    Ok(Box::pin(stream::once(async move { access.endless_log(&pod, &query).await }).try_flatten()))
}

/// The time from which on there are `lines` lines, over both streams together as Docker counts them; the API cannot count lines of one
/// stream. `None` if there are no more than that.
async fn tail_start(access: &Arc<Access>, pod: &str, lines: u64) -> PortResult<Option<Timestamp>> {
    let source = Source { stream: None, wrap: Output::Stdout };
    let style = Style { follow: false, timestamps: true };
    let chunks = fetch(access, pod, &source, Window::default(), Some(lines.max(1)), style, true).await?;
    let first = Lines::new(chunks, Window::default()).next().await.transpose()?;
    Ok(first.map(|line| if lines == 0 { line.time.plus(std::time::Duration::from_nanos(1)) } else { line.time }))
}
