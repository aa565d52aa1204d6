//! How runs begin, and what reaches their processes.

use std::sync::Arc;

use domain::Workload;

use super::trial::{Trial, whole};
use crate::{Kind, WorkloadState};

pub(super) async fn ends_with_its_exit_code(trial: Arc<Trial>) {
    for code in [0, 3, 255] {
        let run = trial.launch(&trial.script(&format!("exit {code}"))).await;
        let exit = trial.ended(&run).await;
        assert_eq!(exit.code, code);
        assert_eq!(exit.cause, domain::Cause::Ended);
        assert!(exit.finished_at.as_nanos() > 0, "an end has a time");
        assert!(exit.started_at.is_none_or(|start| start <= exit.finished_at), "it ended before it began: {exit:?}");
    }
}

pub(super) async fn tells_since_when_it_runs(trial: Arc<Trial>) {
    let run = trial.launch(&trial.command(&["sleep", "600"])).await;
    let state = trial.state(&run, |state| matches!(state, WorkloadState::Running { .. })).await;
    let WorkloadState::Running { started_at, .. } = state else { unreachable!("the condition says so") };
    assert!(started_at.as_nanos() > 0, "a start has a time");
}

pub(super) async fn misses_a_program_with_127(trial: Arc<Trial>) {
    let run = trial.launch(&trial.command(&["no-such-program", "x"])).await;
    let failure = trial.failed(&run).await;
    assert_eq!(failure.code, 127, "{}", failure.message);
    assert!(failure.message.contains("no-such-program"), "the message does not name the program: {}", failure.message);
}

pub(super) async fn refuses_a_file_that_is_no_program_with_126(trial: Arc<Trial>) {
    let run = trial.launch(&trial.command(&["/etc/passwd"])).await;
    let failure = trial.failed(&run).await;
    assert_eq!(failure.code, 126, "{}", failure.message);
    assert!(failure.message.contains("/etc/passwd"), "the message does not name the file: {}", failure.message);
}

pub(super) async fn refuses_the_same_run_twice(trial: Arc<Trial>) {
    let workload = trial.command(&["sleep", "600"]);
    trial.running(&workload).await;
    let again = trial.step("a launch", trial.fixture.workloads.launch(&workload)).await;
    assert_eq!(again.map_err(|error| error.kind), Err(Kind::Conflict));
}

/// What a cluster might take for its own syntax.
const AWKWARD: [&str; 8] = ["$(HOME) $$", "$$(A)", "$(A)", "a  b", "", "\"'\\", "ü €", "x=y"];

pub(super) async fn passes_arguments_unchanged(trial: Arc<Trial>) {
    let args = ["[%s]\\n"].into_iter().chain(AWKWARD).map(str::to_owned).collect();
    let workload = Workload { args: Some(args), env: [("A".to_owned(), "a".to_owned())].into(), ..trial.command(&["printf"]) };
    let run = trial.launch(&workload).await;
    assert_eq!(trial.ended(&run).await.code, 0);
    let expected: String = AWKWARD.iter().map(|word| format!("[{word}]\n")).collect();
    assert_eq!(trial.log(&run, &whole()).await.out(), expected);
}

pub(super) async fn passes_environment_unchanged(trial: Arc<Trial>) {
    let env = AWKWARD.iter().enumerate().map(|(index, value)| (format!("V{index}"), (*value).to_owned())).collect();
    let script = (0..AWKWARD.len()).map(|index| format!("printf '[%s]\\n' \"$V{index}\";")).collect::<String>();
    let workload = Workload { env, ..trial.script(&script) };
    let run = trial.launch(&workload).await;
    assert_eq!(trial.ended(&run).await.code, 0);
    let expected: String = AWKWARD.iter().map(|word| format!("[{word}]\n")).collect();
    assert_eq!(trial.log(&run, &whole()).await.out(), expected);
}

pub(super) async fn begins_in_its_working_directory(trial: Arc<Trial>) {
    let workload = Workload { working_dir: Some("/tmp".to_owned()), ..trial.script("pwd") };
    let run = trial.launch(&workload).await;
    assert_eq!(trial.ended(&run).await.code, 0);
    assert_eq!(trial.log(&run, &whole()).await.out(), "/tmp\n");
}

/// A shell without input has nothing to do.
pub(super) async fn runs_the_image_command(trial: Arc<Trial>) {
    assert_eq!(trial.exit_code(&trial.plain()).await, 0);
}

pub(super) async fn runs_arguments_without_entrypoint(trial: Arc<Trial>) {
    let args = ["echo", "from args"].map(str::to_owned).into();
    let run = trial.launch(&Workload { args: Some(args), ..trial.plain() }).await;
    assert_eq!(trial.ended(&run).await.code, 0);
    assert_eq!(trial.log(&run, &whole()).await.out(), "from args\n");
}

pub(super) async fn describes_the_backend(trial: Arc<Trial>) {
    let info = trial.step("a description", trial.fixture.cluster.describe()).await.expect("it can be described");
    assert!(!info.name.is_empty(), "it has a name");
    assert!(!info.operating_system.is_empty(), "it says what it is");
    assert!(!info.architecture.is_empty(), "it says what it runs on");
}
