//! What behaviours are written with.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use domain::{ContainerId, ExecSpec, Run, TermSize, Workload};
use futures_util::{StreamExt, stream};

use super::{Abilities, Fixture};
use crate::{AttachPlan, ByteStream, LogQuery, Output, PortResult, ProcessEvent, ProcessIo, ProcessStream, StartFailure, WorkloadState};

/// One behaviour being tried: what it may use, and what it leaves behind.
pub(super) struct Trial {
    pub(super) fixture: Fixture,
    launched: Mutex<Vec<Run>>,
}

/// What a process printed, by stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

impl Printed {
    pub(super) fn add(&mut self, output: &Output) {
        match output {
            Output::Stdout(bytes) => self.out.extend_from_slice(bytes),
            Output::Stderr(bytes) => self.err.extend_from_slice(bytes),
        }
    }

    pub(super) fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub(super) fn err(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }
}

/// How an exec ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Exited(i32),
    Failed(i32, String),
    /// The stream ended and said nothing about it, as that of an attached session does.
    Silent,
}

impl Trial {
    pub(super) fn new(fixture: Fixture) -> Self {
        Self { fixture, launched: Mutex::default() }
    }

    pub(super) fn patience(&self) -> Duration {
        self.fixture.patience
    }

    pub(super) fn abilities(&self) -> Abilities {
        self.fixture.abilities
    }

    /// Removes what was launched.
    pub(super) async fn clean_up(&self) -> PortResult<()> {
        let runs = std::mem::take(&mut *self.launched.lock().expect("invariant: no panic under this lock"));
        for run in runs {
            self.fixture.workloads.remove(&run).await?;
        }
        Ok(())
    }

    /// A run that nobody knows.
    pub(super) fn stranger(&self) -> Run {
        Run { container: ContainerId::from_bytes(self.fixture.ids.bytes()), number: 1 }
    }

    /// A workload with the image's own command.
    pub(super) fn plain(&self) -> Workload {
        let run = self.stranger();
        let name = format!("contract-{}", run.container.short());
        Workload::new(run, &name, &self.fixture.image)
    }

    /// A workload with this command.
    pub(super) fn command(&self, words: &[&str]) -> Workload {
        Workload { entrypoint: Some(words.iter().map(|word| (*word).to_owned()).collect()), ..self.plain() }
    }

    /// A workload that runs a shell script.
    pub(super) fn script(&self, script: &str) -> Workload {
        self.command(&["sh", "-c", script])
    }

    pub(super) async fn launch(&self, workload: &Workload) -> Run {
        self.remember(&workload.run);
        let launched = self.step("a launch", self.fixture.workloads.launch(workload)).await;
        launched.expect("a launch is accepted");
        workload.run.clone()
    }

    pub(super) fn remember(&self, run: &Run) {
        self.launched.lock().expect("invariant: no panic under this lock").push(run.clone());
    }

    /// Launches it and waits until its process runs.
    pub(super) async fn running(&self, workload: &Workload) -> Run {
        let run = self.launch(workload).await;
        let state = self.state(&run, |state| !matches!(state, WorkloadState::Waiting(_))).await;
        assert!(matches!(state, WorkloadState::Running { .. }), "it should run and is {state:?}");
        run
    }

    /// Launches it and waits for its exit code.
    pub(super) async fn exit_code(&self, workload: &Workload) -> i32 {
        let run = self.launch(workload).await;
        self.ended(&run).await.code
    }

    /// Waits for the end of a run.
    pub(super) async fn ended(&self, run: &Run) -> domain::Exit {
        match self.state(run, |state| !matches!(state, WorkloadState::Waiting(_) | WorkloadState::Running { .. })).await {
            WorkloadState::Ended(exit) => exit,
            other => panic!("it should have ended and is {other:?}"),
        }
    }

    /// Waits until it is clear that a run will never run.
    pub(super) async fn failed(&self, run: &Run) -> StartFailure {
        match self.state(run, |state| !matches!(state, WorkloadState::Waiting(_))).await {
            WorkloadState::Failed(failure) => failure,
            other => panic!("it should have failed and is {other:?}"),
        }
    }

    /// Waits until a run is in a state like this.
    pub(super) async fn state(&self, run: &Run, wanted: impl Fn(&WorkloadState) -> bool) -> WorkloadState {
        let mut watch = self.fixture.workloads.watch();
        let mut last = None;
        let waiting = async {
            while let Some(event) = watch.next().await {
                if event.run == *run {
                    if wanted(&event.state) {
                        return event.state;
                    }
                    last = Some(event.state);
                }
            }
            panic!("a watch never ends by itself");
        };
        match tokio::time::timeout(self.patience(), waiting).await {
            Ok(state) => state,
            Err(_) => panic!("the expected state never came; the last one was {last:?}"),
        }
    }

    /// One step, which may take as long as the fixture says.
    pub(super) async fn step<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        match tokio::time::timeout(self.patience(), future).await {
            Ok(value) => value,
            Err(_) => panic!("{what} took too long"),
        }
    }

    /// Attaches to a run.
    pub(super) async fn attach(&self, run: &Run, plan: AttachPlan, stdin: Option<ByteStream>) -> ProcessStream {
        let attach = self.fixture.processes.attach(run, &plan, ProcessIo { stdin, resize: no_sizes() });
        self.step("an attach", attach).await.expect("it can be attached to")
    }

    /// Executes a command to its end.
    pub(super) async fn exec(&self, run: &Run, exec: &ExecSpec, stdin: Option<ByteStream>) -> (Printed, End) {
        let started = self.fixture.processes.exec(run, exec, ProcessIo { stdin, resize: no_sizes() });
        let stream = self.step("the start of an exec", started).await.expect("an exec is accepted");
        self.collect(stream).await
    }

    /// Reads a process to its end.
    pub(super) async fn collect(&self, mut stream: ProcessStream) -> (Printed, End) {
        let mut printed = Printed::default();
        let collecting = async {
            while let Some(event) = stream.next().await {
                match event.expect("no error in the middle") {
                    ProcessEvent::Output(output) => printed.add(&output),
                    ProcessEvent::Exited(code) => return End::Exited(code),
                    ProcessEvent::Failed { code, message } => return End::Failed(code, message),
                }
            }
            End::Silent
        };
        let end = self.step("the output of a process", collecting).await;
        (printed, end)
    }

    /// Reads a process until what it printed on standard output contains `text`.
    pub(super) async fn expect(&self, stream: &mut ProcessStream, text: &str) -> String {
        let mut printed = Printed::default();
        let reading = async {
            while !printed.out().contains(text) {
                match stream.next().await {
                    Some(Ok(ProcessEvent::Output(output))) => printed.add(&output),
                    other => panic!("{text:?} should have been printed; it was {:?}, then {other:?}", printed.out()),
                }
            }
        };
        if tokio::time::timeout(self.patience(), reading).await.is_err() {
            panic!("{text:?} was never printed");
        }
        printed.out()
    }

    /// Reads a log to its end.
    pub(super) async fn log(&self, run: &Run, query: &LogQuery) -> Printed {
        let mut printed = Printed::default();
        let reading = async {
            let mut lines = self.fixture.logs.read(run, query).await.expect("the log can be read");
            while let Some(line) = lines.next().await {
                printed.add(&line.expect("no error in the middle").output);
            }
        };
        self.step("reading a log", reading).await;
        printed
    }

    /// Follows a log until this text was printed.
    pub(super) async fn printed(&self, run: &Run, text: &str) {
        let mut printed = Printed::default();
        let reading = async {
            let mut lines = self.fixture.logs.read(run, &LogQuery { follow: true, ..whole() }).await.expect("the log can be read");
            while !printed.out().contains(text) {
                let line = lines.next().await.expect("the log goes on");
                printed.add(&line.expect("no error in the middle").output);
            }
        };
        self.step("waiting for output", reading).await;
    }
}

/// The whole log as it is now.
pub(super) fn whole() -> LogQuery {
    LogQuery { stdout: true, stderr: true, ..LogQuery::default() }
}

/// Both streams from the start, without a terminal.
pub(super) const BOTH: AttachPlan = AttachPlan { stdout: true, stderr: true, tty: false, from_start: true };

/// A command with everything attached.
pub(super) fn exec_of(words: &[&str]) -> ExecSpec {
    ExecSpec {
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        attach_stdin: true,
        attach_stdout: true,
        attach_stderr: true,
        ..ExecSpec::default()
    }
}

/// Input that consists of this and then ends.
pub(super) fn input(text: &'static [u8]) -> ByteStream {
    Box::pin(stream::iter([Ok(Bytes::from_static(text))]))
}

/// Input that consists of this and stays open.
pub(super) fn open_input(text: &'static [u8]) -> ByteStream {
    Box::pin(stream::iter([Ok(Bytes::from_static(text))]).chain(stream::pending()))
}

/// A window that is never resized.
pub(super) fn no_sizes() -> crate::ResizeStream {
    Box::pin(stream::pending::<TermSize>())
}
