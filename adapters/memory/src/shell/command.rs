//! Running simple commands: redirections, builtins, programs.

use super::ast::{Redirect, Target, Word};
use super::{Flow, Shell, builtins};
use crate::files::{FileError, Open};
use crate::io::{Fds, Input, Sink, WriteError};
use crate::process::BROKEN_PIPE;
use crate::programs::{self, Program};
use crate::system::{NotExecutable, PATH};

impl Shell {
    pub(super) async fn simple(&mut self, assignments: &[(String, Word)], words: &[Word], redirects: &[Redirect]) -> Result<i32, Flow> {
        self.substituted = None;
        let argv = self.fields(words).await?;
        let Some(fds) = self.redirected(redirects).await? else { return Ok(1) };
        let mut values = Vec::with_capacity(assignments.len());
        for (name, word) in assignments {
            values.push((name.as_str(), self.text(word).await?));
        }
        if argv.is_empty() {
            for (name, value) in values {
                self.assign(name, value).await?;
            }
            return Ok(self.substituted.take().unwrap_or(0));
        }
        let outer = std::mem::replace(&mut self.ctx.fds, fds);
        let result = self.dispatch(argv, values).await;
        self.ctx.fds = outer;
        result
    }

    async fn dispatch(&mut self, argv: Vec<String>, assignments: Vec<(&str, String)>) -> Result<i32, Flow> {
        if let Some(builtin) = builtins::find(&argv[0]) {
            for (name, value) in assignments {
                self.assign(name, value).await?;
            }
            return self.builtin(builtin, &argv).await;
        }
        if let Some(program) = Program::built_in(&argv[0]) {
            return match programs::quick(&self.ctx, program, &argv).await {
                Ok(code) => Ok(code),
                Err(error) => self.write_error(program.name(), &error).await,
            };
        }
        let program = match self.lookup(&argv[0]) {
            Ok(program) => program,
            Err(error) => return Ok(self.not_executable(&argv[0], &error).await),
        };
        let mut ctx = self.ctx.child();
        ctx.env = self.environment(assignments);
        Ok(programs::run(ctx, program, argv).await)
    }

    pub(super) fn environment(&self, assignments: Vec<(&str, String)>) -> std::collections::BTreeMap<String, String> {
        let mut env = self.vars.env();
        env.extend(assignments.into_iter().map(|(name, value)| (name.to_owned(), value)));
        env
    }

    pub(super) fn lookup(&self, name: &str) -> Result<Program, NotExecutable> {
        // The shell's own variable counts, exported or not.
        self.ctx.lookup_in(self.vars.get("PATH").unwrap_or(PATH), name)
    }

    pub(super) async fn not_executable(&self, name: &str, error: &NotExecutable) -> i32 {
        match error.code {
            126 => self.complain(&format!("{name}: Permission denied")).await,
            _ => self.complain(&format!("{name}: not found")).await,
        }
        error.code
    }

    /// Says what went wrong.
    pub(super) async fn complain(&self, reason: &str) {
        self.ctx.complain(format!("{}: {reason}", self.name)).await;
    }

    /// What a command that cannot write does.
    pub(super) async fn write_error(&self, command: &str, error: &WriteError) -> Result<i32, Flow> {
        if *error == WriteError::Broken {
            return Err(Flow::Exit(BROKEN_PIPE));
        }
        self.complain(&format!("{command}: write error: {error}")).await;
        Ok(1)
    }

    /// Where a command reads and writes; `None` if that cannot be opened, which is said.
    pub(super) async fn redirected(&mut self, redirects: &[Redirect]) -> Result<Option<Fds>, Flow> {
        let mut fds = self.ctx.fds.clone();
        for redirect in redirects {
            let sink = match &redirect.target {
                Target::Duplicate(0) => {
                    if redirect.fd == 0 {
                        continue;
                    }
                    self.complain("0: Bad file descriptor").await;
                    return Ok(None);
                }
                Target::Duplicate(1) => fds.stdout.clone(),
                Target::Duplicate(_) => fds.stderr.clone(),
                Target::Read(word) => {
                    let name = self.text(word).await?;
                    match self.ctx.system.files.read(&self.ctx.path(&name)) {
                        Ok(content) => fds.stdin = Input::file(content),
                        Err(error) => {
                            self.complain(&format!("can't open {name}: {}", said(error, "no such file"))).await;
                            return Ok(None);
                        }
                    }
                    continue;
                }
                Target::Write(word) | Target::Append(word) => {
                    let name = self.text(word).await?;
                    let how = if matches!(redirect.target, Target::Write(_)) { Open::Truncate } else { Open::Append };
                    match self.sink(&fds, &name, how) {
                        Ok(sink) => sink,
                        Err(error) => {
                            self.complain(&format!("can't create {name}: {}", said(error, "nonexistent directory"))).await;
                            return Ok(None);
                        }
                    }
                }
            };
            match redirect.fd {
                0 => {
                    self.complain("0: Bad file descriptor").await;
                    return Ok(None);
                }
                1 => fds.stdout = sink,
                _ => fds.stderr = sink,
            }
        }
        Ok(Some(fds))
    }

    fn sink(&self, fds: &Fds, name: &str, how: Open) -> Result<Sink, FileError> {
        let path = self.ctx.path(name);
        match path.as_str() {
            "/dev/null" => Ok(Sink::Null),
            "/dev/stdout" => Ok(fds.stdout.clone()),
            "/dev/stderr" => Ok(fds.stderr.clone()),
            _ => {
                let files = &self.ctx.system.files;
                files.open(&path, how)?;
                Ok(Sink::File(files.clone(), path))
            }
        }
    }
}

/// What a shell says about a redirection that failed.
fn said(error: FileError, missing: &str) -> String {
    if error == FileError::Missing { missing.to_owned() } else { error.to_string() }
}
