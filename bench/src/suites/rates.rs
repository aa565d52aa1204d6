//! Inspects and lists per second over one connection, and what they cost the cluster.

use std::time::{Duration, Instant};

use anyhow::ensure;
use futures_util::future::try_join_all;
use serde_json::json;

use crate::context::Context;
use crate::docker::Docker;
use crate::options::Options;
use crate::process;
use crate::proxy::Proxy;
use crate::report::{Report, Row};

/// Inspects per second.
const INSPECTS: f64 = 8_000.0;

/// Lists of ten containers per second.
const LISTS: f64 = 5_000.0;

/// Lists of a thousand containers per second.
const LONG_LISTS: f64 = 150.0;

/// Asks as often as it can.
///
/// # Errors
/// An answer is wrong.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let time = Duration::from_secs(options.amount(5, 1) as u64);
    ten(context, time, report).await?;
    thousand(context, time, report).await
}

async fn ten(context: &Context, time: Duration, report: &mut Report) -> anyhow::Result<()> {
    let cluster = context.cluster()?;
    let proxy = Proxy::open(cluster.kubeconfig()).await?;
    let server = context.through(proxy.kubeconfig()).await?;
    let containers = try_join_all((0..10).map(|_| server.unix().run("sleep 3600"))).await?;
    ensure!(proxy.sent() > 0, "kubedock does not use the proxy");
    // What starts leave behind is over by then.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = proxy.sent();
    for (socket, docker) in [("TCP", server.tcp()), ("unix socket", server.unix())] {
        let inspects = inspects(docker, &containers[0], time).await?;
        report.add(Row::new("rates", format!("inspect, 10 containers, {socket}"), "/s", inspects).at_least(INSPECTS, "8,000"));
        let lists = lists(docker, 10, time).await?;
        report.add(Row::new("rates", format!("list of 10, {socket}"), "/s", lists).at_least(LISTS, "5,000"));
    }
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let sent = (proxy.sent() - before) as f64;
    report.add(Row::new("rates", "sent to the API server meanwhile", "bytes", sent).at_most(0.0, "nothing"));
    server.stop().await
}

async fn thousand(context: &Context, time: Duration, report: &mut Report) -> anyhow::Result<()> {
    let server = context.in_memory().await?;
    let docker = server.unix();
    let mut first = None;
    for _ in 0..1_000 {
        let id = docker.create(json!({"Cmd": ["sleep", "3600"], "Labels": {"purpose": "bench"}})).await?;
        docker.start(&id).await?;
        first.get_or_insert(id);
    }
    let first = first.unwrap_or_default();
    for (socket, docker) in [("TCP", server.tcp()), ("unix socket", server.unix())] {
        let inspects = inspects(docker, &first, time).await?;
        report.add(Row::new("rates", format!("inspect, 1,000 containers, {socket}"), "/s", inspects).at_least(INSPECTS, "8,000"));
        let lists = lists(docker, 1_000, time).await?;
        report.add(Row::new("rates", format!("list of 1,000, {socket}"), "/s", lists).at_least(LONG_LISTS, "150"));
    }
    let peak = process::peak(server.pid())?;
    report.add(Row::new("rates", "peak memory with 1,000 containers (VmHWM)", "MiB", peak));
    server.stop().await
}

async fn inspects(docker: &Docker, container: &str, time: Duration) -> anyhow::Result<f64> {
    let path = format!("/containers/{container}/json");
    let inspected = docker.connect().await?.call("GET", &path, None).await?.expect(&[200])?.json()?;
    ensure!(inspected["State"]["Running"] == true, "it does not run");
    per_second(docker, &path, time).await
}

async fn lists(docker: &Docker, expected: usize, time: Duration) -> anyhow::Result<f64> {
    let path = "/containers/json";
    let listed = docker.connect().await?.call("GET", path, None).await?.expect(&[200])?.json()?;
    ensure!(listed.as_array().map(Vec::len) == Some(expected), "not {expected} are listed");
    per_second(docker, path, time).await
}

/// One request after the other over one connection.
async fn per_second(docker: &Docker, path: &str, time: Duration) -> anyhow::Result<f64> {
    let mut connection = docker.connect().await?;
    let begin = Instant::now();
    let mut answers = 0;
    while begin.elapsed() < time {
        connection.call("GET", path, None).await?.expect(&[200])?;
        answers += 1;
    }
    Ok(f64::from(answers) / begin.elapsed().as_secs_f64())
}
