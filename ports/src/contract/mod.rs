//! Behaviour tests that every implementation of the outbound ports must pass.
//!
//! An adapter fills in a [`Fixture`] and calls [`all`]; nothing here knows which backend it talks to. What a backend cannot do is said by
//! its [`Abilities`], never by skipping a behaviour quietly. Programs are limited to what the shell and the few programs of the smallest
//! real images have, so that the suite means the same everywhere.

mod logs;
mod processes;
mod starting;
mod stopping;
mod terminals;
mod trial;
mod watching;

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use crate::{Cluster, Ids, Logs, Processes, Workloads};
use trial::Trial;

/// One backend, ready to be tried.
#[derive(Clone)]
pub struct Fixture {
    /// Runs containers.
    pub workloads: Arc<dyn Workloads>,
    /// Talks to their processes.
    pub processes: Arc<dyn Processes>,
    /// Keeps what they print.
    pub logs: Arc<dyn Logs>,
    /// Describes the backend.
    pub cluster: Arc<dyn Cluster>,
    /// Makes containers unique, also among other users of the same backend.
    pub ids: Arc<dyn Ids>,
    /// An image with busybox and nothing else: no entrypoint, the command `sh`.
    pub image: String,
    /// How long one step may take at most: a start, an end, some output.
    pub patience: Duration,
    /// How many behaviours may be tried at once.
    pub parallel: usize,
    /// What the backend can do.
    pub abilities: Abilities,
}

/// What a backend can do beyond the least that is asked of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whether the log tells standard output and standard error apart.
    pub separates: bool,
    /// Whether any signal can be sent to a container's first process, and used to stop it.
    pub signals: bool,
    /// Whether a kill is the only signal that the process gets. A pod's first process can only be killed by way of its polite signal.
    pub kills: bool,
}

impl Abilities {
    /// All of it.
    pub const FULL: Self = Self { separates: true, signals: true, kills: true };
}

type Attempt = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Behaviour {
    name: &'static str,
    attempt: fn(Arc<Trial>) -> Attempt,
}

macro_rules! behaviours {
    ($($module:ident { $($name:ident),+ $(,)? })+) => {
        [$($(Behaviour { name: concat!(stringify!($module), "::", stringify!($name)), attempt: |trial| Box::pin($module::$name(trial)) }),+),+]
    };
}

/// Tries every behaviour.
///
/// # Panics
/// With the names of the behaviours that the backend does not have, and how each was missed.
pub async fn all(fixture: &Fixture) {
    only(fixture, "").await;
}

/// Tries the behaviours whose names contain `part`.
///
/// # Panics
/// As [`all`]; also if there is no such behaviour.
pub async fn only(fixture: &Fixture, part: &str) {
    let shared = behaviours! {
        starting {
            ends_with_its_exit_code, tells_since_when_it_runs, misses_a_program_with_127, refuses_a_file_that_is_no_program_with_126,
            refuses_the_same_run_twice, passes_arguments_unchanged, passes_environment_unchanged, begins_in_its_working_directory,
            runs_the_image_command, runs_arguments_without_entrypoint,
        }
        stopping {
            runs_the_handler, forces_after_the_grace_period, uses_another_signal, kills, delivers_a_signal_to_its_handler,
            accepts_a_run_that_ended, does_not_know_others, removes_a_running_one, removes_an_ended_one,
        }
        watching { tells_the_present_first, tells_changes_in_order, survives_a_watcher_that_left }
        processes {
            attaches_from_the_start, attaches_from_the_start_after_the_end, attaches_to_one_stream_only, passes_input_and_its_end,
            attaches_twice, executes_with_exit_codes, executes_with_streams_apart, executes_without_input, executes_both_ways_at_once,
            executes_a_missing_program_with_127, executes_in_its_own_surroundings, executes_beside_a_dropped_one,
            executes_nothing_in_an_ended_run,
        }
        terminals { merges_streams, echoes_what_is_typed, interrupts, learns_its_size, executes_on_a_terminal }
        logs {
            tells_everything_from_the_first_byte, keeps_the_last_line_without_its_end, tails, tails_and_follows, bounds_by_time,
            tells_streams_apart, follows_until_the_end, serves_followers_beside_one_that_never_reads, carries_much,
            survives_a_stop, goes_with_the_run,
        }
    };
    let alone = behaviours! { stopping { removes_all } starting { describes_the_backend } };
    let mut failures = Vec::new();
    let mut tried = 0;
    for (group, parallel) in [(Vec::from(shared), fixture.parallel.max(1)), (Vec::from(alone), 1)] {
        let chosen: VecDeque<Behaviour> = group.into_iter().filter(|behaviour| behaviour.name.contains(part)).collect();
        tried += chosen.len();
        failures.extend(attempt(fixture, chosen, parallel).await);
    }
    assert!(tried > 0, "no behaviour is called *{part}*");
    assert!(failures.is_empty(), "{} of {tried} behaviours were missed:\n{}", failures.len(), failures.join("\n"));
}

async fn attempt(fixture: &Fixture, mut waiting: VecDeque<Behaviour>, parallel: usize) -> Vec<String> {
    let mut running = tokio::task::JoinSet::new();
    let mut failures = Vec::new();
    loop {
        while running.len() < parallel
            && let Some(behaviour) = waiting.pop_front()
        {
            running.spawn(one(fixture.clone(), behaviour));
        }
        match running.join_next().await {
            Some(outcome) => failures.extend(outcome.expect("invariant: a trial catches panics")),
            None => return failures,
        }
    }
}

/// Tries one behaviour, cleans up behind it, and tells what went wrong.
async fn one(fixture: Fixture, behaviour: Behaviour) -> Option<String> {
    let trial = Arc::new(Trial::new(fixture));
    let attempt = AssertUnwindSafe((behaviour.attempt)(Arc::clone(&trial))).catch_unwind();
    // A behaviour consists of several steps, each of which may take as long as one may.
    let outcome = tokio::time::timeout(trial.patience() * 4, attempt).await;
    let cleaned = trial.clean_up().await;
    let reason = match outcome {
        Err(_) => "took too long in all".to_owned(),
        Ok(Err(panic)) => text_of(panic.as_ref()),
        Ok(Ok(())) => format!("cannot be cleaned up: {}", cleaned.err()?),
    };
    Some(format!("- {}: {reason}", behaviour.name))
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("panicked without a text").to_owned()
}
