//! Many who follow a log or events, and one of each who never reads: nobody else may notice, and memory stays bounded.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use memchr::memmem;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::context::Context;
use crate::docker::Docker;
use crate::http::{Connection, Socket};
use crate::options::Options;
use crate::process;
use crate::report::{Report, Row};
use crate::samples::Samples;

/// How many follow the log, and how many the events.
const EACH: usize = 250;

/// How long a message may take to the last of them.
const LIMIT: Duration = Duration::from_secs(30);

/// How many events are sent before everyone must have read them.
const BATCH: usize = 50;

/// The name, and the line, that everyone recognises.
const MARK: &str = "probe-";

/// How the name looks in the event of a new name; an old name has a slash.
const MARK_IN_EVENT: &str = "\"name\":\"probe-";

/// How much later than before the last one may hear of something, as a factor and a number of seconds.
const SLACK: (f64, f64) = (1.2, 0.002);

/// How much memory in MiB those who never read may cost.
const STALLED: f64 = 4.0;

/// A container that prints what it is told and one that is renamed, and who listens to both.
struct Stage {
    docker: Docker,
    printer: String,
    input: Socket,
    renamed: String,
    log: Audience,
    events: Audience,
    renames: usize,
}

/// Those who follow one thing.
struct Audience {
    arrivals: mpsc::UnboundedReceiver<Instant>,
    size: usize,
    _members: JoinSet<anyhow::Result<()>>,
}

/// How long messages took to the last of each audience.
struct Slowest {
    line: f64,
    event: f64,
}

/// Measures how fast messages reach everyone, without and with those who never read.
///
/// # Errors
/// A message does not reach everyone.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let server = context.in_memory().await?;
    let (pid, docker) = (server.pid(), server.unix());
    let idle = process::resident(pid)?;
    let mut stage = Stage::open(docker).await?;
    let crowded = process::resident(pid)?;
    let probes = options.amount(20, 5);
    let (lines, events) = (options.amount(40_000, 10_000), options.amount(2_000, 500));
    // The first flood fills what is kept for later readers anyway.
    stage.flood(lines, events).await?;
    let all_read = stage.slowest(probes).await?;
    let usual = growth(pid, stage.flood(lines, events)).await?;

    let stalled = (docker.follow(&stage.log_path()).await?, docker.follow("/events").await?);
    let with_stalled = growth(pid, stage.flood(lines, events)).await?;
    let one_stalls = stage.slowest(probes).await?;
    drop(stalled);

    for (what, before, after) in [("log line", all_read.line, one_stalls.line), ("event", all_read.event, one_stalls.event)] {
        let row = Row::new("subscribers", format!("{what} to the last of {EACH}, one more never reads, median"), "s", after);
        report.add(row.against("all read", before).at_most(before.mul_add(SLACK.0, SLACK.1), "1.2 x all read + 2 ms"));
    }
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = (crowded - idle) * 1024.0 / (2 * EACH) as f64;
    report.add(Row::new("subscribers", format!("memory of each of {}", 2 * EACH), "KiB", each));
    let row = Row::new("subscribers", "memory of two who never read", "MiB", with_stalled - usual);
    report.add(row.at_most(STALLED, "4 MiB"));
    report.add(Row::new("subscribers", "peak memory (VmHWM)", "MiB", process::peak(pid)?));
    server.stop().await
}

async fn growth(pid: u32, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let before = process::resident(pid)?;
    work.await?;
    Ok(process::resident(pid)? - before)
}

impl Stage {
    async fn open(docker: &Docker) -> anyhow::Result<Self> {
        let printer = docker.create(json!({"Cmd": ["cat"], "OpenStdin": true, "AttachStdin": true})).await?;
        docker.start(&printer).await?;
        let renamed = docker.run("sleep 3600").await?;
        let input = docker.attach_stdin(&printer).await?;
        let log = Audience::open(docker, &log_path(&printer), MARK).await?;
        let events = Audience::open(docker, "/events", MARK_IN_EVENT).await?;
        Ok(Self { docker: docker.clone(), printer, input, renamed, log, events, renames: 0 })
    }

    fn log_path(&self) -> String {
        log_path(&self.printer)
    }

    /// How long so many messages of each kind take to the last one, in the median.
    async fn slowest(&mut self, probes: usize) -> anyhow::Result<Slowest> {
        let (mut lines, mut events) = (Samples::default(), Samples::default());
        for probe in 0..probes {
            let begin = Instant::now();
            self.print(&format!("{MARK}{probe}\n")).await?;
            lines.push_time(self.log.last().await?.duration_since(begin));
            let begin = Instant::now();
            self.rename(MARK).await?;
            events.push_time(self.events.last().await?.duration_since(begin));
        }
        Ok(Slowest { line: lines.median(), event: events.median() })
    }

    /// So much for everyone that the buffers of one who does not read are full, and waits until all others have read it.
    async fn flood(&mut self, lines: usize, events: usize) -> anyhow::Result<()> {
        let text = format!("{}\n", "x".repeat(99)).repeat(100);
        for _ in 0..lines.div_ceil(100) {
            self.print(&text).await?;
        }
        self.print(&format!("{MARK}end\n")).await?;
        self.log.last().await?;
        for event in 1..=events {
            self.rename("flood-").await?;
            // Readers who keep up are not to be taken for some who do not.
            if event % BATCH == 0 || event == events {
                self.rename(MARK).await?;
                self.events.last().await?;
            }
        }
        Ok(())
    }

    async fn print(&mut self, text: &str) -> anyhow::Result<()> {
        let written = timeout(LIMIT, self.input.write_all(text.as_bytes())).await;
        written.context("nobody reads the input of the container")?.context("the input of the container is closed")
    }

    async fn rename(&mut self, prefix: &str) -> anyhow::Result<()> {
        self.renames += 1;
        self.docker.rename(&self.renamed, &format!("{prefix}{}", self.renames)).await
    }
}

impl Audience {
    async fn open(docker: &Docker, path: &str, mark: &'static str) -> anyhow::Result<Self> {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let mut members = JoinSet::new();
        for _ in 0..EACH {
            members.spawn(listen(docker.follow(path).await?, mark, sender.clone()));
        }
        Ok(Self { arrivals, size: EACH, _members: members })
    }

    /// When the last one has seen the mark.
    async fn last(&mut self) -> anyhow::Result<Instant> {
        let mut last = None;
        for heard in 0..self.size {
            let arrival = timeout(LIMIT, self.arrivals.recv()).await;
            last = arrival.with_context(|| format!("only {heard} of {} have heard it", self.size))?;
            last.context("all have left")?;
        }
        last.context("nobody listens")
    }
}

async fn listen(mut connection: Connection, mark: &str, arrivals: mpsc::UnboundedSender<Instant>) -> anyhow::Result<()> {
    let (finder, mut read) = (memmem::Finder::new(mark), Vec::new());
    while connection.chunk(&mut read).await? {
        for _ in finder.find_iter(&read) {
            arrivals.send(Instant::now())?;
        }
        // What may be the first part of a mark whose rest is in the next chunk.
        read.drain(..read.len().saturating_sub(mark.len() - 1));
    }
    Ok(())
}

fn log_path(container: &str) -> String {
    format!("/containers/{container}/logs?follow=1&stdout=1&stderr=1&tail=0")
}
