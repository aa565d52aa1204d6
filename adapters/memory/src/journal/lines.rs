//! Reading a journal as a log: whole lines, narrowed down by what a client asks for.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::BytesMut;
use domain::Timestamp;
use futures_util::stream;
use ports::{Kind, LogLine, LogQuery, LogStream, PortError, PortResult};

use super::follow::{Cursor, Overtaken};
use super::{Journal, Piece, Source};

/// How many pieces are looked at in one go.
const BATCH: usize = 1024;
/// How many bytes without times are handed out in one piece.
const BLOCK: usize = 32 << 10;

/// Reads a journal as `query` asks.
pub(crate) fn read(journal: &Arc<Journal>, query: &LogQuery) -> LogStream {
    let mut reader =
        Reader { cursor: Cursor::at_start(journal, query.follow), filter: Filter::new(query), ready: VecDeque::new(), ended: false };
    reader.skip_to_tail();
    Box::pin(stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader))))
}

struct Reader {
    cursor: Cursor,
    filter: Filter,
    ready: VecDeque<LogLine>,
    ended: bool,
}

impl Reader {
    /// Reads what there is and keeps the last lines of it. As with dockerd these are the last ones of both streams, whichever is wanted.
    fn skip_to_tail(&mut self) {
        let Some(tail) = self.filter.query.tail else { return };
        let keep = usize::try_from(tail).unwrap_or(usize::MAX);
        let mut last = VecDeque::new();
        while let Ok(pieces) = self.cursor.available(BATCH)
            && !pieces.is_empty()
        {
            last.extend(pieces.into_iter().filter_map(|piece| self.filter.complete(piece)));
            last.drain(..last.len().saturating_sub(keep));
        }
        if !self.filter.query.follow {
            last.extend(self.filter.rest());
            last.drain(..last.len().saturating_sub(keep));
            self.ended = true;
        }
        self.ready = last.into_iter().filter_map(|line| self.filter.wanted(line)).collect();
    }

    async fn next(&mut self) -> Option<PortResult<LogLine>> {
        loop {
            if let Some(line) = self.pop() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            match self.cursor.available(BATCH) {
                Err(Overtaken) => {
                    self.ended = true;
                    return Some(Err(PortError::new(
                        Kind::Unavailable,
                        "the log is printed faster than it is read, and kubedock's in-memory backend keeps only a part of it",
                    )));
                }
                Ok(pieces) if !pieces.is_empty() => self.ready.extend(pieces.into_iter().filter_map(|piece| self.filter.take(piece))),
                Ok(_) => {
                    if self.filter.is_over() || !self.cursor.more().await {
                        self.ended = true;
                        let rest = self.filter.rest();
                        self.ready.extend(rest.into_iter().filter_map(|line| self.filter.wanted(line)));
                    }
                }
            }
            tokio::task::consume_budget().await;
        }
    }

    /// The next line, or many of one stream at once if nobody cares about their times.
    fn pop(&mut self) -> Option<LogLine> {
        let first = self.ready.pop_front()?;
        if first.time.is_some() {
            return Some(first);
        }
        let same = |line: &LogLine| std::mem::discriminant(&line.output) == std::mem::discriminant(&first.output);
        if !self.ready.front().is_some_and(same) {
            return Some(first);
        }
        let mut block = BytesMut::from(first.output.bytes().as_ref());
        while let Some(next) = self.ready.front()
            && same(next)
            && block.len() + next.output.bytes().len() <= BLOCK
        {
            block.extend_from_slice(next.output.bytes());
            self.ready.pop_front();
        }
        let source = if matches!(first.output, ports::Output::Stdout(_)) { Source::Stdout } else { Source::Stderr };
        Some(LogLine { output: source.output(block.freeze()), time: None })
    }
}

/// Makes lines of pieces, and drops those that are not wanted.
struct Filter {
    query: LogQuery,
    /// Whether pieces can be handed out as they are.
    raw: bool,
    partial: [BytesMut; 2],
    last: Option<Timestamp>,
}

impl Filter {
    fn new(query: &LogQuery) -> Self {
        let raw = !query.timestamps && query.since.is_none() && query.until.is_none() && query.tail.is_none();
        Self { query: *query, raw, partial: Default::default(), last: None }
    }

    /// The line that this piece completes, if it is wanted.
    fn take(&mut self, piece: Piece) -> Option<LogLine> {
        let line = self.complete(piece)?;
        self.wanted(line)
    }

    /// The line that this piece completes. Its time is that of its end: dockerd, too, knows a line only when it is complete.
    fn complete(&mut self, piece: Piece) -> Option<Piece> {
        self.last = Some(piece.time);
        let partial = &mut self.partial[piece.source as usize];
        if self.raw || (partial.is_empty() && piece.ends_line()) {
            return Some(piece);
        }
        partial.extend_from_slice(&piece.bytes);
        piece.ends_line().then(|| Piece { bytes: partial.split().freeze(), ..piece })
    }

    fn wanted(&self, line: Piece) -> Option<LogLine> {
        let Piece { source, time, bytes } = line;
        let LogQuery { since, until, stdout, stderr, timestamps, .. } = self.query;
        let source_wanted = match source {
            Source::Stdout => stdout,
            Source::Stderr => stderr,
        };
        let wanted = source_wanted && since.is_none_or(|since| time >= since) && until.is_none_or(|until| time <= until);
        wanted.then(|| LogLine { output: source.output(bytes), time: timestamps.then_some(time) })
    }

    /// Lines that lack their end, when nothing more comes.
    fn rest(&mut self) -> Vec<Piece> {
        let Some(time) = self.last else { return Vec::new() };
        let partial = std::mem::take(&mut self.partial);
        let rest = [Source::Stdout, Source::Stderr].into_iter().zip(partial).filter(|(_, bytes)| !bytes.is_empty());
        rest.map(|(source, bytes)| Piece { source, time, bytes: bytes.freeze() }).collect()
    }

    /// Whether everything that may come is too late.
    fn is_over(&self) -> bool {
        self.query.until.zip(self.last).is_some_and(|(until, last)| last >= until)
    }
}
