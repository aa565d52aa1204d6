//! A log that is followed until the process ends, whatever happens to the connection.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use futures_util::{StreamExt, stream};
use ports::{ByteStream, Kind, PortError, PortResult};
use tokio::time::{sleep, timeout};

use super::fetch::{Part, fetch};
use super::lines::{Line, Lines};
use super::merge::BoxedLines;
use crate::access::Access;
use crate::watch::Tracked;

/// How long after the end of a log the news may come that the process ended. If it does not, the connection was cut.
const NEWS: Duration = Duration::from_secs(3);

/// How often, and how many times in a row, to try to reach the log again.
const RETRY: Duration = Duration::from_millis(500);
const RETRIES: u32 = 40;

/// Follows a part of the log of a pod.
pub(super) fn follow(access: &Arc<Access>, tracked: &Tracked, part: Part) -> BoxedLines {
    let part = Part { timestamps: true, ..part };
    let (access, tracked) = (Arc::clone(access), tracked.clone());
    let following = Following { access, tracked, part, lines: None, given: 0, repeated: 0, failures: 0, last_pass: false };
    Box::pin(stream::unfold(following, Following::next))
}

struct Following {
    access: Arc<Access>,
    tracked: Tracked,
    /// What is still wanted: after the first line, `since` is the time of the last line handed on.
    part: Part,
    lines: Option<Lines<ByteStream>>,
    /// How many lines with the time of the last one were handed on.
    given: usize,
    /// How many lines come a second time after the log was opened again.
    repeated: usize,
    failures: u32,
    /// Whether the process has ended, so that the end of the log is the end.
    last_pass: bool,
}

impl Following {
    async fn next(mut self) -> Option<(PortResult<Line>, Self)> {
        let over = self.tracked.over.clone();
        loop {
            let last_pass = self.last_pass;
            let Some(lines) = &mut self.lines else {
                self.open(!over.is_cancelled()).await;
                continue;
            };
            tokio::select! {
                biased;
                line = lines.next() => match line {
                    Some(Ok(line)) => {
                        if self.is_new(&line) {
                            return Some((Ok(line), self));
                        }
                    }
                    Some(Err(error)) if last_pass || !self.may_retry(&error) => {
                        self.last_pass = true;
                        self.lines = Some(Lines::new(Box::pin(stream::empty()), self.part.window));
                        return Some((Err(error), self));
                    }
                    Some(Err(_)) => {
                        sleep(RETRY).await;
                        self.lines = None;
                    }
                    None if last_pass || timeout(NEWS, over.cancelled()).await.is_ok() => return None,
                    None => self.lines = None,
                },
                // The kubelet looks only once a second whether a process still runs; the watch knows earlier. Everything is in the log now.
                () = over.cancelled(), if !last_pass => self.read_rest().await,
            }
        }
    }

    /// Opens the log from the last line on.
    async fn open(&mut self, follow: bool) {
        let part = Part { follow, ..self.part };
        self.last_pass = !follow;
        self.repeated = self.given;
        let chunks = fetch(&self.access, &self.tracked.pod, &part).await;
        let chunks = chunks.unwrap_or_else(|error| Box::pin(stream::iter([Err(error)])));
        self.lines = Some(Lines::new(chunks, part.window));
    }

    /// Reads what is left without waiting for more; where the log is gone already, what is on its way is the rest.
    async fn read_rest(&mut self) {
        self.last_pass = true;
        let part = Part { follow: false, ..self.part };
        if let Ok(chunks) = fetch(&self.access, &self.tracked.pod, &part).await {
            self.repeated = self.given;
            self.lines = Some(Lines::new(chunks, part.window));
        }
    }

    fn is_new(&mut self, line: &Line) -> bool {
        let same = self.given > 0 && self.part.window.since == Some(line.time);
        if same && self.repeated > 0 {
            self.repeated -= 1;
            return false;
        }
        self.given = if same { self.given + 1 } else { 1 };
        self.advance(line.time);
        true
    }

    fn advance(&mut self, time: Timestamp) {
        self.part.window.since = Some(time);
        self.part.tail = None;
        self.repeated = 0;
        self.failures = 0;
    }

    fn may_retry(&mut self, error: &PortError) -> bool {
        self.failures += 1;
        let passing = matches!(error.kind, Kind::Unavailable | Kind::Timeout | Kind::Internal);
        passing && self.failures <= RETRIES
    }
}
