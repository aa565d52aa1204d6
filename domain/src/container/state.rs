//! The life of a container.

use crate::{Error, Health, Result, Timestamp};

/// Where a container is in its life (API reference, `ContainerState.Status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It was never started, or its first start failed.
    Created,
    /// Its process runs.
    Running,
    /// Its processes are frozen.
    Paused,
    /// Its process ended and the restart policy is about to start it again.
    Restarting,
    /// It is being removed.
    Removing,
    /// Its process ended.
    Exited,
    /// Its removal failed; it cannot be used any more.
    Dead,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Created, Self::Running, Self::Paused, Self::Restarting, Self::Removing, Self::Exited, Self::Dead];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
        }
    }

    /// The status called `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether it has a process (dockerd's `State.Running`, which stays true while paused and restarting).
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

/// What made a process end, as far as it matters afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It ended by itself, or a signal from inside or outside ended it.
    Ended,
    /// It ran out of memory.
    OutOfMemory,
}

/// The end of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// 0 to 255; 128 plus the number of the signal that ended it.
    pub code: i32,
    /// What made it end.
    pub cause: Cause,
    /// What the system has to say about it beyond the code (eviction, a lost node); empty usually.
    pub message: String,
    /// When the process began, if the system knows it better than we do.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Timestamp,
}

/// Where a container is in its life, and how it came there.
///
/// Fields can be read by everyone; they change only by the transitions below, each of which either is legal in the present status or
/// leaves everything as it was and says why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    status: Status,
    /// Whether there is a process that can end; the status alone does not tell while it is being removed.
    has_process: bool,
    exit_code: i32,
    error: String,
    oom_killed: bool,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    exits: u64,
    restarts: u32,
    health: Option<Health>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// The state of a container just created.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            status: Status::Created,
            has_process: false,
            exit_code: 0,
            error: String::new(),
            oom_killed: false,
            started_at: None,
            finished_at: None,
            exits: 0,
            restarts: 0,
            health: None,
        }
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether it has a process: while it runs or is paused, and until that has ended while it is being removed.
    #[must_use]
    pub const fn has_process(&self) -> bool {
        self.has_process
    }

    /// The code of the last end; 0 before the first and while it runs.
    #[must_use]
    pub const fn exit_code(&self) -> i32 {
        self.exit_code
    }

    /// Why the last start failed, or what the system said about the last end; empty usually.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Whether the last run ended because memory ran out.
    #[must_use]
    pub const fn oom_killed(&self) -> bool {
        self.oom_killed
    }

    /// When the last run began.
    #[must_use]
    pub const fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// When the last run ended.
    #[must_use]
    pub const fn finished_at(&self) -> Option<Timestamp> {
        self.finished_at
    }

    /// How often its process has ended; those who wait for an end compare it.
    #[must_use]
    pub const fn exits(&self) -> u64 {
        self.exits
    }

    /// How often the restart policy started it again.
    #[must_use]
    pub const fn restarts(&self) -> u32 {
        self.restarts
    }

    /// What the health check found; `None` without one.
    #[must_use]
    pub const fn health(&self) -> Option<&Health> {
        self.health.as_ref()
    }

    /// Checks that a start makes sense (moby `daemon/start.go`).
    ///
    /// # Errors
    /// [`Error::NotModified`] if it runs, [`Error::Conflict`] with dockerd's text if it is paused, being removed or dead.
    pub fn check_start(&self) -> Result<()> {
        match self.status {
            Status::Created | Status::Exited | Status::Restarting => Ok(()),
            Status::Running => Err(Error::NotModified),
            Status::Paused => Err(Error::Conflict("cannot start a paused container, try unpause instead".to_owned())),
            Status::Removing => Err(Error::Conflict("container is marked for removal and cannot be started".to_owned())),
            Status::Dead => Err(Error::Conflict("container is marked for removal and cannot be started".to_owned())),
        }
    }

    /// Its process runs since `at`.
    ///
    /// # Errors
    /// As [`State::check_start`].
    pub fn start(&mut self, at: Timestamp) -> Result<()> {
        self.check_start()?;
        if self.status == Status::Restarting {
            self.restarts += 1;
        }
        self.status = Status::Running;
        self.has_process = true;
        self.exit_code = 0;
        self.error.clear();
        self.oom_killed = false;
        self.started_at = Some(at);
        Ok(())
    }

    /// A start failed before there was a process: `code` is 126, 127 or 128 (moby `daemon/start.go`).
    ///
    /// # Errors
    /// As [`State::check_start`].
    pub fn fail_start(&mut self, code: i32, error: String) -> Result<()> {
        self.check_start()?;
        if self.status == Status::Restarting {
            self.status = Status::Exited;
        }
        self.exit_code = code;
        self.error = error;
        Ok(())
    }

    /// Its process ended.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there was none.
    pub fn end(&mut self, exit: &Exit) -> Result<()> {
        if !self.has_process {
            return Err(Error::Conflict(format!("a container that is {} has no process that could end", self.status.name())));
        }
        self.has_process = false;
        if !matches!(self.status, Status::Removing | Status::Dead) {
            self.status = Status::Exited;
        }
        self.exit_code = exit.code;
        self.oom_killed = exit.cause == Cause::OutOfMemory;
        self.error.clone_from(&exit.message);
        self.started_at = exit.started_at.or(self.started_at);
        self.finished_at = Some(exit.finished_at);
        self.exits += 1;
        self.health = None;
        Ok(())
    }

    /// The restart policy will start it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it has not ended.
    pub fn await_restart(&mut self) -> Result<()> {
        self.step(&[Status::Exited], Status::Restarting, "restart")
    }

    /// A client stopped it while it was waiting to be started again.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it was not.
    pub fn give_up_restart(&mut self) -> Result<()> {
        self.step(&[Status::Restarting], Status::Exited, "stop restarting")
    }

    /// Its processes are frozen.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it does not run.
    pub fn pause(&mut self) -> Result<()> {
        self.step(&[Status::Running], Status::Paused, "pause")
    }

    /// Its processes go on.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is not paused.
    pub fn unpause(&mut self) -> Result<()> {
        self.step(&[Status::Paused], Status::Running, "unpause")
    }

    /// Its removal began.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is being removed already.
    pub fn begin_removal(&mut self) -> Result<()> {
        let from = [Status::Created, Status::Running, Status::Paused, Status::Restarting, Status::Exited, Status::Dead];
        self.step(&from, Status::Removing, "remove")
    }

    /// Its removal failed.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is not being removed.
    pub fn fail_removal(&mut self, error: String) -> Result<()> {
        self.step(&[Status::Removing], Status::Dead, "give up removing")?;
        self.error = error;
        Ok(())
    }

    /// The health check found something new.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it does not run.
    pub fn set_health(&mut self, health: Health) -> Result<()> {
        if !self.status.is_running() {
            return Err(Error::Conflict(format!("a container that is {} has no health", self.status.name())));
        }
        self.health = Some(health);
        Ok(())
    }

    fn step(&mut self, from: &[Status], to: Status, verb: &str) -> Result<()> {
        if !from.contains(&self.status) {
            return Err(Error::Conflict(format!("cannot {verb} a container that is {}", self.status.name())));
        }
        self.status = to;
        Ok(())
    }
}
