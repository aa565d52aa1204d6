//! Running lists, pipelines and compound commands.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::ast::{Chain, Command, CommandKind, Item, Link, List, Pipeline, Word};
use super::parser::DEPTH;
use super::{Eval, Flow, Job, Shell};
use crate::io::{Input, Sink, pipe};

/// How many commands in the background are remembered after they ended.
const JOBS: usize = 64;

impl Shell {
    /// Runs commands one after the other, and gives the exit code of the last one.
    pub(super) fn list<'a>(&'a mut self, list: &'a List) -> Eval<'a> {
        Box::pin(async move {
            if self.ctx.depth >= DEPTH {
                return Err(self.give_up("too deeply nested for kubedock's in-memory backend", 2).await);
            }
            self.ctx.depth += 1;
            let mut result = Ok(0);
            for item in &list.0 {
                // Commands that never wait would otherwise never let others run.
                tokio::task::consume_budget().await;
                result = if item.background { self.background(item).await } else { self.chain(&item.chain).await };
                match result {
                    Ok(status) => self.status = status,
                    Err(_) => break,
                }
                if let Err(flow) = self.handle_signals().await {
                    result = Err(flow);
                    break;
                }
            }
            self.ctx.depth -= 1;
            result
        })
    }

    /// Makes sure that there is room for more processes.
    async fn fork_check(&mut self, count: usize) -> Result<(), Flow> {
        if self.ctx.system.has_room(count) {
            return Ok(());
        }
        Err(self.give_up("can't fork: Resource temporarily unavailable", 2).await)
    }

    async fn background(&mut self, item: &Item) -> Result<i32, Flow> {
        self.fork_check(1).await?;
        if self.jobs.len() >= JOBS {
            self.jobs.retain(|job| job.code.borrow().is_none());
        }
        let mut shell = self.subshell();
        shell.ctx.fds.stdin = Input::Null;
        let (finished, code) = watch::channel(None);
        let pid = shell.ctx.process.pid();
        self.jobs.push(Job { pid, code });
        self.last_job = Some(pid);
        let chain = Arc::clone(&item.chain);
        self.ctx.system.spawn(async move {
            let code = shell.run_alone(|shell| Box::pin(async move { shell.chain(&chain).await })).await;
            finished.send_replace(Some(code));
        });
        Ok(0)
    }

    async fn chain(&mut self, chain: &Chain) -> Result<i32, Flow> {
        let mut pipeline = &chain.first;
        let mut rest = chain.rest.iter();
        loop {
            let next = rest.next();
            let conditional = next.is_some() || pipeline.negated;
            self.conditions += usize::from(conditional);
            let result = self.pipeline(pipeline).await;
            self.conditions -= usize::from(conditional);
            self.status = result?;
            if self.status != 0 && self.errexit && self.conditions == 0 && !conditional {
                return Err(Flow::Exit(self.status));
            }
            let Some(mut link) = next else { return Ok(self.status) };
            // What is left out is passed over; `a && b || c` goes on with `c`.
            while (link.0 == Link::And) != (self.status == 0) {
                match rest.next() {
                    Some(next) => link = next,
                    None => return Ok(self.status),
                }
            }
            pipeline = &link.1;
        }
    }

    async fn pipeline(&mut self, pipeline: &Pipeline) -> Result<i32, Flow> {
        let status = match pipeline.commands.as_slice() {
            [command] => self.command(command).await?,
            commands => self.stages(commands).await?,
        };
        Ok(if pipeline.negated { i32::from(status == 0) } else { status })
    }

    /// Runs commands at the same time, each reading what the one before prints, and gives the exit code of the last one.
    async fn stages(&mut self, commands: &[Arc<Command>]) -> Result<i32, Flow> {
        self.fork_check(commands.len()).await?;
        let last = commands.len() - 1;
        let mut input = self.ctx.fds.stdin.clone();
        // Each is a task of its own, so that one that never waits does not hold up the next. They end with this future.
        let mut running = JoinSet::new();
        let mut result = None;
        for (index, command) in commands.iter().enumerate() {
            let mut shell = self.subshell();
            shell.ctx.fds.stdin = std::mem::replace(&mut input, Input::Null);
            if index < last {
                let (writer, reader) = pipe();
                shell.ctx.fds.stdout = Sink::Pipe(writer);
                input = Input::Pipe(reader);
            }
            let command = Arc::clone(command);
            let task = async move {
                let code = shell.run_alone(|shell| Box::pin(async move { shell.command(&command).await })).await;
                (index == last, code)
            };
            running.spawn(self.ctx.system.count(task));
        }
        while let Some(ended) = running.join_next().await {
            if let Ok((true, code)) = ended {
                result = Some(code);
            }
        }
        Ok(result.unwrap_or(1))
    }

    fn command<'a>(&'a mut self, command: &'a Command) -> Eval<'a> {
        Box::pin(async move {
            if let CommandKind::Simple { assignments, words } = &command.kind {
                return self.simple(assignments, words, &command.redirects).await;
            }
            let Some(fds) = self.redirected(&command.redirects).await? else { return Ok(1) };
            let outer = std::mem::replace(&mut self.ctx.fds, fds);
            let result = self.compound(&command.kind).await;
            self.ctx.fds = outer;
            result
        })
    }

    async fn compound(&mut self, kind: &CommandKind) -> Result<i32, Flow> {
        match kind {
            CommandKind::Simple { assignments, words } => self.simple(assignments, words, &[]).await,
            CommandKind::Group(list) => self.list(list).await,
            CommandKind::Subshell(list) => Ok(self.subshell().run_list_alone(list).await),
            CommandKind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.condition(condition).await? == 0 {
                        return self.list(body).await;
                    }
                }
                match otherwise {
                    Some(body) => self.list(body).await,
                    None => Ok(0),
                }
            }
            CommandKind::Loop { until, condition, body } => {
                let mut status = 0;
                while (self.condition(condition).await? == 0) != *until {
                    if !self.round(body, &mut status).await? {
                        break;
                    }
                }
                Ok(status)
            }
            CommandKind::For { name, words, body } => self.for_each(name, words.as_deref(), body).await,
        }
    }

    async fn condition(&mut self, list: &List) -> Result<i32, Flow> {
        self.conditions += 1;
        let result = self.list(list).await;
        self.conditions -= 1;
        result
    }

    async fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &List) -> Result<i32, Flow> {
        let values = match words {
            Some(words) => self.fields(words).await?,
            None => self.params.clone(),
        };
        let mut status = 0;
        for value in values {
            self.assign(name, value).await?;
            if !self.round(body, &mut status).await? {
                break;
            }
        }
        Ok(status)
    }

    /// One round of a loop; false if it was the last one.
    async fn round(&mut self, body: &List, status: &mut i32) -> Result<bool, Flow> {
        self.loops += 1;
        let result = self.list(body).await;
        self.loops -= 1;
        match result {
            Ok(code) => *status = code,
            Err(Flow::Continue(1)) => *status = 0,
            Err(Flow::Break(1)) => {
                *status = 0;
                return Ok(false);
            }
            Err(Flow::Break(count)) => return Err(Flow::Break(count - 1)),
            Err(Flow::Continue(count)) => return Err(Flow::Continue(count - 1)),
            Err(exit @ Flow::Exit(_)) => return Err(exit),
        }
        Ok(true)
    }
}
