//! Reading pieces one after the other.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Journal, Piece, Progress};

/// A place in a journal.
pub(super) struct Cursor {
    journal: Arc<Journal>,
    progress: watch::Receiver<Progress>,
    next: u64,
    /// Whether anything was read; until then the beginning is wherever the journal begins.
    begun: bool,
    /// Where to end, if not with the process.
    until: Option<u64>,
}

/// The reader is slower than old output is dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overtaken;

impl Cursor {
    /// The beginning of what is kept; without `follow` it ends at what is printed so far.
    pub(super) fn at_start(journal: &Arc<Journal>, follow: bool) -> Self {
        let state = journal.state();
        Self {
            journal: Arc::clone(journal),
            progress: journal.progress.subscribe(),
            next: state.first,
            begun: false,
            until: (!follow).then(|| state.end()),
        }
    }

    /// What is printed so far and not read yet, at most `limit` pieces.
    pub(super) fn available(&mut self, limit: usize) -> Result<Vec<Piece>, Overtaken> {
        let state = self.journal.state();
        if self.next < state.first {
            if self.begun {
                return Err(Overtaken);
            }
            self.next = state.first;
        }
        self.begun = true;
        let end = self.until.unwrap_or(u64::MAX).min(state.end());
        let count = usize::try_from(end.saturating_sub(self.next)).unwrap_or(usize::MAX).min(limit);
        let pieces: Vec<Piece> = (self.next..).map_while(|number| state.piece(number)).take(count).cloned().collect();
        self.next += pieces.len() as u64;
        Ok(pieces)
    }

    /// Waits until something is printed; false if nothing will be.
    pub(super) async fn more(&mut self) -> bool {
        if self.until.is_some() {
            return false;
        }
        let next = self.next;
        // The sender lives in the journal, which this cursor keeps.
        match self.progress.wait_for(|progress| progress.printed > next || progress.closed).await {
            Ok(progress) => progress.printed > next,
            Err(_) => false,
        }
    }
}

/// An attached session, which the process waits for.
pub(crate) struct Session {
    cursor: Cursor,
    id: u64,
}

/// How many pieces are handed out at once.
const BATCH: usize = 256;

impl Session {
    /// A session that gets everything kept so far, or only what comes.
    pub(crate) fn new(journal: &Arc<Journal>, from_start: bool) -> Self {
        let mut cursor = Cursor::at_start(journal, true);
        let mut state = journal.state();
        // Between the two locks old output may have been dropped.
        cursor.next = if from_start { state.first } else { state.end() };
        cursor.begun = true;
        let read = if from_start { state.total - state.kept } else { state.total };
        let id = state.next_session;
        state.next_session += 1;
        state.sessions.insert(id, read);
        drop(state);
        Self { cursor, id }
    }

    /// The next output, by source; `None` when the process has ended and everything is read.
    pub(crate) async fn next(&mut self) -> Option<Vec<(super::Source, bytes::Bytes)>> {
        loop {
            let pieces = self.cursor.available(BATCH).expect("invariant: output is dropped only when all sessions have it");
            if !pieces.is_empty() {
                self.advance(pieces.iter().map(Piece::cost).sum());
                return Some(pieces.into_iter().map(|piece| (piece.source, piece.bytes)).collect());
            }
            if !self.cursor.more().await {
                return None;
            }
        }
    }

    fn advance(&self, cost: u64) {
        if let Some(read) = self.cursor.journal.state().sessions.get_mut(&self.id) {
            *read += cost;
        }
        self.cursor.journal.caught_up.notify_waiters();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.cursor.journal.state().sessions.remove(&self.id);
        self.cursor.journal.caught_up.notify_waiters();
    }
}
