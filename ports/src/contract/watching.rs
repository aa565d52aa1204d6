//! What the watch tells.

use std::sync::Arc;

use domain::Signal;
use futures_util::StreamExt;

use super::trial::Trial;
use crate::WorkloadState;

pub(super) async fn tells_the_present_first(trial: Arc<Trial>) {
    let running = trial.running(&trial.command(&["sleep", "600"])).await;
    let ended = trial.launch(&trial.script("exit 5")).await;
    trial.ended(&ended).await;
    let failed = trial.launch(&trial.command(&["no-such-program"])).await;
    trial.failed(&failed).await;

    let mut watch = trial.fixture.workloads.watch();
    let (mut saw_running, mut saw_ended, mut saw_failed) = (false, false, false);
    let reading = async {
        while !(saw_running && saw_ended && saw_failed) {
            let event = watch.next().await.expect("a watch never ends by itself");
            if event.run == running {
                assert!(matches!(event.state, WorkloadState::Running { .. }), "{:?}", event.state);
                saw_running = true;
            } else if event.run == ended {
                assert!(matches!(&event.state, WorkloadState::Ended(exit) if exit.code == 5), "{:?}", event.state);
                saw_ended = true;
            } else if event.run == failed {
                assert!(matches!(&event.state, WorkloadState::Failed(failure) if failure.code == 127), "{:?}", event.state);
                saw_failed = true;
            }
        }
    };
    trial.step("telling the present", reading).await;
}

pub(super) async fn tells_changes_in_order(trial: Arc<Trial>) {
    let mut watch = trial.fixture.workloads.watch();
    let run = trial.launch(&trial.command(&["sleep", "600"])).await;
    let (mut running, mut ended) = (0, 0);
    let reading = async {
        loop {
            let event = watch.next().await.expect("a watch never ends by itself");
            if event.run != run {
                continue;
            }
            match event.state {
                WorkloadState::Waiting(_) => assert_eq!((running, ended), (0, 0), "it waits after it ran"),
                WorkloadState::Running { .. } => {
                    assert_eq!(ended, 0, "it runs after it ended");
                    if running == 0 {
                        trial.fixture.workloads.signal(&run, Signal::KILL).await.expect("every backend can kill");
                    }
                    running += 1;
                }
                WorkloadState::Ended(exit) => {
                    assert!(running > 0, "it ended and never ran");
                    assert_eq!(exit.code, 137);
                    if ended == 0 {
                        trial.fixture.workloads.remove(&run).await.expect("it can be removed");
                    }
                    ended += 1;
                }
                WorkloadState::Gone => {
                    assert!(ended > 0, "it is gone and nobody saw its end");
                    return;
                }
                WorkloadState::Failed(failure) => panic!("it should run: {failure:?}"),
            }
        }
    };
    trial.step("a life", reading).await;
}

pub(super) async fn survives_a_watcher_that_left(trial: Arc<Trial>) {
    let mut left = trial.fixture.workloads.watch();
    let idle = trial.fixture.workloads.watch();
    let run = trial.running(&trial.command(&["sleep", "600"])).await;
    trial.step("a first event", left.next()).await.expect("a watch never ends by itself");
    drop(left);
    trial.fixture.workloads.signal(&run, Signal::KILL).await.expect("every backend can kill");
    assert_eq!(trial.ended(&run).await.code, 137);
    drop(idle);
}
