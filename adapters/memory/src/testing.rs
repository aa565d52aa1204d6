//! What tests run programs with.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::{ContainerId, Run, Timestamp, Workload};
use ports::Clock;
use tokio_util::task::TaskTracker;

use crate::files::{Files, base};
use crate::instance::on_terminal;
use crate::io::{Capture, Fds, Input, Sink, Tty};
use crate::process::Process;
use crate::programs;
use crate::system::{Context, System};
use crate::users::User;

/// A clock that goes on by one at each look.
#[derive(Default)]
pub(crate) struct Counting(AtomicI64);

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A workload with this command and nothing else said.
pub(crate) fn workload(number: u8, command: &[&str]) -> Workload {
    let run = Run { container: ContainerId::from_bytes([0xa0 + number; 32]), number: 1 };
    Workload { entrypoint: Some(command.iter().map(|word| (*word).to_owned()).collect()), ..Workload::new(run, "testing", "alpine") }
}

/// A container's system where programs run as its first process.
pub(crate) struct Machine {
    pub(crate) system: Arc<System>,
    pub(crate) process: Arc<Process>,
    ctx: Context,
    out: Capture,
    err: Capture,
}

impl Machine {
    /// One without input.
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Counting::default());
        let files = Files::new(base(&workload(0, &[]), clock.now()), Arc::clone(&clock), 100_000, vec!["/".to_owned()]);
        let user = User::by_ids(&files, None);
        let system = System::new(files, "testing".to_owned(), TaskTracker::new());
        let process = system.process(None);
        let (out, err) = (Capture::default(), Capture::default());
        let fds = Fds { stdin: Input::Null, stdout: Sink::Capture(Arc::clone(&out)), stderr: Sink::Capture(Arc::clone(&err)) };
        let env = [("HOME".to_owned(), user.home.clone())].into();
        let ctx = Context { system: system.clone(), process: process.clone(), fds, env, cwd: "/".to_owned(), user, tty: None, depth: 0 };
        Self { system, process, ctx, out, err }
    }

    /// One whose input is this.
    pub(crate) fn with_input(input: &'static [u8]) -> Self {
        let mut machine = Self::new();
        machine.ctx.fds.stdin = Input::file(Bytes::from_static(input));
        machine
    }

    /// One with a terminal.
    pub(crate) fn on_a_terminal() -> (Self, Arc<Tty>) {
        let mut machine = Self::new();
        let tty = Tty::new(Sink::Capture(Arc::clone(&machine.out)), None);
        tty.join(&machine.process);
        machine.ctx.fds = on_terminal(&tty);
        machine.ctx.tty = Some(Arc::clone(&tty));
        (machine, tty)
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, argv: &[&str]) -> impl Future<Output = i32> + use<> {
        let program = self.ctx.lookup(argv[0]).unwrap();
        programs::run(self.ctx.clone(), program, argv.iter().map(|word| (*word).to_owned()).collect())
    }

    /// What was printed so far.
    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.out.lock().unwrap().clone()).unwrap()
    }

    /// What was complained about so far.
    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.err.lock().unwrap().clone()).unwrap()
    }

    /// Waits until exactly this was printed since the last time.
    pub(crate) async fn shows(&self, expected: &str) {
        for _ in 0..1000 {
            if self.out.lock().unwrap().len() >= expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let shown = std::mem::take(&mut *self.out.lock().unwrap());
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }
}
