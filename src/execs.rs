//! Execs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Action, Container, ContainerId, Error, Exec, ExecId, ExecSpec, ExecState, Result, Run, Status, TermSize, Timestamp};
use futures_util::{StreamExt, stream};
use ports::{Attached, ExecStart, Execs, Output, OutputStream, ProcessEvent, ProcessIo, ProcessStream};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::containers::check_running;
use crate::core::Core;
use crate::daemon::Handle;
use crate::events::container_event;
use crate::registry::Entry;
use crate::sessions::{session_bound, sizes, watched};

/// How much output waits for a client before the process has to.
const BACKLOG: usize = 16;

/// How long an exec that has ended can still be inspected (moby `daemon/exec.go`, `execCommandGC`).
const KEPT: Duration = Duration::from_secs(5 * 60);

/// One exec.
struct ExecEntry {
    exec: Mutex<(Exec, Option<Timestamp>)>,
    size: watch::Sender<Option<TermSize>>,
}

impl ExecEntry {
    fn exec(&self) -> Exec {
        self.look(Exec::clone)
    }

    fn look<T>(&self, look: impl FnOnce(&Exec) -> T) -> T {
        look(&self.exec.lock().expect("invariant: no panic while holding it").0)
    }

    /// From created to running, once.
    fn begin(&self) -> Result<()> {
        let exec = &mut self.exec.lock().expect("invariant: no panic while holding it").0;
        match exec.state {
            ExecState::Created => {
                exec.state = ExecState::Running;
                Ok(())
            }
            ExecState::Running => Err(Error::Conflict(format!("Error: Exec command {} is already running", exec.id))),
            ExecState::Exited(_) => Err(Error::Conflict(format!("Error: Exec command {} has already run", exec.id))),
        }
    }

    fn end(&self, code: i32, at: Timestamp) {
        let mut exec = self.exec.lock().expect("invariant: no panic while holding it");
        exec.0.state = ExecState::Exited(code);
        exec.1 = Some(at);
    }

    /// Whether it ended too long ago to be kept.
    fn is_stale(&self, now: Timestamp) -> bool {
        self.exec.lock().expect("invariant: no panic while holding it").1.is_some_and(|end| now.since(end) > KEPT)
    }
}

/// All execs, by id.
#[derive(Default)]
pub(crate) struct ExecStore(Mutex<HashMap<ExecId, Arc<ExecEntry>>>);

impl ExecStore {
    fn add(&self, exec: Exec, now: Timestamp) {
        let size = exec.spec.size;
        let mut execs = self.0.lock().expect("invariant: no panic while holding it");
        execs.retain(|_, entry| !entry.is_stale(now));
        execs.insert(exec.id.clone(), Arc::new(ExecEntry { exec: Mutex::new((exec, None)), size: watch::Sender::new(size) }));
    }

    fn find(&self, id: &str) -> Result<Arc<ExecEntry>> {
        let execs = self.0.lock().expect("invariant: no panic while holding it");
        let entry = ExecId::parse(id).and_then(|id| execs.get(&id).cloned());
        entry.ok_or_else(|| Error::NotFound(format!("No such exec instance: {id}")))
    }

    /// The ids of the execs of a container that have not ended.
    pub(crate) fn open(&self, container: &ContainerId) -> Vec<String> {
        let execs = self.0.lock().expect("invariant: no panic while holding it");
        let open = |exec: &Exec| exec.container == *container && !matches!(exec.state, ExecState::Exited(_));
        execs.iter().filter(|(_, entry)| entry.look(open)).map(|(id, _)| id.to_string()).collect()
    }

    /// Drops the execs of a container that is removed.
    pub(crate) fn forget(&self, container: &ContainerId) {
        self.0.lock().expect("invariant: no panic while holding it").retain(|_, entry| entry.look(|exec| exec.container != *container));
    }
}

#[async_trait]
impl Execs for Handle {
    fn create(&self, container: &str, spec: ExecSpec) -> Result<ExecId> {
        let core = &self.0;
        let entry = core.containers.find(container)?;
        let container = runnable(&entry)?;
        let id = ExecId::from_bytes(core.outbound.ids.bytes());
        let action = Action::ExecCreate(spec.command.join(" "));
        core.execs.add(Exec { id: id.clone(), container: container.id.clone(), spec, state: ExecState::Created }, core.now());
        core.events.publish(container_event(&container, action, core.now(), &[("execID", id.to_string())]));
        Ok(id)
    }

    async fn start(&self, id: &str, request: ExecStart) -> Result<Attached> {
        let core = self.0.clone();
        let exec = core.execs.find(id)?;
        let entry = core.containers.get(&exec.exec().container).ok_or_else(|| Error::NotFound(format!("No such exec instance: {id}")))?;
        let container = runnable(&entry)?;
        exec.begin()?;
        if request.size.is_some() {
            exec.size.send_replace(request.size);
        }
        self.0.see_through(async move { start(&core, exec, &container, request).await }).await
    }

    fn inspect(&self, id: &str) -> Result<Exec> {
        Ok(self.0.execs.find(id)?.exec())
    }

    fn resize(&self, id: &str, size: TermSize) -> Result<()> {
        let entry = self.0.execs.find(id)?;
        if entry.exec().state != ExecState::Running {
            return Err(Error::Conflict(format!("exec {id} is not running")));
        }
        entry.size.send_replace(Some(size));
        Ok(())
    }
}

/// The container, if commands can be run in it.
fn runnable(entry: &Entry) -> Result<Arc<Container>> {
    check_running(entry)?;
    let container = entry.container();
    match container.state.status() {
        Status::Paused => Err(Error::Conflict(format!("container {} is paused, unpause the container before exec", container.id))),
        Status::Restarting => {
            Err(Error::Conflict(format!("container {} is restarting, wait until the container is running", container.id)))
        }
        _ => Ok(container),
    }
}

async fn start(core: &Arc<Core>, exec: Arc<ExecEntry>, container: &Arc<Container>, request: ExecStart) -> Result<Attached> {
    let Exec { id, spec, .. } = exec.exec();
    let told = Told { core: core.clone(), container: container.clone(), exec: exec.clone(), id: id.to_string() };
    told.publish(Action::ExecStart(spec.command.join(" ")), &[]);
    let over = CancellationToken::new();
    let stdin = request.stdin.filter(|_| spec.attach_stdin).map(|stdin| match spec.tty {
        true => session_bound(watched(stdin, spec.detach_keys.clone().unwrap_or_default(), over.clone()), over.clone()),
        false => stdin,
    });
    let io = ProcessIo { stdin, resize: sizes(exec.size.subscribe()) };
    let run: Run = container.run();
    let process = match core.outbound.processes.exec(&run, &spec, io).await {
        Ok(process) => process,
        Err(error) => {
            told.end(126);
            return Err(error.into());
        }
    };
    let (sender, receiver) = mpsc::channel(BACKLOG);
    let stop = core.stop.clone();
    core.tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = follow(process, sender, told) => {}
        }
    });
    let output = if request.detach { stream::empty().boxed() } else { received(receiver, over) };
    Ok(Attached { tty: spec.tty, output })
}

/// Output as it comes, until the client detaches or ends the input of a terminal.
fn received(receiver: mpsc::Receiver<Result<Output>>, over: CancellationToken) -> OutputStream {
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) })
        .take_until(over.cancelled_owned())
        .boxed()
}

/// Passes output on as long as somebody listens, and notices the end in any case: an exec outlives the client that began it.
async fn follow(mut process: ProcessStream, sender: mpsc::Sender<Result<Output>>, told: Told) {
    let code = loop {
        match process.next().await {
            Some(Ok(ProcessEvent::Output(output))) => {
                let _ = sender.send(Ok(output)).await;
            }
            Some(Ok(ProcessEvent::Exited(code))) => break code,
            Some(Ok(ProcessEvent::Failed { code, message })) => {
                // dockerd, too, tells it as output once the session has begun (moby `api/server/router/container/exec.go`).
                let _ = sender.send(Ok(Output::Stdout(format!("{message}\r\n").into()))).await;
                break code;
            }
            Some(Err(error)) => {
                let _ = sender.send(Err(error.into())).await;
                break LOST;
            }
            None => break LOST,
        }
    };
    told.end(code);
}

/// The exit code of an exec whose end nobody saw: its container is gone, or the connection to it.
const LOST: i32 = 137;

/// What is told about an exec.
struct Told {
    core: Arc<Core>,
    container: Arc<Container>,
    exec: Arc<ExecEntry>,
    id: String,
}

impl Told {
    fn publish(&self, action: Action, more: &[(&str, String)]) {
        let mut facts = vec![("execID", self.id.clone())];
        facts.extend_from_slice(more);
        self.core.events.publish(container_event(&self.container, action, self.core.now(), &facts));
    }

    fn end(&self, code: i32) {
        self.exec.end(code, self.core.now());
        self.publish(Action::ExecDie, &[("exitCode", code.to_string())]);
    }
}
