//! Commands executed beside a container's own process.

use std::sync::Arc;

use domain::{ExecSpec, Signal};
use futures_util::stream;
use ports::{PortResult, ProcessEvent, ProcessIo, ProcessStream};
use tokio::sync::{mpsc, oneshot};

use crate::attach::{Guard, feed};
use crate::instance::{Instance, on_terminal, refusal};
use crate::io::{Fds, Input, Sink, Tty, pipe};
use crate::journal::Source;
use crate::programs;
use crate::system::Context;
use crate::users::User;

/// How many pieces of output wait for the client before the process has to.
const BACKLOG: usize = 4;

/// Starts a command.
pub(crate) fn start(instance: &Arc<Instance>, exec: &ExecSpec, io: ProcessIo, tasks: &tokio_util::task::TaskTracker) -> ProcessStream {
    let (client, events) = mpsc::channel(BACKLOG);
    let sink = |wanted: bool, source| if wanted { Sink::Client(client.clone(), source) } else { Sink::Null };
    let (mut ctx, argv) = match surroundings(instance, exec) {
        Ok(found) => found,
        Err(message) => return failed(126, message),
    };
    let program = match ctx.lookup(&argv[0]) {
        Ok(program) => program,
        Err(error) => {
            let refusal = refusal(&argv[0], &error);
            return failed(refusal.code, refusal.message);
        }
    };
    if !instance.system.files.is_directory(&ctx.cwd) {
        return failed(127, format!("chdir to cwd (\"{}\") set in config.json failed: no such file or directory", ctx.cwd));
    }
    let input = io.stdin.filter(|_| exec.attach_stdin);
    let mut guard = None;
    if exec.tty {
        let tty = Tty::new(sink(exec.attach_stdout || exec.attach_stderr, Source::Stdout), exec.size);
        tty.join(&ctx.process);
        ctx.fds = on_terminal(&tty);
        ctx.tty = Some(Arc::clone(&tty));
        guard = Some(Guard::new(instance.system.spawn(feed::terminal(tty, input, io.resize))));
    } else {
        ctx.fds.stdout = sink(exec.attach_stdout, Source::Stdout);
        ctx.fds.stderr = sink(exec.attach_stderr, Source::Stderr);
        if let Some(input) = input {
            let (writer, reader) = pipe();
            ctx.fds.stdin = Input::Pipe(reader);
            guard = Some(Guard::new(instance.system.spawn(feed::pipe(writer, input))));
        }
    }
    drop(client);

    let (finished, exit) = oneshot::channel();
    let system = Arc::clone(&instance.system);
    tasks.spawn(async move {
        let code = tokio::select! {
            biased;
            () = system.halted() => Signal::KILL.exit_code(),
            code = programs::run(ctx, program, argv) => code,
        };
        // A client that has left does not want to know.
        let _client_left = finished.send(code);
    });
    let running = Running { events, exit, code: None, _guard: guard };
    Box::pin(stream::unfold(Some(running), async |running| {
        let mut running = running?;
        let event = running.next().await;
        let over = matches!(event, Ok(ProcessEvent::Exited(_)));
        Some((event, (!over).then_some(running)))
    }))
}

fn surroundings(instance: &Instance, exec: &ExecSpec) -> Result<(Context, Vec<String>), String> {
    let mut env = instance.env.clone();
    let mut user = instance.user.clone();
    if !exec.user.is_empty() {
        user = User::by_name(&instance.system.files, &exec.user)?;
        env.insert("HOME".to_owned(), user.home.clone());
    }
    if exec.tty {
        env.insert("TERM".to_owned(), "xterm".to_owned());
    }
    for pair in &exec.env {
        match pair.split_once('=') {
            Some((name, value)) => env.insert(name.to_owned(), value.to_owned()),
            None => env.remove(pair),
        };
    }
    let cwd = if exec.working_dir.is_empty() { instance.cwd.clone() } else { crate::files::absolute("/", &exec.working_dir) };
    let system = Arc::clone(&instance.system);
    let process = system.process(None);
    let fds = Fds { stdin: Input::Null, stdout: Sink::Null, stderr: Sink::Null };
    let argv = if exec.command.is_empty() { vec![String::new()] } else { exec.command.clone() };
    Ok((Context { system, process, fds, env, cwd, user, tty: None, depth: 0 }, argv))
}

fn failed(code: i32, message: String) -> ProcessStream {
    Box::pin(stream::iter([Ok(ProcessEvent::Failed { code, message })]))
}

/// A command that runs, seen by its client.
struct Running {
    events: mpsc::Receiver<PortResult<ProcessEvent>>,
    exit: oneshot::Receiver<i32>,
    code: Option<i32>,
    _guard: Option<Guard>,
}

impl Running {
    /// The next output, and when there is none any more the exit code. What the command left in the background may go on printing; nobody
    /// waits for that.
    async fn next(&mut self) -> PortResult<ProcessEvent> {
        if self.code.is_none() {
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => return event,
                code = &mut self.exit => self.code = Some(code.unwrap_or_else(|_| Signal::KILL.exit_code())),
            }
        }
        match (self.events.try_recv(), self.code) {
            (Ok(event), _) => event,
            (Err(_), code) => Ok(ProcessEvent::Exited(code.unwrap_or_default())),
        }
    }
}
