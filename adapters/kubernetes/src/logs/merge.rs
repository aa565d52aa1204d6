//! Two logs as one, in the order in which things were printed.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use domain::Timestamp;
use futures_util::Stream;
use ports::{LogLine, Output, PortError, PortResult};
use tokio::time::{Instant, Sleep, sleep_until};

use super::lines::Line;

/// How long a line that was just printed waits for an earlier one of the other stream. The two come over two connections, each a few
/// milliseconds late.
const HOLD: Duration = Duration::from_millis(10);

/// How many bytes of one stream may wait for the other.
const HELD_MAX: usize = 256 << 10;

/// How many bytes of consecutive lines are handed on as one piece where their times are not wanted.
const PIECE: usize = 32 << 10;

/// Which stream a text belongs to.
pub(super) type Wrap = fn(Bytes) -> Output;

pub(super) type BoxedLines = Pin<Box<dyn Stream<Item = PortResult<Line>> + Send>>;

/// How lines are to be handed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether the logs go on, so that one of them may stay silent for ever.
    pub(crate) follow: bool,
    /// Whether each line's time is wanted.
    pub(crate) timestamps: bool,
}

/// The lines of one or two logs in the order of their times.
pub(crate) struct Merge {
    sides: Vec<Side>,
    style: Style,
    hold: Option<Pin<Box<Sleep>>>,
    /// What went wrong, to be told after everything that arrived before.
    failure: Option<PortError>,
}

struct Side {
    wrap: Wrap,
    lines: Option<BoxedLines>,
    waiting: VecDeque<(Instant, Line)>,
    bytes: usize,
}

impl Side {
    /// Takes in what has arrived.
    ///
    /// # Errors
    /// When the log broke off; it counts as ended then.
    fn fill(&mut self, cx: &mut Context<'_>) -> PortResult<()> {
        while self.bytes < HELD_MAX
            && let Some(lines) = &mut self.lines
        {
            match lines.as_mut().poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Err(error))) => {
                    self.lines = None;
                    return Err(error);
                }
                Poll::Ready(Some(Ok(line))) => {
                    self.bytes += line.text.len();
                    self.waiting.push_back((Instant::now(), line));
                }
                Poll::Ready(None) => self.lines = None,
            }
        }
        Ok(())
    }

    fn time(&self) -> Option<Timestamp> {
        self.waiting.front().map(|(_, line)| line.time)
    }

    fn pop(&mut self) -> Option<Line> {
        let (_, line) = self.waiting.pop_front()?;
        self.bytes -= line.text.len();
        Some(line)
    }

    fn is_silent(&self) -> bool {
        self.waiting.is_empty() && self.lines.is_some()
    }
}

impl Merge {
    pub(crate) fn new(sides: Vec<(Wrap, BoxedLines)>, style: Style) -> Self {
        let side = |(wrap, lines)| Side { wrap, lines: Some(lines), waiting: VecDeque::new(), bytes: 0 };
        Self { sides: sides.into_iter().map(side).collect(), style, hold: None, failure: None }
    }

    /// The side whose turn it is.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let earliest = (0..self.sides.len()).filter_map(|at| Some((self.sides[at].time()?, at))).min();
        let Some((_, at)) = earliest else {
            return if self.sides.iter().any(Side::is_silent) { Poll::Pending } else { Poll::Ready(None) };
        };
        if !self.sides.iter().any(Side::is_silent) {
            return Poll::Ready(Some(at));
        }
        if !self.style.follow {
            return Poll::Pending;
        }
        if self.sides[at].bytes >= HELD_MAX {
            return Poll::Ready(Some(at));
        }
        let due = self.sides[at].waiting[0].0 + HOLD;
        if due > Instant::now() {
            let hold = self.hold.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if hold.deadline() != due {
                hold.as_mut().reset(due);
            }
            std::task::ready!(hold.as_mut().poll(cx));
        }
        Poll::Ready(Some(at))
    }

    /// Takes what side `at` may hand on: a line, or all lines up to the next one of the other side.
    fn take(&mut self, at: usize) -> Option<LogLine> {
        let wrap = self.sides[at].wrap;
        let first = self.sides[at].pop()?;
        if self.style.timestamps {
            return Some(LogLine { output: wrap(first.text), time: Some(first.time) });
        }
        let others = (0..self.sides.len()).filter(|other| *other != at).filter_map(|other| self.sides[other].time()).min();
        let side = &mut self.sides[at];
        let mut joined = BytesMut::new();
        while side.time().is_some_and(|time| others.is_none_or(|other| time < other)) && first.text.len() + joined.len() < PIECE {
            let Some(line) = side.pop() else { break };
            if joined.is_empty() {
                joined.reserve(PIECE);
                joined.extend_from_slice(&first.text);
            }
            joined.extend_from_slice(&line.text);
        }
        let text = if joined.is_empty() { first.text } else { joined.freeze() };
        Some(LogLine { output: wrap(text), time: None })
    }
}

impl Stream for Merge {
    type Item = PortResult<LogLine>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        for at in 0..this.sides.len() {
            if let Err(error) = this.sides[at].fill(cx) {
                this.failure = Some(error);
            }
        }
        match std::task::ready!(this.turn(cx)) {
            Some(at) => Poll::Ready(this.take(at).map(Ok)),
            None => Poll::Ready(this.failure.take().map(Err)),
        }
    }
}

#[cfg(test)]
mod tests;
