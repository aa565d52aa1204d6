//! Sessions with a container's own process, and reading its log.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{ExecSpec, Run};
use futures_util::stream;
use ports::{
    AttachPlan, Kind, LogQuery, LogStream, Logs, PortError, PortResult, ProcessEvent, ProcessIo, ProcessStream, Processes, WorkloadState,
};
use tokio::task::AbortHandle;

use crate::cluster::{MemoryCluster, not_running};
use crate::faults::Op;
use crate::instance::{Instance, Stdin};
use crate::io::PipeWriter;
use crate::journal::{self, Session, Source};

#[async_trait]
impl Processes for MemoryCluster {
    async fn exec(&self, run: &Run, exec: &ExecSpec, io: ProcessIo) -> PortResult<ProcessStream> {
        self.faults.happen(Op::Exec).await?;
        match self.find(run)? {
            (instance, WorkloadState::Running { .. }) => Ok(crate::exec::start(&instance, exec, io, &self.tasks)),
            _ => Err(not_running(run)),
        }
    }

    async fn attach(&self, run: &Run, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
        self.faults.happen(Op::Attach).await?;
        let (instance, state) = self.find(run)?;
        match state {
            WorkloadState::Waiting(_) | WorkloadState::Running { .. } => {}
            WorkloadState::Ended(_) if plan.from_start => {}
            WorkloadState::Ended(_) | WorkloadState::Failed(_) | WorkloadState::Gone => return Err(not_running(run)),
        }
        Ok(attach(&instance, *plan, io))
    }
}

#[async_trait]
impl Logs for MemoryCluster {
    async fn read(&self, run: &Run, query: &LogQuery) -> PortResult<LogStream> {
        self.faults.happen(Op::ReadLog).await?;
        match self.find(run)? {
            (_, WorkloadState::Failed(failure)) => {
                Err(PortError::new(Kind::NotFound, format!("container {} never started: {}", run.container.short(), failure.message)))
            }
            (instance, _) => Ok(journal::read(&instance.journal, query)),
        }
    }
}

fn attach(instance: &Arc<Instance>, plan: AttachPlan, io: ProcessIo) -> ProcessStream {
    let session = Session::new(&instance.journal, plan.from_start);
    let guard = match (&instance.stdin, io.stdin) {
        (Stdin::Tty(tty), input) => Some(instance.system.spawn(feed::terminal(Arc::clone(tty), input, io.resize))),
        (Stdin::Pipe { writer, once }, Some(input)) => {
            let ending = once.then(|| Ending(writer.clone()));
            let feeding = feed::pipe(writer.clone(), input);
            Some(instance.system.spawn(async move {
                let _ending = ending;
                feeding.await;
            }))
        }
        (Stdin::Closed, _) | (_, None) => None,
    };
    let attached = Attached { session, plan, ready: VecDeque::new(), _guard: guard.map(Guard::new) };
    Box::pin(stream::unfold(attached, async |mut attached| Some((Ok(attached.next().await?), attached))))
}

/// A session as its client sees it.
struct Attached {
    session: Session,
    plan: AttachPlan,
    ready: VecDeque<(Source, Bytes)>,
    _guard: Option<Guard>,
}

impl Attached {
    async fn next(&mut self) -> Option<ProcessEvent> {
        loop {
            while let Some((source, bytes)) = self.ready.pop_front() {
                let wanted = match source {
                    Source::Stdout => self.plan.stdout,
                    Source::Stderr => self.plan.stderr,
                };
                if wanted {
                    return Some(ProcessEvent::Output(source.output(bytes)));
                }
            }
            self.ready.extend(self.session.next().await?);
        }
    }
}

/// Ends a task when the stream that it belongs to is dropped.
pub(crate) struct Guard(AbortHandle);

impl Guard {
    pub(crate) const fn new(task: AbortHandle) -> Self {
        Self(task)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends a process' input when the client that it came from leaves.
struct Ending(PipeWriter);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Passing a client's input on.
pub(crate) mod feed {
    use std::sync::Arc;

    use futures_util::StreamExt;
    use ports::{ByteStream, ResizeStream};

    use crate::io::{PipeWriter, Tty};

    /// Passes input to a process until it ends, the client vanishes, or nobody reads it.
    pub(crate) async fn pipe(writer: PipeWriter, mut input: ByteStream) {
        while let Some(Ok(bytes)) = input.next().await
            && writer.write(bytes).await.is_ok()
        {}
    }

    /// Passes what is typed, and the size of the window, to a terminal. A terminal does not end with its client.
    pub(crate) async fn terminal(tty: Arc<Tty>, input: Option<ByteStream>, mut resize: ResizeStream) {
        let typing = async {
            if let Some(mut input) = input {
                while let Some(Ok(bytes)) = input.next().await {
                    tty.type_in(&bytes).await;
                }
            }
        };
        let resizing = async {
            while let Some(size) = resize.next().await {
                tty.resize(size);
            }
        };
        futures_util::future::join(typing, resizing).await;
    }
}
