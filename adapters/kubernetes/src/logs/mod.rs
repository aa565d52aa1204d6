//! What containers have printed.

mod kept;
mod lines;
mod merge;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Run, Timestamp};
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream};
use ports::{Kind, LogLine, LogQuery, LogStream, Logs, Output, PortError, PortResult};

pub(crate) use kept::KeptLogs;
use lines::{Lines, Window};
use merge::{Merge, Style};

use crate::access::Access;
use crate::cluster::KubeCluster;
use crate::error::failure;

#[async_trait]
impl Logs for KubeCluster {
    async fn read(&self, run: &Run, query: &LogQuery) -> PortResult<LogStream> {
        let kept = self.kept.find(run);
        let Some(tracked) = self.tracker.find(run) else {
            return match kept {
                Some(kept) => kept.read(query, self.access.limit).await,
                None => Err(PortError::new(Kind::NotFound, format!("no log of container {}: its pod is gone", run.container.short()))),
            };
        };
        match (open(&self.access, &tracked.pod, query).await, kept) {
            (Err(_), Some(kept)) => kept.read(query, self.access.limit).await,
            (result, _) => result,
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
pub(crate) async fn open(access: &Access, pod: &str, query: &LogQuery) -> PortResult<LogStream> {
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
    access: &Access,
    pod: &str,
    source: &Source,
    window: Window,
    tail: Option<u64>,
    style: Style,
    timestamps: bool,
) -> PortResult<impl Stream<Item = PortResult<Bytes>> + Send + Unpin + use<>> {
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
    let doing = format!("read the log of pod {pod}");
    let body = access.log(pod, &query).await?;
    Ok(http_body_util::BodyExt::into_data_stream(body).map_err(move |error| failure(&doing, error)))
}

/// The time from which on there are `lines` lines, over both streams together as Docker counts them; the API cannot count lines of one
/// stream. `None` if there are no more than that.
async fn tail_start(access: &Access, pod: &str, lines: u64) -> PortResult<Option<Timestamp>> {
    let source = Source { stream: None, wrap: Output::Stdout };
    let style = Style { follow: false, timestamps: true };
    let chunks = fetch(access, pod, &source, Window::default(), Some(lines.max(1)), style, true).await?;
    let first = Lines::new(chunks, Window::default()).next().await.transpose()?;
    Ok(first.map(|line| if lines == 0 { line.time.plus(std::time::Duration::from_nanos(1)) } else { line.time }))
}
