//! The benches.

mod exec;
mod footprint;
mod images;
mod logs;
mod rates;
mod start;
mod subscribers;
mod transfer;
mod wait;

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::timeout;

use crate::context::Context;
use crate::options::{Bench, Options};
use crate::report::Report;

/// How long one bench may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the chosen ones. One that fails is reported and does not keep the others from being run.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) {
    for bench in options.selection() {
        let name = format!("{bench:?}").to_lowercase();
        let _ = writeln!(std::io::stderr(), "measuring {name}");
        let measured = timeout(LIMIT, one(bench, context, options, report)).await;
        if let Err(error) = measured.context("it takes too long").and_then(|outcome| outcome) {
            report.fail(name, format!("{error:#}"));
        }
    }
}

async fn one(bench: Bench, context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    match bench {
        Bench::Footprint => footprint::run(context, options, report).await?,
        Bench::Start => start::run(context, options, report).await?,
        Bench::Wait => wait::run(context, options, report).await?,
        Bench::Exec => exec::run(context, options, report).await?,
        Bench::Transfer => transfer::run(context, options, report).await?,
        Bench::Logs => logs::run(context, options, report).await?,
        Bench::Rates => rates::run(context, options, report).await?,
        Bench::Images => images::run(context, options, report).await?,
        Bench::Subscribers => subscribers::run(context, options, report).await?,
    }
    if bench.needs_cluster() {
        context.cluster()?.clear().await?;
    }
    Ok(())
}
