//! Health checks.

use std::time::Duration;

use crate::{Error, Result, Timestamp};

/// How to find out whether a container works (API reference, `HealthConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Healthcheck {
    /// `NONE`, `CMD` and a command, or `CMD-SHELL` and one line; empty inherits the image's.
    pub test: Vec<String>,
    /// Time between two probes; zero inherits.
    pub interval: Duration,
    /// How long a probe may take; zero inherits.
    pub timeout: Duration,
    /// How long failures do not count after the start; zero inherits.
    pub start_period: Duration,
    /// Time between two probes in the start period; zero inherits.
    pub start_interval: Duration,
    /// How many failures in a row make it unhealthy; zero inherits.
    pub retries: u32,
}

impl Healthcheck {
    /// A check with times in nanoseconds, as the API carries them (moby `daemon/container.go`, `validateHealthCheck`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text for a time below 1 ms and for a negative count.
    pub fn new(test: Vec<String>, times: HealthTimes, retries: i64) -> Result<Self> {
        Ok(Self {
            test,
            interval: duration("Interval", times.interval)?,
            timeout: duration("Timeout", times.timeout)?,
            start_period: duration("StartPeriod", times.start_period)?,
            start_interval: duration("StartInterval", times.start_interval)?,
            retries: u32::try_from(retries).map_err(|_| Error::Invalid("Retries in Healthcheck cannot be negative".to_owned()))?,
        })
    }

    /// Whether there is something to run.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.test.first().is_some_and(|kind| kind != "NONE")
    }
}

/// The times of a health check in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct HealthTimes {
    /// Time between two probes.
    pub interval: i64,
    /// How long a probe may take.
    pub timeout: i64,
    /// How long failures do not count after the start.
    pub start_period: i64,
    /// Time between two probes in the start period.
    pub start_interval: i64,
}

fn duration(name: &str, nanos: i64) -> Result<Duration> {
    match u64::try_from(nanos) {
        Ok(0) => Ok(Duration::ZERO),
        Ok(nanos) if nanos >= 1_000_000 => Ok(Duration::from_nanos(nanos)),
        _ => Err(Error::Invalid(format!("{name} in Healthcheck cannot be less than 1ms"))),
    }
}

/// What the probes have found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthStatus {
    /// Too early to say.
    Starting,
    /// The last probe succeeded.
    Healthy,
    /// Too many probes in a row failed.
    Unhealthy,
}

impl HealthStatus {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// The health of a container that has a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// Failures in a row.
    pub failing_streak: u32,
    /// The last results, oldest first.
    pub log: Vec<ProbeResult>,
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeResult {
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// 0 is healthy.
    pub exit_code: i32,
    /// What it printed.
    pub output: String,
}
