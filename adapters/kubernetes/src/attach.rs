//! Attaching to the process of a container.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use domain::{Run, TermSize};
use futures_util::{Stream, StreamExt, stream};
use kube::api::AttachParams;
use ports::{AttachPlan, Kind, LogQuery, LogStream, Output, PortResult, ProcessEvent, ProcessIo, ProcessStream};
use tokio::time::{Duration, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::access::Access;
use crate::logs;
use crate::pump::{Plan, Purpose, session};
use crate::watch::{Tracked, is_final};
use crate::{cluster::KubeCluster, exec};

/// How long to wait for a terminal's first output before what the log holds is shown.
const OVERLAP: Duration = Duration::from_millis(50);

/// How much of what was printed before is compared with what is printed now.
const OVERLAP_MAX: usize = 64 << 10;

/// A terminal that is redrawn twice because its size changed twice, as kubectl does it: a prompt that was printed before is seen again.
const NUDGE: [TermSize; 2] = [TermSize { height: 25, width: 81 }, TermSize { height: 24, width: 80 }];

impl KubeCluster {
    pub(crate) async fn attach_to(&self, run: &Run, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
        let ended = self.tracker.find(run).filter(|tracked| is_final(&tracked.state));
        if plan.from_start
            && let Some(ended) = ended
        {
            return Ok(events(whole_log(&self.access, &ended, plan).await?));
        }
        let tracked = exec::running(&self.tracker, run)?;
        match (plan.tty, plan.from_start) {
            (false, true) => from_log(&self.access, &tracked, plan, io).await,
            (false, false) => live(&self.access, &tracked, plan, io).await,
            (true, false) => live(&self.access, &tracked, plan, io).await,
            (true, true) => terminal(&self.access, &tracked, plan, io).await,
        }
    }
}

async fn whole_log(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan) -> PortResult<LogStream> {
    let query = LogQuery { follow: true, stdout: plan.stdout, stderr: plan.stderr, ..LogQuery::default() };
    logs::open(access, tracked, &query).await
}

fn events(log: LogStream) -> ProcessStream {
    Box::pin(log.map(|line| line.map(|line| ProcessEvent::Output(line.output))))
}

/// Attaches to what is printed from now on.
async fn live(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let stdin = io.stdin.is_some();
    let stdout = plan.stdout || plan.tty || !(stdin || plan.stderr);
    let params = AttachParams::default().stdin(stdin).stdout(stdout).stderr(plan.stderr && !plan.tty).tty(plan.tty);
    let connection = access.attach(&tracked.pod, params).await?;
    let sizes = if plan.tty { NUDGE.to_vec() } else { Vec::new() };
    let plan = Plan { purpose: Purpose::Attach, stdout: plan.stdout, stderr: plan.stderr, sizes, tty: plan.tty };
    Ok(session(connection, plan, io))
}

/// Output from the log, which has it from the first byte on, and input by an attach that carries nothing else.
async fn from_log(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let log = events(whole_log(access, tracked, plan).await?);
    if io.stdin.is_none() {
        return Ok(log);
    }
    let input = AttachPlan { stdout: false, stderr: false, ..*plan };
    let mut input = match live_input(access, tracked, &input, io).await {
        Ok(input) => input,
        // It ended meanwhile: there is nobody left to read the input.
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Conflict | Kind::Internal) => return Ok(log),
        Err(error) => return Err(error),
    };
    let pump = AbortOnDropHandle::new(tokio::spawn(async move { while input.next().await.is_some() {} }));
    Ok(Box::pin(Owning { stream: log, _owned: pump }))
}

async fn live_input(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let params = AttachParams::default().stdin(true).stdout(false).stderr(false);
    let connection = access.attach(&tracked.pod, params).await?;
    let plan = Plan { purpose: Purpose::Attach, stdout: plan.stdout, stderr: plan.stderr, sizes: Vec::new(), tty: false };
    Ok(session(connection, plan, io))
}

/// A stream and the task that belongs to it.
struct Owning<S> {
    stream: S,
    _owned: AbortOnDropHandle<()>,
}

impl<S: Stream + Unpin> Stream for Owning<S> {
    type Item = S::Item;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(cx)
    }
}

/// A terminal from the first byte on: an attach for what comes, the log for the lines that came before, without what is in both.
///
/// The log gets a line when it is complete, so a prompt without a line end is in neither; the nudge makes programs draw it again.
async fn terminal(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let mut live = match live(access, tracked, plan, io).await {
        Ok(live) => live,
        // It ended before the attach: the log has everything.
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::Internal | Kind::NotFound) => {
            return Ok(events(whole_log(access, tracked, plan).await?));
        }
        Err(error) => return Err(error),
    };
    let query = LogQuery { stdout: true, ..LogQuery::default() };
    let mut before = BytesMut::new();
    let mut log = logs::open(access, tracked, &query).await?;
    while let Some(line) = log.next().await {
        before.extend_from_slice(line?.output.bytes());
    }
    let before = before.freeze();
    let mut early = Vec::new();
    let mut printed = BytesMut::new();
    while printed.len() < OVERLAP_MAX
        && let Ok(Some(event)) = timeout(OVERLAP, live.next()).await
    {
        match event {
            Ok(ProcessEvent::Output(output)) => printed.extend_from_slice(output.bytes()),
            other => early.push(other),
        }
    }
    let fresh = printed.split_off(overlap(&before, &printed)).freeze();
    let output = |bytes: Bytes| (!bytes.is_empty()).then_some(Ok(ProcessEvent::Output(Output::Stdout(bytes))));
    let first = output(before).into_iter().chain(output(fresh)).chain(early);
    Ok(Box::pin(stream::iter(first.collect::<Vec<_>>()).chain(live)))
}

/// How many of the first bytes of `now` are the last ones of `before`.
fn overlap(before: &[u8], now: &[u8]) -> usize {
    let longest = before.len().min(now.len());
    (0..=longest).rev().find(|len| before.ends_with(&now[..*len])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn overlaps() {
        for (before, now, len) in [
            ("", "", 0),
            ("one\ntwo\n", "two\nthree\n", 4),
            ("one\n", "two\n", 0),
            ("one\ntwo\n", "one\ntwo\n", 8),
            ("one\n", "", 0),
            ("a\na\n", "a\nb\n", 2),
        ] {
            assert_eq!(overlap(before.as_bytes(), now.as_bytes()), len, "{before:?} {now:?}");
        }
    }
}
