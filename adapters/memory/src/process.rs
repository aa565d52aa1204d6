//! A process as signals see it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use domain::Signal;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many caught signals wait for their handler, at most; the kernel, too, merges those of one kind.
const PENDING: usize = 64;

/// The exit code of a process that writes to a pipe nobody reads: 128 and SIGPIPE.
pub(crate) const BROKEN_PIPE: i32 = 141;

/// What a process does about a signal instead of the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// Nothing.
    Ignore,
    /// It looks after it itself.
    Catch,
}

/// A process as signals see it.
pub(crate) struct Process {
    pid: u32,
    inbox: Mutex<Inbox>,
    arrived: Notify,
    dead: CancellationToken,
    code: OnceLock<i32>,
}

#[derive(Default)]
struct Inbox {
    dispositions: BTreeMap<Signal, Disposition>,
    pending: VecDeque<Signal>,
}

impl Process {
    /// A process with the default behaviour.
    pub(crate) fn new(pid: u32) -> Arc<Self> {
        Arc::new(Self { pid, inbox: Mutex::default(), arrived: Notify::new(), dead: CancellationToken::new(), code: OnceLock::new() })
    }

    /// A child: it ignores what this one ignores (`execve(2)`), and nothing else is inherited.
    pub(crate) fn child(&self, pid: u32) -> Arc<Self> {
        let child = Self::new(pid);
        child.inbox().dispositions = self.ignored();
        child
    }

    /// Becomes another program: handlers are gone, what is ignored stays ignored.
    pub(crate) fn execute(&self) {
        let ignored = self.ignored();
        self.inbox().dispositions = ignored;
    }

    fn ignored(&self) -> BTreeMap<Signal, Disposition> {
        let inbox = self.inbox();
        inbox.dispositions.iter().filter(|(_, what)| **what == Disposition::Ignore).map(|(signal, what)| (*signal, *what)).collect()
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().expect("invariant: no panic under this lock")
    }

    /// Its number.
    pub(crate) const fn pid(&self) -> u32 {
        self.pid
    }

    /// What it does about a signal; `None` is the default again.
    pub(crate) fn set(&self, signal: Signal, disposition: Option<Disposition>) {
        let mut inbox = self.inbox();
        match disposition {
            Some(disposition) => inbox.dispositions.insert(signal, disposition),
            None => inbox.dispositions.remove(&signal),
        };
    }

    /// Sends it a signal.
    pub(crate) fn deliver(&self, signal: Signal) {
        if signal == Signal::KILL {
            return self.kill(signal);
        }
        let mut inbox = self.inbox();
        match inbox.dispositions.get(&signal) {
            Some(Disposition::Ignore) => {}
            Some(Disposition::Catch) => {
                if inbox.pending.len() < PENDING && !inbox.pending.contains(&signal) {
                    inbox.pending.push_back(signal);
                }
                self.arrived.notify_waiters();
            }
            // The first process of a container gets only the signals it looks after (`pid_namespaces(7)`).
            None if self.pid == 1 || is_harmless(signal) => {}
            None => {
                drop(inbox);
                self.kill(signal);
            }
        }
    }

    /// Ends it, whatever it does about signals.
    fn kill(&self, signal: Signal) {
        self.code.get_or_init(|| signal.exit_code());
        self.dead.cancel();
    }

    /// Runs what it does until that is done or a signal ended it.
    pub(crate) async fn supervise(&self, work: impl Future<Output = i32>) -> i32 {
        tokio::select! {
            biased;
            () = self.dead.cancelled() => self.code.get().copied().unwrap_or_else(|| Signal::KILL.exit_code()),
            code = work => code,
        }
    }

    /// The next caught signal.
    pub(crate) fn take(&self) -> Option<Signal> {
        self.inbox().pending.pop_front()
    }

    /// Waits until there is a caught signal.
    pub(crate) async fn signalled(&self) {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if !self.inbox().pending.is_empty() {
                return;
            }
            arrived.await;
        }
    }
}

/// Whether the default is to do nothing (`signal(7)`): SIGCHLD to SIGURG, and SIGWINCH. Stopping is not part of this backend.
const fn is_harmless(signal: Signal) -> bool {
    matches!(signal.number(), 17..=23 | 28)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(process: &Process) -> i32 {
        process.supervise(async { 0 }).await
    }

    #[tokio::test]
    async fn the_default_ends_all_but_the_first_process() {
        let (first, second) = (Process::new(1), Process::new(2));
        first.deliver(Signal::TERM);
        second.deliver(Signal::TERM);
        assert_eq!((outcome(&first).await, outcome(&second).await), (0, 143));
        first.deliver(Signal::KILL);
        assert_eq!(outcome(&first).await, 137);
        let third = Process::new(3);
        third.deliver(Signal::parse("CHLD").unwrap());
        assert_eq!(outcome(&third).await, 0);
    }

    #[tokio::test]
    async fn catches_and_ignores() {
        let process = Process::new(2);
        process.set(Signal::TERM, Some(Disposition::Catch));
        process.set(Signal::INT, Some(Disposition::Ignore));
        process.deliver(Signal::INT);
        process.deliver(Signal::TERM);
        process.deliver(Signal::TERM);
        process.signalled().await;
        assert_eq!((process.take(), process.take()), (Some(Signal::TERM), None));
        assert_eq!(outcome(&process).await, 0);
        process.set(Signal::TERM, None);
        process.deliver(Signal::TERM);
        assert_eq!(outcome(&process).await, 143);
    }

    #[tokio::test]
    async fn a_child_inherits_only_what_is_ignored() {
        let process = Process::new(1);
        process.set(Signal::TERM, Some(Disposition::Catch));
        process.set(Signal::INT, Some(Disposition::Ignore));
        let child = process.child(2);
        child.deliver(Signal::INT);
        assert_eq!(outcome(&child).await, 0);
        child.deliver(Signal::TERM);
        assert_eq!(outcome(&child).await, 143);
    }

    #[tokio::test]
    async fn a_death_interrupts_what_it_does() {
        let process = Process::new(2);
        let work = process.supervise(async {
            process.deliver(Signal::HUP);
            std::future::pending().await
        });
        assert_eq!(work.await, 129);
    }
}
