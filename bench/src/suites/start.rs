//! How long it takes until a container runs, against create-to-running of the plain API.

use futures_util::future::try_join_all;
use serde_json::json;

use crate::cluster::Cluster;
use crate::context::Context;
use crate::docker::Docker;
use crate::options::Options;
use crate::report::{Report, Row};
use crate::samples::{Samples, timed};

/// How much longer than the plain API one start may take, in seconds.
const MARGIN: f64 = 0.15;

/// How much longer than the plain API many starts at once may take.
const FACTOR: f64 = 1.15;

/// How many are started at once.
const CROWD: usize = 10;

/// Starts containers and pods in turn, so that both meet the node in the same mood.
///
/// # Errors
/// Something does not start.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let cluster = context.cluster()?;
    let server = context.on_cluster().await?;
    // The first start of each may have to fetch the image.
    start(server.unix()).await?;
    cluster.run("plain-first").await?;

    let (mut ours, mut plain) = (Samples::default(), Samples::default());
    for turn in 0..options.amount(8, 3) {
        ours.push_time(timed(start(server.unix())).await?.0);
        plain.push_time(timed(cluster.run(&format!("plain-{turn}"))).await?.0);
    }
    let row = Row::new("start", "create and start, one after the other, median", "s", ours.median());
    report.add(row.against("plain API", plain.median()).at_most(plain.median() + MARGIN, "plain API + 0.15 s"));
    cluster.clear().await?;

    let (mut ours, mut plain) = (Samples::default(), Samples::default());
    for turn in 0..options.amount(5, 1) {
        ours.push_time(timed(crowd(server.unix())).await?.0);
        cluster.clear().await?;
        plain.push_time(timed(plain_crowd(cluster, turn)).await?.0);
        cluster.clear().await?;
    }
    let row = Row::new("start", "ten at once until all run, median", "s", ours.median());
    report.add(row.against("plain API", plain.median()).at_most(plain.median() * FACTOR, "1.15 x plain API"));
    server.stop().await
}

async fn start(docker: &Docker) -> anyhow::Result<()> {
    let id = docker.create(json!({"Cmd": ["sleep", "3600"]})).await?;
    docker.start(&id).await
}

async fn crowd(docker: &Docker) -> anyhow::Result<()> {
    try_join_all((0..CROWD).map(|_| start(docker))).await?;
    Ok(())
}

async fn plain_crowd(cluster: &Cluster, turn: usize) -> anyhow::Result<()> {
    let names: Vec<String> = (0..CROWD).map(|n| format!("plain-{turn}-{n}")).collect();
    try_join_all(names.iter().map(|name| cluster.run(name))).await?;
    Ok(())
}
