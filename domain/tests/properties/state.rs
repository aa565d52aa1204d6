//! The state machine of containers.

use domain::{Cause, Exit, Health, HealthStatus, State, Status, Timestamp};
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

/// Everything that can happen to a container.
#[derive(Debug, Clone)]
enum Step {
    Start,
    FailStart(i32),
    End(i32, Cause),
    AwaitRestart,
    GiveUpRestart,
    Pause,
    Unpause,
    BeginRemoval,
    FailRemoval,
    SetHealth,
}

impl Step {
    fn apply(&self, state: &mut State, at: i64) -> domain::Result<()> {
        let at = Timestamp::from_nanos(at);
        match *self {
            Self::Start => state.start(at),
            Self::FailStart(code) => state.fail_start(code, "why".to_owned()),
            Self::End(code, cause) => state.end(&Exit { code, cause, message: String::new(), started_at: None, finished_at: at }),
            Self::AwaitRestart => state.await_restart(),
            Self::GiveUpRestart => state.give_up_restart(),
            Self::Pause => state.pause(),
            Self::Unpause => state.unpause(),
            Self::BeginRemoval => state.begin_removal(),
            Self::FailRemoval => state.fail_removal("why".to_owned()),
            Self::SetHealth => state.set_health(Health { status: HealthStatus::Healthy, failing_streak: 0, log: Vec::new() }),
        }
    }

    /// Where this leads from `from`, with or without a process, if it is legal there: the whole table of the state machine.
    fn leads_to(&self, from: Status, process: bool) -> Option<Status> {
        use Status::{Created, Dead, Exited, Paused, Removing, Restarting, Running};
        match (self, from) {
            (Self::Start, Created | Exited | Restarting) => Some(Running),
            (Self::FailStart(_), Created) => Some(Created),
            (Self::FailStart(_), Exited | Restarting) => Some(Exited),
            (Self::End(..), _) if !process => None,
            (Self::End(..), Running | Paused) => Some(Exited),
            (Self::End(..), Removing | Dead) => Some(from),
            (Self::AwaitRestart, Exited) => Some(Restarting),
            (Self::GiveUpRestart, Restarting) => Some(Exited),
            (Self::Pause, Running) => Some(Paused),
            (Self::Unpause, Paused) => Some(Running),
            (Self::BeginRemoval, Created | Running | Paused | Restarting | Exited | Dead) => Some(Removing),
            (Self::FailRemoval, Removing) => Some(Dead),
            (Self::SetHealth, from @ (Running | Paused | Restarting)) => Some(from),
            _ => None,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Start),
        select(vec![126, 127, 128]).prop_map(Step::FailStart),
        (0..256_i32, select(vec![Cause::Ended, Cause::OutOfMemory])).prop_map(|(code, cause)| Step::End(code, cause)),
        Just(Step::AwaitRestart),
        Just(Step::GiveUpRestart),
        Just(Step::Pause),
        Just(Step::Unpause),
        Just(Step::BeginRemoval),
        Just(Step::FailRemoval),
        Just(Step::SetHealth),
    ]
}

/// A container that came to `status` on the shortest way, with a process if there is a choice.
fn in_status(status: Status, process: bool) -> State {
    let end = Step::End(3, Cause::Ended);
    let way = match status {
        Status::Created => vec![],
        Status::Running => vec![Step::Start],
        Status::Paused => vec![Step::Start, Step::Pause],
        Status::Exited => vec![Step::Start, end],
        Status::Restarting => vec![Step::Start, end, Step::AwaitRestart],
        Status::Removing if process => vec![Step::Start, Step::BeginRemoval],
        Status::Removing => vec![Step::BeginRemoval],
        Status::Dead if process => vec![Step::Start, Step::BeginRemoval, Step::FailRemoval],
        Status::Dead => vec![Step::BeginRemoval, Step::FailRemoval],
    };
    let mut state = State::new();
    for step in way {
        step.apply(&mut state, 1).unwrap();
    }
    assert_eq!(state.status(), status);
    state
}

/// Whether a container in `status` can have a process; only while it is removed it can be both.
fn has_process(status: Status, wanted: bool) -> bool {
    match status {
        Status::Running | Status::Paused => true,
        Status::Removing | Status::Dead => wanted,
        Status::Created | Status::Restarting | Status::Exited => false,
    }
}

#[test]
fn every_step_from_every_status_leads_where_the_table_says() {
    let steps = [
        Step::Start,
        Step::FailStart(127),
        Step::End(3, Cause::Ended),
        Step::AwaitRestart,
        Step::GiveUpRestart,
        Step::Pause,
        Step::Unpause,
        Step::BeginRemoval,
        Step::FailRemoval,
        Step::SetHealth,
    ];
    for (from, wanted, step) in Status::ALL
        .into_iter()
        .flat_map(|from| [true, false].map(|wanted| (from, wanted)))
        .flat_map(|(from, wanted)| steps.iter().map(move |step| (from, wanted, step)))
    {
        let before = in_status(from, wanted);
        let mut state = before.clone();
        match (step.apply(&mut state, 2), step.leads_to(from, has_process(from, wanted))) {
            (Ok(()), Some(to)) => assert_eq!(state.status(), to, "{step:?} from {from:?}"),
            (Err(_), None) => assert_eq!(state, before, "{step:?} from {from:?} is illegal and changes nothing"),
            (result, expected) => panic!("{step:?} from {from:?}: {result:?}, but {expected:?}"),
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_record_stays_true(steps in proptest::collection::vec(step(), 0..60)) {
        let mut state = State::new();
        let (mut at, mut ends, mut restarts, mut process) = (0, 0, 0, false);
        for step in steps {
            at += 1;
            let from = state.status();
            let before = state.clone();
            if step.apply(&mut state, at).is_err() {
                prop_assert_eq!(&state, &before);
                continue;
            }
            prop_assert_eq!(Some(state.status()), step.leads_to(from, process));
            match step {
                Step::Start => {
                    process = true;
                    restarts += u32::from(from == Status::Restarting);
                    prop_assert_eq!((state.exit_code(), state.error(), state.oom_killed()), (0, "", false));
                    prop_assert_eq!(state.started_at(), Some(Timestamp::from_nanos(at)));
                }
                Step::FailStart(code) => prop_assert_eq!((state.exit_code(), state.error()), (code, "why")),
                Step::End(code, cause) => {
                    ends += 1;
                    process = false;
                    prop_assert_eq!((state.exit_code(), state.oom_killed()), (code, cause == Cause::OutOfMemory));
                    prop_assert_eq!(state.finished_at(), Some(Timestamp::from_nanos(at)));
                    prop_assert!(state.health().is_none());
                }
                _ => prop_assert_eq!((state.exit_code(), state.exits()), (before.exit_code(), before.exits())),
            }
            prop_assert!(state.exits() >= ends && state.restarts() == restarts);
            prop_assert!(!state.has_process() || !matches!(state.status(), Status::Created | Status::Exited | Status::Restarting));
            prop_assert!(state.check_start().is_ok() == matches!(state.status(), Status::Created | Status::Exited | Status::Restarting));
        }
    }
}

#[test]
fn statuses_read_back_from_their_names() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.name()), Some(status));
    }
    assert_eq!(Status::parse("Running"), None);
}
