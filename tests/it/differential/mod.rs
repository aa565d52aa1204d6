//! The differential suite: the same exchanges with us and with a real dockerd, compared as clients see them.
//!
//! The reference is the daemon whose unix socket `KUBEDOCK_TEST_REFERENCE` names, and the registry that it pulls from is the one that
//! `KUBEDOCK_TEST_REGISTRY` names. Without both the scripts are still played against us and the status codes compared with those that the
//! reference gave when the scripts were written; what only a registry can tell is left out without one. `KUBEDOCK_TEST_SCRIPT=events` plays
//! that script only.

mod accepted;
mod compare;
mod models;
mod normal;
mod play;
mod script;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use self::accepted::Accepted;
use self::compare::{Difference, differences};
use self::normal::normal;
use self::play::{Played, play};
use self::script::{Exchange, Script};
use crate::support::http::{self, Address};
use crate::support::registry;
use crate::support::server::Server;

/// The script that is left out without a registry.
const NEEDS_A_REGISTRY: &str = "registry";

#[test]
fn answers_what_dockerd_answers() {
    let registry = registry::named("images that a registry must tell about");
    let mut scripts = script::all();
    scripts.retain(|script| registry.is_some() || script.name != NEEDS_A_REGISTRY);
    let count: usize = scripts.iter().map(|script| script.exchanges.len()).sum();
    let reference = std::env::var_os("KUBEDOCK_TEST_REFERENCE").filter(|_| registry.is_some()).map(|path| Address::Unix(path.into()));
    let only = std::env::var("KUBEDOCK_TEST_SCRIPT").ok();
    let chosen: Vec<&Script> = scripts.iter().filter(|script| only.as_ref().is_none_or(|only| *only == script.name)).collect();
    match &reference {
        None => {
            registry::say(&format!("{count} exchanges; there is no dockerd with its registry, so that only the status codes are compared"))
        }
        Some(reference) => prepare(reference),
    }
    let server = match &registry {
        Some(registry) => Server::registries(registry, &[]),
        None => Server::memory(),
    };
    prepare(&server.unix());

    let accepted = accepted::all();
    let mut report = String::new();
    for (script, outcome) in chosen.iter().zip(play_all(&chosen, reference.as_ref(), &server.unix(), registry.as_deref())) {
        for (exchange, answer) in script.exchanges.iter().zip(&outcome.ours.answers) {
            if let Some(why) = models::misfit(exchange, answer) {
                let _ = writeln!(report, "{}: bollard cannot read it: {why}: {answer}", name(script, exchange));
            }
        }
        match outcome {
            Outcome { reference: Some(reference), ours } => compare_answers(script, &reference, &ours, &accepted, &mut report),
            Outcome { reference: None, ours } => compare_statuses(script, &ours, &accepted, &mut report),
        }
    }
    if reference.is_some() && only.is_none() {
        for line in accepted.iter().filter_map(Accepted::stale) {
            let _ = writeln!(report, "accepted, but it does not occur: {line}");
        }
    }
    assert!(report.is_empty(), "differences from dockerd:\n{report}");
}

#[test]
fn each_accepted_difference_is_documented() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/COMPATIBILITY.md");
    let document = fs::read_to_string(document).expect("docs/COMPATIBILITY.md");
    let lines: BTreeSet<String> = accepted::all().into_iter().map(|accepted| accepted.reason).collect();
    let missing: Vec<&String> = lines.iter().filter(|reason| !document.contains(reason.as_str())).collect();
    assert!(missing.is_empty(), "not in docs/COMPATIBILITY.md: {missing:#?}");
}

struct Outcome {
    reference: Option<Played>,
    ours: Played,
}

/// Plays each script against both daemons. The one about events goes first and alone, because dockerd remembers no more than 256 of them;
/// the others run all at once.
fn play_all(scripts: &[&Script], reference: Option<&Address>, ours: &Address, registry: Option<&str>) -> Vec<Outcome> {
    let (first, rest): (Vec<_>, Vec<_>) = scripts.iter().enumerate().partition(|(_, script)| script.name == "events");
    let mut outcomes: Vec<(usize, Outcome)> =
        [first, rest].into_iter().flat_map(|some| play_at_once(&some, reference, ours, registry)).collect();
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn play_at_once(
    scripts: &[(usize, &&Script)],
    reference: Option<&Address>,
    ours: &Address,
    registry: Option<&str>,
) -> Vec<(usize, Outcome)> {
    thread::scope(|scope| {
        let both = |index: usize, script| {
            let prefix = format!("kd{}x{index}n", std::process::id());
            let reference = reference.map(|daemon| {
                scope.spawn({
                    let prefix = prefix.clone();
                    move || play(script, daemon, &prefix, registry)
                })
            });
            let ours = scope.spawn(move || play(script, ours, &prefix, registry));
            (index, reference, ours)
        };
        let threads: Vec<_> = scripts.iter().map(|(index, script)| both(*index, *script)).collect();
        let end = |thread: thread::ScopedJoinHandle<'_, Played>| thread.join().expect("the script was played");
        threads.into_iter().map(|(index, reference, ours)| (index, Outcome { reference: reference.map(end), ours: end(ours) })).collect()
    })
}

fn compare_answers(script: &Script, reference: &Played, ours: &Played, accepted: &[Accepted], report: &mut String) {
    for (index, exchange) in script.exchanges.iter().enumerate() {
        let theirs = normal(&reference.answers[index], &reference.values, exchange.view);
        let mine = normal(&ours.answers[index], &ours.values, exchange.view);
        if theirs["status"] != json!(exchange.status) && exchange.background.is_none() {
            let _ = writeln!(report, "{}: the reference answers {}, not {}", name(script, exchange), theirs, exchange.status);
        }
        tell(script, exchange, differences(&theirs, &mine), accepted, report);
    }
}

fn compare_statuses(script: &Script, ours: &Played, accepted: &[Accepted], report: &mut String) {
    for (exchange, answer) in script.exchanges.iter().zip(&ours.answers).filter(|(exchange, _)| exchange.background.is_none()) {
        tell(
            script,
            exchange,
            differences(&json!(exchange.status), &answer["status"]).into_iter().map(of_status).collect(),
            accepted,
            report,
        );
    }
}

fn of_status(difference: Difference) -> Difference {
    Difference { path: "status".to_owned(), ..difference }
}

fn tell(script: &Script, exchange: &Exchange, differences: Vec<Difference>, accepted: &[Accepted], report: &mut String) {
    let name = name(script, exchange);
    let mut head = false;
    for difference in differences {
        // All of them are asked, so that each line that covers something counts as seen.
        if accepted.iter().filter(|accepted| accepted.covers(&name, &difference.path)).count() > 0 {
            continue;
        }
        if !std::mem::replace(&mut head, true) {
            let _ = writeln!(report, "{name}");
        }
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let _ = writeln!(report, "    {}: dockerd {}, we {}", difference.path, shown(&difference.reference), shown(&difference.ours));
    }
}

/// What the first column of the table of accepted differences is matched with.
fn name(script: &Script, exchange: &Exchange) -> String {
    format!("{}: {} [{} {}]", script.name, exchange.title, exchange.method, exchange.path)
}

/// Makes the image known that all scripts use.
fn prepare(daemon: &Address) {
    let pulled = http::call(daemon, "POST", "/images/create?fromImage=alpine&tag=latest", None).expect("an answer");
    assert_eq!(pulled.head.status, 200, "{}", pulled.text());
}
