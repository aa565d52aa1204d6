//! Commands that change the shell itself.

use domain::Signal;

use super::simple::is_name;
use super::{Flow, Shell};
use crate::files::FileKind;
use crate::programs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    Break,
    Cd,
    Colon,
    Continue,
    Exec,
    Exit,
    Export,
    Read,
    Set,
    Shift,
    Trap,
    Unset,
    Wait,
}

pub(super) fn find(name: &str) -> Option<Builtin> {
    Some(match name {
        "break" => Builtin::Break,
        "cd" => Builtin::Cd,
        ":" => Builtin::Colon,
        "continue" => Builtin::Continue,
        "exec" => Builtin::Exec,
        "exit" => Builtin::Exit,
        "export" => Builtin::Export,
        "read" => Builtin::Read,
        "set" => Builtin::Set,
        "shift" => Builtin::Shift,
        "trap" => Builtin::Trap,
        "unset" => Builtin::Unset,
        "wait" => Builtin::Wait,
        _ => return None,
    })
}

impl Shell {
    pub(super) async fn builtin(&mut self, builtin: Builtin, argv: &[String]) -> Result<i32, Flow> {
        let args = &argv[1..];
        match builtin {
            Builtin::Break | Builtin::Continue => self.leave(builtin, args).await,
            Builtin::Cd => self.change_directory(args).await,
            Builtin::Colon => Ok(0),
            Builtin::Exec => self.exec(args).await,
            Builtin::Exit => Err(self.exit(args).await),
            Builtin::Export => self.export(args).await,
            Builtin::Read => self.read(args).await,
            Builtin::Set => self.set(args).await,
            Builtin::Shift => self.shift(args).await,
            Builtin::Trap => self.trap(args).await,
            Builtin::Unset => {
                args.iter().for_each(|name| self.vars.unset(name));
                Ok(0)
            }
            Builtin::Wait => self.wait(args).await,
        }
    }

    /// A number of something as the only argument; 1 without one.
    async fn count(&self, command: &str, args: &[String]) -> Result<usize, Flow> {
        match args.first().map(|text| text.parse::<usize>()) {
            None => Ok(1),
            Some(Ok(count)) => Ok(count),
            Some(Err(_)) => Err(self.give_up(&format!("{command}: Illegal number: {}", args[0]), 2).await),
        }
    }

    async fn leave(&mut self, builtin: Builtin, args: &[String]) -> Result<i32, Flow> {
        let name = if builtin == Builtin::Break { "break" } else { "continue" };
        let count = self.count(name, args).await?.clamp(1, self.loops.max(1));
        match builtin {
            _ if self.loops == 0 => Ok(0),
            Builtin::Break => Err(Flow::Break(count)),
            _ => Err(Flow::Continue(count)),
        }
    }

    async fn change_directory(&mut self, args: &[String]) -> Result<i32, Flow> {
        let home = || self.vars.get("HOME").unwrap_or("/").to_owned();
        let name = args.first().cloned().unwrap_or_else(home);
        let path = self.ctx.path(&name);
        match self.ctx.system.files.stat(&path).map(|stat| stat.kind) {
            Ok(FileKind::Directory) => {
                self.ctx.cwd.clone_from(&path);
                self.assign("PWD", path).await?;
                Ok(0)
            }
            Ok(_) => {
                self.complain(&format!("cd: can't cd to {name}: Not a directory")).await;
                Ok(2)
            }
            Err(error) => {
                self.complain(&format!("cd: can't cd to {name}: {error}")).await;
                Ok(2)
            }
        }
    }

    /// Becomes another program, which keeps the process and its number.
    async fn exec(&mut self, args: &[String]) -> Result<i32, Flow> {
        let Some(name) = args.first() else {
            return Err(self.give_up("exec: redirections alone are not part of kubedock's in-memory backend", 2).await);
        };
        let program = match self.lookup(name) {
            Ok(program) => program,
            Err(error) => return Err(Flow::Exit(self.not_executable(name, &error).await)),
        };
        self.traps = super::Traps::default();
        self.ctx.process.execute();
        let mut ctx = self.ctx.clone();
        ctx.env = self.vars.env();
        Err(Flow::Exit(programs::run(ctx, program, args.to_vec()).await))
    }

    async fn exit(&mut self, args: &[String]) -> Flow {
        match args.first().map(|text| text.parse::<u32>()) {
            None => Flow::Exit(self.status),
            // An exit code has eight bits.
            Some(Ok(code)) => Flow::Exit(i32::try_from(code & 0xff).unwrap_or(0)),
            Some(Err(_)) => self.give_up(&format!("exit: Illegal number: {}", args[0]), 2).await,
        }
    }

    async fn export(&mut self, args: &[String]) -> Result<i32, Flow> {
        for arg in args {
            let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
            if !is_name(name) {
                return Err(self.give_up(&format!("export: {name}: bad variable name"), 2).await);
            }
            if let Some(value) = value {
                self.assign(name, value.to_owned()).await?;
            }
            self.vars.export(name);
        }
        Ok(0)
    }

    /// Reads a line into variables; the last one gets the rest of it.
    async fn read(&mut self, args: &[String]) -> Result<i32, Flow> {
        let names: Vec<&String> = args.iter().filter(|arg| *arg != "-r").collect();
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            self.complain(&format!("read: {name}: bad variable name")).await;
            return Ok(2);
        }
        let input = self.ctx.fds.stdin.clone();
        let process = self.ctx.process.clone();
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let more = tokio::select! {
                biased;
                () = process.signalled() => {
                    self.handle_signals().await?;
                    continue;
                }
                more = input.read_line() => more,
            };
            if more.is_empty() {
                break;
            }
            line.extend_from_slice(&more);
            if line.len() > super::vars::SPACE {
                return Err(self.give_up("read: the line is too long for kubedock's in-memory backend", 2).await);
            }
        }
        let complete = line.ends_with(b"\n");
        let text = String::from_utf8_lossy(&line);
        let mut rest = text.trim_matches([' ', '\t', '\n']);
        for (index, name) in names.iter().enumerate() {
            let value = if index + 1 == names.len() {
                std::mem::take(&mut rest)
            } else {
                let (value, more) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
                rest = more.trim_start_matches([' ', '\t']);
                value
            };
            self.assign(name, value.to_owned()).await?;
        }
        Ok(i32::from(!complete))
    }

    async fn set(&mut self, args: &[String]) -> Result<i32, Flow> {
        for (index, arg) in args.iter().enumerate() {
            match arg.as_str() {
                "-e" => self.errexit = true,
                "+e" => self.errexit = false,
                "--" => {
                    self.params = args[index + 1..].to_vec();
                    break;
                }
                _ => return Err(self.give_up(&format!("set: {arg}: not part of kubedock's in-memory backend"), 2).await),
            }
        }
        Ok(0)
    }

    async fn shift(&mut self, args: &[String]) -> Result<i32, Flow> {
        let count = self.count("shift", args).await?;
        if count > self.params.len() {
            return Ok(1);
        }
        self.params.drain(..count);
        Ok(0)
    }

    /// Waits for commands in the background, until they end or a signal comes.
    async fn wait(&mut self, args: &[String]) -> Result<i32, Flow> {
        let chosen: Vec<super::Job> = match args.first() {
            None => self.jobs.clone(),
            Some(pid) => self.jobs.iter().filter(|job| job.pid.to_string() == *pid).cloned().collect(),
        };
        let mut status = if args.is_empty() { 0 } else { 127 };
        let process = self.ctx.process.clone();
        for mut job in chosen {
            // A command that was cut off with the container has no code, and nobody to ask for it.
            let end = async { job.code.wait_for(Option::is_some).await.ok().and_then(|code| *code).unwrap_or_default() };
            tokio::select! {
                biased;
                () = process.signalled() => {
                    self.handle_signals().await?;
                    return Ok(Signal::TERM.exit_code());
                }
                code = end => if !args.is_empty() {
                    status = code;
                },
            }
        }
        Ok(status)
    }
}
