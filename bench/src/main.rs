//! Compares kubedock with the plain Kubernetes API and with kubectl, all in one run on one cluster; see docs/PERFORMANCE.md.
//!
//! It knows nothing of how kubedock is made: it starts the release binary and speaks to it as a Docker client.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cluster;
mod context;
mod docker;
mod http;
mod kubectl;
mod options;
mod process;
mod proxy;
mod registry;
mod report;
mod samples;
mod server;
mod settings;
mod suites;

use std::fs;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::context::Context;
use crate::options::Options;
use crate::report::Report;

/// One thread, so that the client's own scheduling adds as little as possible to what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let report = run(&options).await?;
    write!(std::io::stdout(), "{report}")?;
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_vec_pretty(&report)?).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(if report.complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs what was asked for. Somebody who interrupts it gets no report, but the namespace is deleted all the same.
async fn run(options: &Options) -> anyhow::Result<Report> {
    let mut terminated = signal(SignalKind::terminate())?;
    let context = Context::open(options).await?;
    let mut report = Report::default();
    let interrupted = tokio::select! {
        () = suites::run(&context, options, &mut report) => false,
        _ = tokio::signal::ctrl_c() => true,
        _ = terminated.recv() => true,
    };
    context.close().await?;
    anyhow::ensure!(!interrupted, "interrupted");
    Ok(report)
}
