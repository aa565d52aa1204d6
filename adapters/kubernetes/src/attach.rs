//! Attaching to the process of a container.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use domain::{Run, TermSize};
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream};
use kube::api::AttachParams;
use ports::{
    AttachPlan, ByteStream, Kind, LogQuery, LogStream, Output, PortError, PortResult, ProcessEvent, ProcessIo, ProcessStream, ResizeStream,
};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use crate::access::Access;
use crate::logs;
use crate::pump::{Plan, Purpose, session};
use crate::watch::{Tracked, is_final};
use crate::{cluster::KubeCluster, exec};

/// How long to wait for a terminal's first output before what the log holds is shown.
const OVERLAP: Duration = Duration::from_millis(50);

/// How much of what was printed before is compared with what is printed now.
const OVERLAP_MAX: usize = 64 << 10;

/// How long a runtime may take to connect the output after an attach began.
const SETTLE: Duration = Duration::from_millis(150);

impl KubeCluster {
    pub(crate) async fn attach_to(&self, run: &Run, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
        let ended = self.tracker.find(run).filter(|tracked| is_final(&tracked.state));
        if plan.from_start
            && let Some(ended) = ended
        {
            return Ok(events(whole_log(&self.access, &ended, plan).await?));
        }
        let tracked = exec::running(&self.tracker, run)?;
        match (plan.from_start && (plan.stdout || plan.stderr), plan.tty) {
            (false, _) => live(&self.access, &tracked, plan, io).await,
            (true, false) => from_log(&self.access, &tracked, plan, io).await,
            (true, true) => terminal(&self.access, &tracked, plan, io).await,
        }
    }
}

/// Whether an attach failed because the process is gone.
fn is_gone(error: &PortError) -> bool {
    matches!(error.kind, Kind::Conflict | Kind::NotFound)
}

async fn whole_log(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan) -> PortResult<LogStream> {
    let query = LogQuery { follow: true, stdout: plan.stdout, stderr: plan.stderr, ..LogQuery::default() };
    logs::open(access, tracked, &query).await
}

fn events(log: LogStream) -> ProcessStream {
    Box::pin(log.map_ok(|line| ProcessEvent::Output(line.output)))
}

/// Attaches to what is printed from now on.
async fn live(access: &Access, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let AttachPlan { stdout, stderr, tty, .. } = *plan;
    let stdin = io.stdin.is_some();
    // The API wants at least one stream.
    let params = AttachParams::default().stdin(stdin).stdout(stdout || tty || !(stdin || stderr)).stderr(stderr && !tty).tty(tty);
    let connection = access.attach(&tracked.pod, params).await?;
    // The end of input is only of interest to a process whose input ends with its first client; for others the runtime takes it as the
    // wish to get no more output either.
    let end_input = tracked.stdin_once && !tty;
    let plan = Plan { purpose: Purpose::Attach, stdout, stderr, size: None, tty, end_input };
    let stdin = if stdout || stderr { io.stdin.map(settled) } else { io.stdin };
    Ok(session(connection, plan, ProcessIo { stdin, resize: nudge(io.resize) }))
}

/// Input that begins a moment later: the runtime connects the input before the output, and answers in between would be lost.
fn settled(stdin: ByteStream) -> ByteStream {
    Box::pin(stream::once(sleep(SETTLE)).map(|()| Ok(Bytes::new())).chain(stdin))
}

/// Changes the size once more than asked for, as kubectl does it: programs then draw again what they drew before somebody attached.
fn nudge(sizes: ResizeStream) -> ResizeStream {
    let twice = |(index, size): (usize, TermSize)| {
        let other = TermSize { height: size.height.saturating_add(1), width: size.width.saturating_add(1) };
        stream::iter((index == 0).then_some(other).into_iter().chain([size]))
    };
    Box::pin(sizes.enumerate().flat_map(twice))
}

/// Output from the log, which has it from the first byte on, and input by an attach that carries nothing else.
async fn from_log(access: &Arc<Access>, tracked: &Tracked, plan: &AttachPlan, io: ProcessIo) -> PortResult<ProcessStream> {
    let log = events(whole_log(access, tracked, plan).await?);
    if io.stdin.is_none() {
        return Ok(log);
    }
    let only_input = AttachPlan { stdout: false, stderr: false, ..*plan };
    let mut input = match live(access, tracked, &only_input, io).await {
        Ok(input) => input,
        // Nobody is left to read the input.
        Err(error) if is_gone(&error) => return Ok(log),
        Err(error) => return Err(error),
    };
    let mut pump = JoinSet::new();
    pump.spawn(async move { while input.next().await.is_some() {} });
    Ok(Box::pin(Owning { stream: log, _owned: pump }))
}

/// A stream and the task that belongs to it.
struct Owning<S> {
    stream: S,
    _owned: JoinSet<()>,
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
        Err(error) if is_gone(&error) => return Ok(events(whole_log(access, tracked, plan).await?)),
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
            // It ended before the attach, and so before the log was read.
            Err(error) if is_gone(&error) => break,
            other => early.push(other),
        }
    }
    let fresh = printed.split_off(overlap(&before, &printed)).freeze();
    let output = |bytes: Bytes| (!bytes.is_empty()).then_some(Ok(ProcessEvent::Output(Output::Stdout(bytes))));
    let first = output(before).into_iter().chain(output(fresh)).chain(early);
    let rest = live.take_while(|event| future::ready(!event.as_ref().is_err_and(is_gone)));
    Ok(Box::pin(stream::iter(first.collect::<Vec<_>>()).chain(rest)))
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
