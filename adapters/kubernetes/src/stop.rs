//! Ending processes with what a pod allows: a signal from inside, or deleting the pod.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{ExecSpec, Run, Signal};
use futures_util::{StreamExt, stream};
use ports::{Kind, LogQuery, Output, PortError, PortResult, ProcessEvent, ProcessIo, WorkloadState};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::access::Access;
use crate::exec;
use crate::logs::{self, KeptLogs};
use crate::pod::grace_seconds;
use crate::watch::{Tracked, Tracker};

/// What cannot be sent from inside a pod: the kernel keeps these from the first process of a PID namespace.
const STOP: u8 = 19;

/// How long to look for a way to send a signal.
const PREPARATION: Duration = Duration::from_secs(5);

/// How long a pod's deletion waits for its log to begin to arrive; that of a container that printed nothing never does.
const HEAD_START: Duration = Duration::from_millis(50);

/// How many bytes of a shell's complaint are passed on.
const COMPLAINT_MAX: usize = 1 << 10;

/// Work that goes on after the call that began it; dropping it ends the work.
#[derive(Default)]
pub(crate) struct Background(Mutex<JoinSet<()>>);

impl Background {
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().expect("invariant: no holder of this lock panics");
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }
}

/// What it takes to end a run.
#[derive(Clone)]
pub(crate) struct Ending {
    pub(crate) access: Arc<Access>,
    pub(crate) tracker: Arc<Tracker>,
    pub(crate) kept: Arc<KeptLogs>,
    pub(crate) background: Arc<Background>,
}

impl Ending {
    /// Makes a run end; see [`ports::Workloads::stop`].
    ///
    /// Deleting the pod makes the runtime send the image's own stop signal, then KILL after the grace period. Another signal is sent from inside
    /// first, which also leaves the pod and its log in place if the process obeys.
    pub(crate) async fn stop(&self, run: &Run, signal: Option<Signal>, grace: Duration) -> PortResult<()> {
        let tracked = self.tracker.find(run).ok_or_else(|| no_pod(run))?;
        match (&tracked.state, signal) {
            (WorkloadState::Ended(_) | WorkloadState::Failed(_) | WorkloadState::Gone, _) => Ok(()),
            (WorkloadState::Running { .. }, Some(signal)) if signal != Signal::TERM && signal != Signal::KILL => {
                match self.send(&tracked.pod, signal).await {
                    Ok(()) => self.kill_later(run, tracked, grace),
                    Err(reason) => {
                        tracing::warn!(pod = tracked.pod, %signal, %reason, "cannot send the stop signal; the pod's own is used");
                        self.delete(run, &tracked, grace).await?;
                    }
                }
                Ok(())
            }
            (WorkloadState::Running { .. }, Some(Signal::KILL)) => self.delete(run, &tracked, Duration::ZERO).await,
            (WorkloadState::Running { .. } | WorkloadState::Waiting(_), _) => self.delete(run, &tracked, grace).await,
        }
    }

    /// Sends a signal to a run's first process; see [`ports::Workloads::signal`].
    pub(crate) async fn signal(&self, run: &Run, signal: Signal) -> PortResult<()> {
        let tracked = exec::running(&self.tracker, run)?;
        if signal == Signal::KILL {
            // Nobody inside may kill the first process. The kubelet can, but says TERM first and waits for the shortest time it knows.
            return self.delete(run, &tracked, Duration::ZERO).await;
        }
        self.send(&tracked.pod, signal).await
    }

    fn kill_later(&self, run: &Run, tracked: Tracked, grace: Duration) {
        let (this, run) = (self.clone(), run.clone());
        self.background.spawn(async move {
            if timeout(grace, this.tracker.ended(&run)).await.is_err()
                && let Err(error) = this.delete(&run, &tracked, Duration::ZERO).await
            {
                tracing::warn!(pod = tracked.pod, reason = %error, "cannot kill a container that did not stop");
            }
        });
    }

    /// Deletes a pod whose end is of interest, and keeps its log before it vanishes.
    async fn delete(&self, run: &Run, tracked: &Tracked, grace: Duration) -> PortResult<()> {
        let query = LogQuery { follow: true, stdout: true, stderr: true, timestamps: true, ..LogQuery::default() };
        match logs::open(&self.access, tracked, &query).await {
            Ok(log) => self.background.spawn(self.kept.keep(run, log)),
            Err(reason) => tracing::warn!(pod = tracked.pod, %reason, "the log of a container that is about to stop cannot be kept"),
        }
        if let Some(kept) = self.kept.find(run) {
            kept.begun(HEAD_START).await;
        }
        let seconds = u32::try_from(grace_seconds(grace)).unwrap_or(u32::MAX);
        self.access.delete(&tracked.pod, seconds).await
    }

    /// Sends a signal from inside, by number, which every `kill` understands.
    async fn send(&self, pod: &str, signal: Signal) -> PortResult<()> {
        let number = signal.number();
        if number == STOP {
            return Err(PortError::new(Kind::Unsupported, "SIGSTOP: a pod's first process cannot be stopped from inside"));
        }
        let mut reason = String::new();
        for command in [vec!["/bin/sh".to_owned(), "-c".to_owned(), format!("kill -{number} 1")], kill(number)] {
            match timeout(PREPARATION, self.try_to_send(pod, command)).await {
                Ok(Ok(Sent::Yes)) => return Ok(()),
                Ok(Ok(Sent::NoSuchProgram(why))) => reason = why,
                Ok(Ok(Sent::Refused(why))) => return Err(PortError::new(Kind::Unsupported, format!("cannot send {signal}: {why}"))),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(PortError::new(Kind::Timeout, format!("cannot send {signal}: no answer within {PREPARATION:?}"))),
            }
        }
        let context = format!("cannot send {signal}: Kubernetes has no way to, and the image has neither a shell nor kill ({reason})");
        Err(PortError::new(Kind::Unsupported, context))
    }

    async fn try_to_send(&self, pod: &str, command: Vec<String>) -> PortResult<Sent> {
        let spec = ExecSpec { command, attach_stdout: true, attach_stderr: true, ..ExecSpec::default() };
        let io = ProcessIo { stdin: None, resize: Box::pin(stream::pending()) };
        let mut events = exec::exec(&self.access, pod, &spec, io).await?;
        let mut complaint = Vec::new();
        while let Some(event) = events.next().await {
            match event? {
                ProcessEvent::Output(Output::Stdout(text) | Output::Stderr(text)) if complaint.len() < COMPLAINT_MAX => {
                    complaint.extend_from_slice(&text);
                }
                ProcessEvent::Output(_) => {}
                ProcessEvent::Exited(0) => return Ok(Sent::Yes),
                ProcessEvent::Exited(_) => return Ok(Sent::Refused(String::from_utf8_lossy(&complaint).trim().to_owned())),
                ProcessEvent::Failed { message, .. } => return Ok(Sent::NoSuchProgram(message)),
            }
        }
        Ok(Sent::Yes)
    }
}

/// What came of an attempt to send a signal.
enum Sent {
    Yes,
    NoSuchProgram(String),
    Refused(String),
}

fn kill(number: u8) -> Vec<String> {
    vec!["kill".to_owned(), format!("-{number}"), "1".to_owned()]
}

fn no_pod(run: &Run) -> PortError {
    PortError::new(Kind::NotFound, format!("container {} has no pod", run.container.short()))
}
