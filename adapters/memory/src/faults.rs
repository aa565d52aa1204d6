//! Faults as data: what is planned happens to the next operation of its kind.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use ports::{Kind, PortError, PortResult};

/// An operation that something can be planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Handing a workload to the cluster.
    Launch,
    /// The start of a process after its launch: it waits, or fails.
    Start,
    /// Stopping a run.
    Stop,
    /// Sending a signal to a run.
    Signal,
    /// Removing a run.
    Remove,
    /// Executing a command in a run.
    Exec,
    /// Attaching to a run.
    Attach,
    /// Reading a log.
    ReadLog,
    /// Finding out about an image.
    Resolve,
    /// Describing the cluster.
    Describe,
}

#[derive(Debug)]
enum Fault {
    Fail(Kind, String),
    Delay(Duration),
}

/// What is planned.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<Op, VecDeque<Fault>>>);

impl Faults {
    pub(crate) fn fail(&self, op: Op, kind: Kind, context: String) {
        self.plan(op, Fault::Fail(kind, context));
    }

    pub(crate) fn delay(&self, op: Op, by: Duration) {
        self.plan(op, Fault::Delay(by));
    }

    fn plan(&self, op: Op, fault: Fault) {
        self.0.lock().expect("invariant: no panic under this lock").entry(op).or_default().push_back(fault);
    }

    fn next(&self, op: Op) -> Option<Fault> {
        self.0.lock().expect("invariant: no panic under this lock").get_mut(&op)?.pop_front()
    }

    /// Lets the planned things happen: any number of delays, then at most one failure.
    pub(crate) async fn happen(&self, op: Op) -> PortResult<()> {
        while let Some(fault) = self.next(op) {
            match fault {
                Fault::Delay(by) => tokio::time::sleep(by).await,
                Fault::Fail(kind, context) => return Err(PortError::new(kind, context)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn happen_once_and_in_order() {
        let faults = Faults::default();
        faults.delay(Op::Launch, Duration::from_secs(3));
        faults.fail(Op::Launch, Kind::Forbidden, "exceeded quota: pods".to_owned());
        faults.fail(Op::Launch, Kind::Conflict, "second".to_owned());
        let began = tokio::time::Instant::now();
        assert!(faults.happen(Op::Stop).await.is_ok());
        let error = faults.happen(Op::Launch).await.unwrap_err();
        assert_eq!((error.kind, error.to_string()), (Kind::Forbidden, "exceeded quota: pods".to_owned()));
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        assert_eq!(faults.happen(Op::Launch).await.unwrap_err().kind, Kind::Conflict);
        assert!(faults.happen(Op::Launch).await.is_ok());
    }
}
