//! The newest output of containers whose pods are deleted, because deleting a pod takes its log with it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use domain::Run;
use futures_util::{StreamExt, stream};
use ports::{LogLine, LogQuery, LogStream, Output, PortResult};
use tokio::sync::watch;
use tokio::time::timeout;

/// What a kept line costs besides its text.
const OVERHEAD: usize = size_of::<LogLine>() + 32;

/// The logs kept, by run.
pub(crate) struct KeptLogs {
    runs: Mutex<HashMap<Run, Arc<KeptLog>>>,
    max: usize,
}

/// The newest lines of one run.
pub(crate) struct KeptLog {
    lines: Mutex<Newest>,
    /// Counts the lines that arrived; closed when all have.
    arrived: watch::Receiver<u64>,
}

#[derive(Default)]
struct Newest {
    lines: VecDeque<LogLine>,
    cost: usize,
    /// How many lines are not kept any more.
    dropped: u64,
}

impl KeptLogs {
    /// Keeps at most about `max` bytes of each run.
    pub(crate) fn new(max: usize) -> Self {
        Self { runs: Mutex::default(), max }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Run, Arc<KeptLog>>> {
        self.runs.lock().expect("invariant: no holder of this lock panics")
    }

    pub(crate) fn find(&self, run: &Run) -> Option<Arc<KeptLog>> {
        self.lock().get(run).cloned()
    }

    pub(crate) fn forget(&self, run: &Run) {
        self.lock().remove(run);
    }

    /// Keeps what `log` delivers until it ends. The future is to be driven to its end by the caller; until then readers wait for it.
    pub(crate) fn keep(&self, run: &Run, mut log: LogStream) -> impl Future<Output = ()> + Send + use<> {
        let (count, arrived) = watch::channel(0);
        let kept = Arc::new(KeptLog { lines: Mutex::default(), arrived });
        self.lock().insert(run.clone(), Arc::clone(&kept));
        let max = self.max;
        async move {
            // Readers are let go when `count` goes, even if the caller gives up.
            while let Some(Ok(line)) = log.next().await {
                kept.lock().push(line, max);
                count.send_modify(|count| *count += 1);
            }
        }
    }
}

impl Newest {
    fn push(&mut self, line: LogLine, max: usize) {
        let cost = |line: &LogLine| line.output.bytes().len() + OVERHEAD;
        // A copy of its own: a slice would keep the whole chunk that it arrived in.
        let own = |bytes: &Bytes| Bytes::copy_from_slice(bytes);
        let output = match &line.output {
            Output::Stdout(bytes) => Output::Stdout(own(bytes)),
            Output::Stderr(bytes) => Output::Stderr(own(bytes)),
        };
        self.cost += cost(&line);
        self.lines.push_back(LogLine { output, time: line.time });
        while self.cost > max
            && let Some(oldest) = self.lines.pop_front()
        {
            self.cost -= cost(&oldest);
            self.dropped += 1;
        }
    }
}

impl KeptLog {
    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.lines.lock().expect("invariant: no holder of this lock panics")
    }

    /// Waits until the first line has arrived, or all have, or `patience` is over.
    pub(crate) async fn begun(&self, patience: Duration) {
        let mut arrived = self.arrived.clone();
        // Each of the three outcomes lets the caller go on.
        let _ = timeout(patience, arrived.wait_for(|count| *count > 0)).await;
    }

    /// Reads what is kept, once it is complete, or after `patience`.
    pub(crate) async fn read(&self, query: &LogQuery, patience: Duration) -> PortResult<LogStream> {
        let mut arrived = self.arrived.clone();
        // Late is better than never: what has arrived so far is handed on if the end does not come.
        let _ = timeout(patience, arrived.wait_for(|_| false)).await;
        Ok(Box::pin(stream::iter(self.present(query).into_iter().map(Ok))))
    }

    /// Reads what is kept, and what arrives until it is complete.
    pub(crate) fn follow(self: Arc<Self>, query: &LogQuery) -> LogStream {
        let (query, arrived) = (*query, self.arrived.clone());
        let (next, present) = {
            let lines = self.lock();
            (lines.dropped + lines.lines.len() as u64, self.select(&lines, &query))
        };
        let later = stream::unfold((self, arrived, next), move |(kept, mut arrived, next)| async move {
            // An error is the end, after which lines may still be left.
            let ended = arrived.wait_for(|count| *count > next).await.is_err();
            let (fresh, seen) = kept.after(next, &query);
            (!ended || seen > next).then_some((fresh, (kept, arrived, seen)))
        });
        Box::pin(stream::iter(present).chain(later.flat_map(stream::iter)).map(Ok))
    }

    fn present(&self, query: &LogQuery) -> Vec<LogLine> {
        self.select(&self.lock(), query)
    }

    /// The wanted ones of the lines after the first `seen`, and how many there are in all.
    fn after(&self, seen: u64, query: &LogQuery) -> (Vec<LogLine>, u64) {
        let lines = self.lock();
        let skip = usize::try_from(seen.saturating_sub(lines.dropped)).unwrap_or(usize::MAX);
        let fresh = lines.lines.iter().skip(skip).filter(|line| wanted(line, query)).cloned().collect();
        (fresh, lines.dropped + lines.lines.len() as u64)
    }

    fn select(&self, lines: &Newest, query: &LogQuery) -> Vec<LogLine> {
        let mut lines: Vec<LogLine> = lines.lines.iter().cloned().collect();
        if let Some(tail) = query.tail {
            let surplus = lines.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
            lines.drain(..surplus);
        }
        lines.retain(|line| wanted(line, query));
        lines
    }
}

fn wanted(line: &LogLine, query: &LogQuery) -> bool {
    let side = match line.output {
        Output::Stdout(_) => query.stdout,
        Output::Stderr(_) => query.stderr,
    };
    side && query.since.is_none_or(|since| line.time >= Some(since)) && query.until.is_none_or(|until| line.time <= Some(until))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use domain::{ContainerId, Run, Timestamp};
    use futures_util::{StreamExt, stream};
    use ports::{LogLine, LogQuery, LogStream, Output};

    use super::{KeptLogs, OVERHEAD};

    fn run() -> Run {
        Run { container: ContainerId::from_bytes([7; 32]), number: 1 }
    }

    fn log(lines: i64) -> LogStream {
        Box::pin(stream::iter((0..lines).map(|n| {
            let text = Bytes::from(format!("{n:04}\n"));
            let output = if n % 2 == 0 { Output::Stdout(text) } else { Output::Stderr(text) };
            Ok(LogLine { output, time: Some(Timestamp::from_nanos(n)) })
        })))
    }

    async fn read(kept: &KeptLogs, query: LogQuery) -> Vec<String> {
        let lines = kept.find(&run()).unwrap().read(&query, Duration::from_secs(1)).await.unwrap();
        lines.map(|line| String::from_utf8_lossy(line.unwrap().output.bytes()).trim().to_owned()).collect().await
    }

    #[tokio::test]
    async fn only_the_newest_lines_stay() {
        let kept = KeptLogs::new(3 * (5 + OVERHEAD));
        kept.keep(&run(), log(100)).await;
        let all = LogQuery { stdout: true, stderr: true, ..LogQuery::default() };
        assert_eq!(read(&kept, all).await, ["0097", "0098", "0099"]);
        kept.forget(&run());
        assert!(kept.find(&run()).is_none());
    }

    #[tokio::test]
    async fn queries_are_answered_as_by_the_cluster() {
        let kept = KeptLogs::new(1 << 20);
        kept.keep(&run(), log(6)).await;
        let out = LogQuery { stdout: true, ..LogQuery::default() };
        assert_eq!(read(&kept, out).await, ["0000", "0002", "0004"]);
        // Docker takes the tail of both streams together before it leaves one of them out.
        assert_eq!(read(&kept, LogQuery { tail: Some(3), ..out }).await, ["0004"]);
        let (since, until) = (Some(Timestamp::from_nanos(2)), Some(Timestamp::from_nanos(4)));
        assert_eq!(read(&kept, LogQuery { since, until, stderr: true, ..out }).await, ["0002", "0003", "0004"]);
    }

    #[tokio::test]
    async fn followers_see_what_arrives_until_the_end() {
        let kept = KeptLogs::new(1 << 20);
        let (lines, more) = tokio::sync::mpsc::channel(1);
        let arriving = stream::unfold(more, |mut more| async move { Some((more.recv().await?, more)) });
        let mut keeping = tokio::task::JoinSet::new();
        keeping.spawn(kept.keep(&run(), Box::pin(arriving)));
        let query = LogQuery { follow: true, stdout: true, ..LogQuery::default() };
        let mut following = kept.find(&run()).unwrap().follow(&query);
        for line in log(4).collect::<Vec<_>>().await {
            lines.send(line).await.unwrap();
        }
        assert_eq!(following.next().await.unwrap().unwrap().output, Output::Stdout("0000\n".into()));
        drop(lines);
        keeping.join_all().await;
        assert_eq!(following.next().await.unwrap().unwrap().output, Output::Stdout("0002\n".into()));
        assert!(following.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn readers_wait_for_the_end_but_not_for_ever() {
        let kept = KeptLogs::new(1 << 20);
        let keeping = kept.keep(&run(), Box::pin(log(1).chain(stream::pending())));
        let out = LogQuery { stdout: true, ..LogQuery::default() };
        let reading = read(&kept, out);
        tokio::select! {
            () = keeping => unreachable!("the log does not end"),
            lines = reading => assert_eq!(lines, ["0000"]),
        }
    }
}
