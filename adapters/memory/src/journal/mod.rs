//! What a container's process printed: kept within bounds, and handed out to any number of readers.
//!
//! Readers of the log never hold up the process: one that is overtaken, because it reads more slowly than old output is dropped, is told so.
//! Attached sessions must not lose anything: the process waits for them as it waits for dockerd when a client does not read.

mod follow;
mod lines;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use domain::Timestamp;
use ports::Clock;
use tokio::sync::{Notify, watch};

pub(crate) use follow::Session;
pub(crate) use lines::read;

/// Which stream something was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Stdout,
    Stderr,
}

/// A line, or a part of one that was printed by itself.
#[derive(Debug, Clone)]
struct Piece {
    source: Source,
    time: Timestamp,
    bytes: Bytes,
}

/// What a piece costs beyond its bytes.
const OVERHEAD: u64 = 64;

impl Piece {
    fn cost(&self) -> u64 {
        OVERHEAD + self.bytes.len() as u64
    }

    fn ends_line(&self) -> bool {
        self.bytes.last() == Some(&b'\n')
    }
}

/// What a container's process printed.
pub(crate) struct Journal {
    clock: Arc<dyn Clock>,
    /// How much is kept.
    limit: u64,
    state: Mutex<State>,
    /// The number of pieces printed so far, and whether more can come.
    progress: watch::Sender<Progress>,
    caught_up: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    printed: u64,
    closed: bool,
}

#[derive(Default)]
struct State {
    pieces: VecDeque<Piece>,
    /// The number of the first piece that is still kept.
    first: u64,
    /// What is kept, and what was ever printed, in costs.
    kept: u64,
    total: u64,
    last_time: Option<Timestamp>,
    /// Up to where each attached session has read, in costs.
    sessions: BTreeMap<u64, u64>,
    next_session: u64,
}

impl State {
    fn piece(&self, number: u64) -> Option<&Piece> {
        self.pieces.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn end(&self) -> u64 {
        self.first + self.pieces.len() as u64
    }
}

impl Journal {
    /// A journal that keeps about `limit` bytes.
    pub(crate) fn new(clock: Arc<dyn Clock>, limit: u64) -> Arc<Self> {
        let (progress, _) = watch::channel(Progress::default());
        Arc::new(Self { clock, limit, state: Mutex::default(), progress, caught_up: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("invariant: no panic under this lock")
    }

    /// Adds what was printed, as soon as attached sessions are not too far behind.
    pub(crate) async fn append(&self, source: Source, bytes: Bytes) {
        loop {
            let caught_up = self.caught_up.notified();
            tokio::pin!(caught_up);
            caught_up.as_mut().enable();
            {
                let mut state = self.state();
                let window = self.limit / 4;
                if state.sessions.values().all(|read| state.total - read <= window) {
                    self.push(&mut state, source, bytes);
                    break;
                }
            }
            caught_up.await;
        }
    }

    fn push(&self, state: &mut State, source: Source, mut bytes: Bytes) {
        while !bytes.is_empty() {
            let length = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |index| index + 1);
            // Times are unique, so that they can be used to read on from a line.
            let earliest = state.last_time.map_or(i64::MIN, |last| last.as_nanos() + 1);
            let time = Timestamp::from_nanos(self.clock.now().as_nanos().max(earliest));
            state.last_time = Some(time);
            let piece = Piece { source, time, bytes: bytes.split_to(length) };
            state.kept += piece.cost();
            state.total += piece.cost();
            state.pieces.push_back(piece);
        }
        let read_by_all = state.sessions.values().min().copied().unwrap_or(u64::MAX);
        while state.kept > self.limit
            && let Some(cost) = state.pieces.front().map(Piece::cost)
            && state.total - state.kept + cost <= read_by_all
        {
            state.pieces.pop_front();
            state.kept -= cost;
            state.first += 1;
        }
        let printed = state.end();
        self.progress.send_modify(|progress| progress.printed = printed);
    }

    /// Says that nothing will be printed any more.
    pub(crate) fn close(&self) {
        self.progress.send_modify(|progress| progress.closed = true);
    }
}

#[cfg(test)]
mod tests;
