//! What kubedock costs before it has done anything.

use std::fs;
use std::time::Duration;

use tokio::time::sleep;

use crate::context::Context;
use crate::options::Options;
use crate::process;
use crate::report::{Report, Row};
use crate::samples::Samples;

/// The most memory in MiB that it may use while nobody asks for anything.
const IDLE: f64 = 12.0;

/// How large the binary may be, in MiB.
const BINARY: f64 = 12.0;

/// Measures the binary, the cold start and the idle memory.
///
/// # Errors
/// kubedock does not begin.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let size = fs::metadata(context.kubedock())?.len();
    #[allow(clippy::cast_precision_loss, reason = "a binary is far below 2^52 bytes")]
    report.add(Row::new("footprint", "release binary", "MiB", size as f64 / 1024.0 / 1024.0).at_most(BINARY, "12 MiB"));
    for (backend, on_cluster) in [("kubernetes", true), ("memory", false)] {
        let mut cold = Samples::default();
        let mut idle = Samples::default();
        for _ in 0..options.amount(5, 2) {
            let server = if on_cluster { context.on_cluster().await? } else { context.in_memory().await? };
            cold.push_time(server.ready_after());
            sleep(Duration::from_secs(2)).await;
            idle.push(process::resident(server.pid())?);
            server.stop().await?;
        }
        report.add(Row::new("footprint", format!("cold start until /_ping answers, {backend}"), "s", cold.median()));
        report.add(Row::new("footprint", format!("idle memory (RSS), {backend}"), "MiB", idle.median()).at_most(IDLE, "12 MiB"));
    }
    Ok(())
}
