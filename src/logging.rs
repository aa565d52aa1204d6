//! The log.

use std::io;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{LogFormat, Settings};

/// Begins to log to standard error.
pub(crate) fn start(settings: &Settings) {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match settings.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter(settings.verbosity))).init();
}

/// Our own crates say more than the libraries below them, until everything is wanted.
fn filter(verbosity: u8) -> Targets {
    let (own, others) = match verbosity {
        0 => (LevelFilter::WARN, LevelFilter::ERROR),
        1 => (LevelFilter::INFO, LevelFilter::WARN),
        2 => (LevelFilter::DEBUG, LevelFilter::WARN),
        3 => (LevelFilter::DEBUG, LevelFilter::DEBUG),
        4 => (LevelFilter::TRACE, LevelFilter::DEBUG),
        _ => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    // Targets match by the beginning of a module's path, and the crates of our adapters begin alike.
    Targets::new().with_default(others).with_targets([("kubedock", own), ("adapter", own)])
}
