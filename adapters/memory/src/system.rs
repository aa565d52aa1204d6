//! What programs have around them: the system of one container, and the surroundings of one process in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::files::{FileError, Files, absolute};
use crate::io::{Fds, Tty, WriteError};
use crate::process::Process;
use crate::programs::Program;
use crate::users::User;

/// Where programs are looked for unless the environment says otherwise.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How many processes a container may have.
const PROCESSES: usize = 256;

/// The system of one container.
pub(crate) struct System {
    pub(crate) files: Arc<Files>,
    pub(crate) hostname: String,
    processes: Mutex<BTreeMap<u32, Weak<Process>>>,
    next_pid: AtomicU32,
    tasks: TaskTracker,
    halted: CancellationToken,
}

impl System {
    /// A system whose tasks are counted by `tasks`.
    pub(crate) fn new(files: Arc<Files>, hostname: String, tasks: TaskTracker) -> Arc<Self> {
        let halted = CancellationToken::new();
        Arc::new(Self { files, hostname, processes: Mutex::default(), next_pid: AtomicU32::new(1), tasks, halted })
    }

    /// A new process: the first one, or one that inherits from `parent`.
    pub(crate) fn process(&self, parent: Option<&Process>) -> Arc<Process> {
        let pid = self.next_pid.fetch_add(1, Ordering::Relaxed);
        let process = parent.map_or_else(|| Process::new(pid), |parent| parent.child(pid));
        let mut processes = self.processes.lock().expect("invariant: no panic under this lock");
        processes.retain(|_, process| process.strong_count() > 0);
        processes.insert(pid, Arc::downgrade(&process));
        process
    }

    /// Whether so many processes more may be made.
    pub(crate) fn has_room(&self, count: usize) -> bool {
        let processes = self.processes.lock().expect("invariant: no panic under this lock");
        processes.values().filter(|process| process.strong_count() > 0).count() + count <= PROCESSES
    }

    /// The process with this number, if it lives.
    pub(crate) fn find(&self, pid: u32) -> Option<Arc<Process>> {
        self.processes.lock().expect("invariant: no panic under this lock").get(&pid)?.upgrade()
    }

    /// Runs a task that ends with the system at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        let halted = self.halted.clone();
        let task = async move {
            tokio::select! {
                biased;
                () = halted.cancelled() => {}
                () = task => {}
            }
        };
        self.tasks.spawn(task).abort_handle()
    }

    /// Counts a task that something else runs and ends.
    pub(crate) fn count<F: Future>(&self, task: F) -> impl Future<Output = F::Output> + use<F> {
        self.tasks.track_future(task)
    }

    /// Ends everything that runs in it.
    pub(crate) fn halt(&self) {
        self.halted.cancel();
    }

    /// Returns when it was halted.
    pub(crate) async fn halted(&self) {
        self.halted.cancelled().await;
    }
}

/// The surroundings of one process.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) system: Arc<System>,
    pub(crate) process: Arc<Process>,
    pub(crate) fds: Fds,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cwd: String,
    pub(crate) user: User,
    pub(crate) tty: Option<Arc<Tty>>,
    /// How deeply it is nested in other processes and commands.
    pub(crate) depth: usize,
}

/// Why a program cannot be executed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotExecutable {
    /// 126 if it is there, 127 if not.
    pub(crate) code: i32,
    pub(crate) reason: FileError,
}

impl Context {
    /// The surroundings of a child process, which has its own number and the same keyboard.
    pub(crate) fn child(&self) -> Self {
        let process = self.system.process(Some(&self.process));
        if let Some(tty) = &self.tty {
            tty.join(&process);
        }
        Self { process, ..self.clone() }
    }

    /// `path` seen from the working directory.
    pub(crate) fn path(&self, path: &str) -> String {
        absolute(&self.cwd, path)
    }

    /// Finds a program as `execvp(3)` does.
    pub(crate) fn lookup(&self, name: &str) -> Result<Program, NotExecutable> {
        self.lookup_in(self.env.get("PATH").map_or(PATH, String::as_str), name)
    }

    /// Finds a program in one of these directories, unless its name says where it is.
    pub(crate) fn lookup_in(&self, directories: &str, name: &str) -> Result<Program, NotExecutable> {
        let refuse = |reason| {
            let code = if matches!(reason, FileError::Missing | FileError::NotDirectory | FileError::Loop) { 127 } else { 126 };
            NotExecutable { code, reason }
        };
        if name.contains('/') {
            return self.system.files.program(&self.path(name)).map_err(refuse);
        }
        if name.is_empty() {
            return Err(refuse(FileError::Missing));
        }
        let found = directories.split(':').find_map(|directory| self.system.files.program(&self.path(&format!("{directory}/{name}"))).ok());
        found.ok_or_else(|| refuse(FileError::Missing))
    }

    /// Prints to standard output.
    pub(crate) async fn print(&self, text: impl Into<String>) -> Result<(), WriteError> {
        self.fds.stdout.write(text.into()).await
    }

    /// Prints to standard error; if that fails there is nobody left to tell.
    pub(crate) async fn complain(&self, text: impl std::fmt::Display) {
        let _nobody_reads_it = self.fds.stderr.write(format!("{text}\n")).await;
    }
}
