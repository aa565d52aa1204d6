//! How runs end, and how they go away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Run, Signal};
use futures_util::StreamExt;

use super::trial::{Trial, whole};
use crate::{Kind, WorkloadState};

/// A process that waits for signals, and is ready for them once it printed `ready`.
fn waiting(traps: &str) -> String {
    format!("{traps}; echo ready; while true; do sleep 0.1; done")
}

async fn ready(trial: &Trial, traps: &str) -> Run {
    let run = trial.running(&trial.script(&waiting(traps))).await;
    trial.printed(&run, "ready\n").await;
    run
}

async fn stop(trial: &Trial, run: &Run, signal: Option<Signal>, grace: Duration) {
    trial.step("a stop", trial.fixture.workloads.stop(run, signal, grace)).await.expect("it can be stopped");
}

pub(super) async fn runs_the_handler(trial: Arc<Trial>) {
    let run = ready(&trial, "trap 'echo bye; exit 7' TERM").await;
    stop(&trial, &run, None, Duration::from_secs(60)).await;
    assert_eq!(trial.ended(&run).await.code, 7);
    assert_eq!(trial.log(&run, &whole()).await.out(), "ready\nbye\n");
}

pub(super) async fn forces_after_the_grace_period(trial: Arc<Trial>) {
    let run = ready(&trial, "trap '' TERM").await;
    let began = Instant::now();
    stop(&trial, &run, None, Duration::from_secs(1)).await;
    assert_eq!(trial.ended(&run).await.code, 137);
    assert!(began.elapsed() >= Duration::from_secs(1), "it was given no time: {:?}", began.elapsed());
}

pub(super) async fn uses_another_signal(trial: Arc<Trial>) {
    if !trial.abilities().signals {
        return;
    }
    let run = ready(&trial, "trap 'exit 8' INT; trap 'exit 9' TERM").await;
    stop(&trial, &run, Some(Signal::INT), Duration::from_secs(60)).await;
    assert_eq!(trial.ended(&run).await.code, 8);
}

pub(super) async fn kills(trial: Arc<Trial>) {
    let run = ready(&trial, "trap 'exit 9' TERM").await;
    let killed = trial.step("a signal", trial.fixture.workloads.signal(&run, Signal::KILL)).await;
    killed.expect("every backend can kill");
    let code = trial.ended(&run).await.code;
    assert!(code == 137 || (code == 9 && !trial.abilities().kills), "{code}");
}

pub(super) async fn delivers_a_signal_to_its_handler(trial: Arc<Trial>) {
    let run = ready(&trial, "trap 'echo hup' HUP").await;
    let sent = trial.step("a signal", trial.fixture.workloads.signal(&run, Signal::HUP)).await;
    if !trial.abilities().signals {
        assert_eq!(sent.map_err(|error| error.kind), Err(Kind::Unsupported));
        return;
    }
    sent.expect("it can be signalled");
    trial.printed(&run, "ready\nhup\n").await;
}

pub(super) async fn accepts_a_run_that_ended(trial: Arc<Trial>) {
    let run = trial.launch(&trial.script("exit 4")).await;
    trial.ended(&run).await;
    stop(&trial, &run, None, Duration::from_secs(1)).await;
    assert_eq!(trial.ended(&run).await.code, 4);
}

pub(super) async fn does_not_know_others(trial: Arc<Trial>) {
    let run = trial.stranger();
    let workloads = &trial.fixture.workloads;
    let stopped = trial.step("a stop", workloads.stop(&run, None, Duration::ZERO)).await;
    assert_eq!(stopped.map_err(|error| error.kind), Err(Kind::NotFound));
    let sent = trial.step("a signal", workloads.signal(&run, Signal::KILL)).await;
    assert_eq!(sent.map_err(|error| error.kind), Err(Kind::NotFound));
    trial.step("a removal", workloads.remove(&run)).await.expect("what does not exist is removed already");
}

pub(super) async fn removes_a_running_one(trial: Arc<Trial>) {
    let run = ready(&trial, "trap '' TERM").await;
    gone(&trial, &run).await;
}

pub(super) async fn removes_an_ended_one(trial: Arc<Trial>) {
    let run = trial.launch(&trial.script("exit 0")).await;
    trial.ended(&run).await;
    gone(&trial, &run).await;
}

/// Removes it twice, sees it go, and sees that a later watch knows nothing of it.
async fn gone(trial: &Trial, run: &Run) {
    let workloads = &trial.fixture.workloads;
    let mut watch = workloads.watch();
    let told = async { while watch.next().await.expect("a watch never ends by itself").run != *run {} };
    trial.step("telling its state", told).await;
    trial.step("a removal", workloads.remove(run)).await.expect("it can be removed");
    let going = async {
        loop {
            let event = watch.next().await.expect("a watch never ends by itself");
            if event.run == *run && event.state == WorkloadState::Gone {
                return;
            }
        }
    };
    trial.step("going", going).await;
    trial.step("a removal", workloads.remove(run)).await.expect("it is removed already");
    absent(trial, run).await;
}

/// A watch tells the present first: when it tells of a run launched later, it has told everything older.
async fn absent(trial: &Trial, run: &Run) {
    let mut watch = trial.fixture.workloads.watch();
    let later = trial.launch(&trial.script("exit 0")).await;
    let reading = async {
        loop {
            let event = watch.next().await.expect("a watch never ends by itself");
            assert!(event.run != *run, "it was removed and is {:?}", event.state);
            if event.run == later {
                return;
            }
        }
    };
    trial.step("telling of a later run", reading).await;
}

/// Tried alone: it removes what other behaviours launched, too.
pub(super) async fn removes_all(trial: Arc<Trial>) {
    let running = ready(&trial, "trap '' TERM").await;
    let ended = trial.launch(&trial.script("exit 0")).await;
    trial.ended(&ended).await;
    trial.step("a removal", trial.fixture.workloads.remove_all()).await.expect("everything can be removed");
    for run in [running, ended] {
        let gone = async {
            while trial.fixture.logs.read(&run, &whole()).await.map_err(|error| error.kind).err() != Some(Kind::NotFound) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        trial.step("going", gone).await;
        absent(&trial, &run).await;
    }
}
