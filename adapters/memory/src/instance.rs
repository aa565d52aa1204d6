//! One run: its system, its first process, and what it leaves behind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Cause, Exit, Run, Signal, Workload};
use ports::{Clock, StartFailure, WorkloadState};
use tokio_util::task::TaskTracker;

use crate::cluster::Settings;
use crate::faults::{Faults, Op};
use crate::files::{Files, base};
use crate::io::{Fds, Input, PipeWriter, Sink, Tty, pipe};
use crate::journal::{Journal, Source};
use crate::process::Process;
use crate::programs::{self, Program};
use crate::registry::Registry;
use crate::system::{Context, NotExecutable, PATH, System};
use crate::users::User;

/// One run.
pub(crate) struct Instance {
    run: Run,
    clock: Arc<dyn Clock>,
    pub(crate) system: Arc<System>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) stdin: Stdin,
    /// What commands executed in it begin with.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cwd: String,
    pub(crate) user: User,
    first: Arc<Process>,
    /// How it ends if not by itself.
    fate: Mutex<Option<WorkloadState>>,
}

/// Where input from clients goes.
pub(crate) enum Stdin {
    /// Nowhere.
    Closed,
    /// To the process, which sees the end when the first client leaves if `once`.
    Pipe { writer: PipeWriter, once: bool },
    /// To a terminal.
    Tty(Arc<Tty>),
}

/// What is to run first in an instance.
pub(crate) struct Entry {
    ctx: Context,
    argv: Vec<String>,
}

impl Instance {
    /// A run that has not begun.
    pub(crate) fn new(workload: &Workload, clock: &Arc<dyn Clock>, settings: &Settings, tasks: &TaskTracker) -> (Arc<Self>, Entry) {
        let writable = match workload.readonly_rootfs {
            false => vec!["/".to_owned()],
            true => workload.scratch.iter().map(|scratch| scratch.path.clone()).collect(),
        };
        let files = Files::new(base(workload, clock.now()), Arc::clone(clock), settings.file_limit, writable);
        let user = User::by_ids(&files, workload.user);
        let system = System::new(files, workload.hostname.clone(), tasks.clone());
        let journal = Journal::new(Arc::clone(clock), settings.log_limit);
        let first = system.process(None);

        let printed = |source| Sink::Journal(Arc::clone(&journal), source);
        let (mut fds, mut stdin) =
            (Fds { stdin: Input::Null, stdout: printed(Source::Stdout), stderr: printed(Source::Stderr) }, Stdin::Closed);
        let mut tty = None;
        if workload.tty {
            let terminal = Tty::new(printed(Source::Stdout), None);
            terminal.join(&first);
            fds = on_terminal(&terminal);
            stdin = Stdin::Tty(Arc::clone(&terminal));
            tty = Some(terminal);
        } else if workload.stdin {
            let (writer, reader) = pipe();
            fds.stdin = Input::Pipe(reader);
            stdin = Stdin::Pipe { writer, once: workload.stdin_once };
        }

        let mut env = BTreeMap::from([("PATH".to_owned(), PATH.to_owned()), ("HOSTNAME".to_owned(), workload.hostname.clone())]);
        env.insert("HOME".to_owned(), user.home.clone());
        if workload.tty {
            env.insert("TERM".to_owned(), "xterm".to_owned());
        }
        env.extend(workload.env.clone());
        let cwd = workload.working_dir.clone().unwrap_or_else(|| "/".to_owned());

        let ctx = Context {
            system: Arc::clone(&system),
            process: Arc::clone(&first),
            fds,
            env: env.clone(),
            cwd: cwd.clone(),
            user: user.clone(),
            tty,
            depth: 0,
        };
        let words = workload.entrypoint.iter().chain(&workload.args).flatten().cloned();
        let mut argv: Vec<String> = words.collect();
        if argv.is_empty() {
            argv = crate::images::command(&workload.image);
        }
        let run = workload.run.clone();
        let fate = Mutex::default();
        (Arc::new(Self { run, clock: Arc::clone(clock), system, journal, stdin, env, cwd, user, first, fate }), Entry { ctx, argv })
    }

    /// Which run it is.
    pub(crate) const fn run(&self) -> &Run {
        &self.run
    }

    /// Sends a signal to its first process.
    pub(crate) fn signal(&self, signal: Signal) {
        self.first.deliver(signal);
    }

    /// Asks it to end, and makes it end after `grace`.
    pub(crate) fn stop(&self, signal: Signal, grace: Duration) {
        self.signal(signal);
        let first = Arc::clone(&self.first);
        self.system.spawn(async move {
            tokio::time::sleep(grace).await;
            first.deliver(Signal::KILL);
        });
    }

    /// Ends it from outside, like a machine that is switched off.
    pub(crate) fn end(&self, fate: Option<WorkloadState>) {
        *self.fate.lock().expect("invariant: no panic under this lock") = fate;
        self.system.halt();
    }

    /// What an end with this code is.
    pub(crate) fn exit(&self, code: i32, message: String) -> WorkloadState {
        WorkloadState::Ended(Exit { code, cause: Cause::Ended, message, started_at: None, finished_at: self.clock.now() })
    }

    /// Its whole life.
    pub(crate) async fn live(self: Arc<Self>, entry: Entry, registry: Arc<Registry>, faults: Arc<Faults>) {
        let life = async {
            if let Err(error) = faults.happen(Op::Start).await {
                return WorkloadState::Failed(StartFailure { code: 128, message: error.context });
            }
            let Entry { ctx, argv } = entry;
            let program = match ctx.lookup(&argv[0]) {
                Ok(program) => program,
                Err(error) => return WorkloadState::Failed(refusal(&argv[0], &error)),
            };
            let started_at = self.clock.now();
            registry.change(&self, WorkloadState::Running { started_at, address: None });
            let code = programs::run(ctx, program, argv).await;
            match self.exit(code, String::new()) {
                WorkloadState::Ended(exit) => WorkloadState::Ended(Exit { started_at: Some(started_at), ..exit }),
                other => other,
            }
        };
        let state = tokio::select! {
            biased;
            () = self.system.halted() => None,
            state = life => Some(state),
        };
        // What else runs in it ends with the first process.
        self.system.halt();
        self.journal.close();
        let fate = self.fate.lock().expect("invariant: no panic under this lock").take();
        let switched_off = || self.exit(Signal::KILL.exit_code(), String::new());
        registry.change(&self, fate.or(state).unwrap_or_else(switched_off));
    }
}

/// A process' streams on a terminal.
pub(crate) fn on_terminal(tty: &Arc<Tty>) -> Fds {
    Fds { stdin: Input::Tty(Arc::clone(tty)), stdout: Sink::Tty(Arc::clone(tty)), stderr: Sink::Tty(Arc::clone(tty)) }
}

/// Why a program does not run, in runc's words and with what a user of this backend should know.
pub(crate) fn refusal(name: &str, error: &NotExecutable) -> StartFailure {
    let reason = match (error.code, name.contains('/')) {
        (127, false) => format!("exec: \"{name}\": executable file not found in $PATH"),
        (127, true) => format!("exec: \"{name}\": stat {name}: no such file or directory"),
        _ if error.reason == crate::files::FileError::IsDirectory => format!("exec: \"{name}\": is a directory: permission denied"),
        _ => format!("exec: \"{name}\": permission denied"),
    };
    let programs: Vec<&str> = Program::ALL.into_iter().map(Program::name).collect();
    let message = format!(
        "{reason} (this is kubedock's in-memory backend, whose images have no programs but {}; use a cluster for real ones)",
        programs.join(" ")
    );
    StartFailure { code: error.code, message }
}
