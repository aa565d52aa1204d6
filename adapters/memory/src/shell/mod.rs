//! A shell for a part of the POSIX language, so that containers in memory behave like real ones.
//!
//! It has simple commands with quotes, variables, `$(…)`, `$((…))` and redirections; `;`, `&`, `&&`, `||`, `|`, `!`; `{ }`, `( )`, `if`,
//! `while`, `until`, `for`; `trap`, `wait`, `read` and the builtins of [`builtins`]. It has no functions, `case`, here-documents, file name
//! patterns or other file descriptors than 0, 1 and 2, and says so when it meets them. Scripts, nesting and substitutions are bounded, and
//! each command gives way to other tasks: a script can be killed at any time and hurts nobody.

mod arithmetic;
mod ast;
mod builtins;
mod command;
mod eval;
mod expand;
mod interactive;
mod lexer;
mod parser;
mod simple;
mod traps;
mod vars;

use std::pin::Pin;

use tokio::sync::watch;

use crate::system::Context;
use ast::List;
pub(crate) use parser::DEPTH;
use traps::Traps;
use vars::Vars;

/// What a part of a script gives, or why what follows it is left out.
type Eval<'a, T = i32> = Pin<Box<dyn Future<Output = Result<T, Flow>> + Send + 'a>>;

/// Why what follows is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// The shell ends.
    Exit(i32),
    /// So many loops end.
    Break(usize),
    /// So many loops less one end, and the last goes on with its next round.
    Continue(usize),
}

/// A command in the background.
#[derive(Clone)]
struct Job {
    pid: u32,
    code: watch::Receiver<Option<i32>>,
}

/// A running shell.
#[derive(Clone)]
struct Shell {
    ctx: Context,
    /// `$$`, which subshells share.
    pid: u32,
    /// `$0`.
    name: String,
    params: Vec<String>,
    vars: Vars,
    status: i32,
    /// The exit code of the last `$(…)` in the present command.
    substituted: Option<i32>,
    traps: Traps,
    jobs: Vec<Job>,
    last_job: Option<u32>,
    /// Whether a failing command ends it, and how many conditions around the present command prevent that.
    errexit: bool,
    conditions: usize,
    loops: usize,
    interactive: bool,
}

/// Runs `sh` with these arguments.
pub(crate) async fn main(ctx: Context, argv: &[String]) -> i32 {
    let mut words = argv.iter().cloned();
    let own_name = words.next().unwrap_or_default();
    let mut shell = Shell::new(ctx, own_name);
    let (mut script, mut interactive) = (false, false);
    let mut first = None;
    for word in words.by_ref() {
        let Some(options) = word.strip_prefix(['-', '+']).filter(|options| !options.is_empty() && !script) else {
            first = Some(word);
            break;
        };
        for option in options.chars() {
            match option {
                'c' => script = true,
                'i' => interactive = true,
                'e' => shell.errexit = word.starts_with('-'),
                // A login shell, and reading commands from standard input, are nothing special here.
                'l' | 's' | '-' => {}
                _ => return shell.refuse(&format!("-{option}: unknown option in kubedock's in-memory backend")).await,
            }
        }
    }
    match (script, first) {
        (true, None) => shell.refuse("-c requires an argument").await,
        (true, Some(text)) => {
            shell.name = words.next().unwrap_or(shell.name);
            shell.params = words.collect();
            shell.run_script(&text).await
        }
        (false, Some(path)) => {
            let text = match shell.ctx.system.files.read(&shell.ctx.path(&path)) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(_) => return shell.refuse(&format!("can't open '{path}': No such file or directory")).await,
            };
            shell.name = path;
            shell.params = words.collect();
            shell.run_script(&text).await
        }
        (false, None) => {
            let on_a_terminal = matches!(shell.ctx.fds.stdin, crate::io::Input::Tty(_));
            shell.interactive = interactive || on_a_terminal;
            Box::pin(shell.converse()).await
        }
    }
}

impl Shell {
    fn new(mut ctx: Context, name: String) -> Self {
        ctx.env.insert("PWD".to_owned(), ctx.cwd.clone());
        Self {
            pid: ctx.process.pid(),
            vars: Vars::new(&ctx.env),
            ctx,
            name,
            params: Vec::new(),
            status: 0,
            substituted: None,
            traps: Traps::default(),
            jobs: Vec::new(),
            last_job: None,
            errexit: false,
            conditions: 0,
            loops: 0,
            interactive: false,
        }
    }

    async fn refuse(&self, reason: &str) -> i32 {
        self.ctx.complain(format!("{}: {reason}", self.name)).await;
        2
    }

    /// Sets a variable.
    async fn assign(&mut self, name: &str, value: String) -> Result<(), Flow> {
        match self.vars.set(name, value) {
            Ok(()) => Ok(()),
            Err(vars::Full) => Err(self.give_up("out of memory: kubedock's in-memory backend holds 1 MiB of variables", 2).await),
        }
    }

    /// Says why the shell cannot go on.
    async fn give_up(&self, reason: &str, code: i32) -> Flow {
        self.ctx.complain(format!("{}: {reason}", self.name)).await;
        Flow::Exit(code)
    }

    async fn run_script(mut self, script: &str) -> i32 {
        match parser::parse(script) {
            Ok(list) => {
                let flow = self.run(&list).await;
                self.finish(flow).await
            }
            Err(error) => self.refuse(&error.to_string()).await,
        }
    }

    /// Runs commands and the handlers of signals that came with the last one.
    async fn run(&mut self, list: &List) -> Result<i32, Flow> {
        let status = self.list(list).await?;
        self.handle_signals().await?;
        Ok(status)
    }

    /// A shell in another process that begins with everything this one has, except handlers and jobs.
    fn subshell(&self) -> Self {
        Self { ctx: self.ctx.child(), traps: Traps::default(), jobs: Vec::new(), interactive: false, ..self.clone() }
    }

    /// Runs something in the process of a subshell, to the end of both.
    async fn run_alone(mut self, work: impl for<'a> FnOnce(&'a mut Self) -> Eval<'a> + Send) -> i32 {
        let process = self.ctx.process.clone();
        let work = async move {
            let flow = work(&mut self).await;
            if let Ok(status) = flow {
                self.status = status;
            }
            self.finish(flow).await
        };
        process.supervise(work).await
    }

    async fn run_list_alone(self, list: &List) -> i32 {
        let list = list.clone();
        self.run_alone(|shell| Box::pin(async move { shell.run(&list).await })).await
    }

    /// Ends: runs the handler of the end and tells the exit code.
    async fn finish(&mut self, flow: Result<i32, Flow>) -> i32 {
        let code = match flow {
            Err(Flow::Exit(code)) => code,
            Ok(_) | Err(Flow::Break(_) | Flow::Continue(_)) => self.status,
        };
        self.status = code;
        match self.traps.take_exit() {
            Some(handler) => match self.handler(&handler).await {
                Err(Flow::Exit(code)) => code,
                Ok(_) | Err(_) => code,
            },
            None => code,
        }
    }
}

#[cfg(test)]
mod tests;
