//! The server: arguments, settings, wiring, serving, and an orderly end.

mod inspect;
mod logging;
mod settings;
mod signals;
mod sources;
mod wiring;

use std::io::{self, Write};
use std::num::NonZero;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context;
use kubedock::Daemon;
use tokio_util::sync::CancellationToken;

use settings::Settings;
use signals::Signals;
use wiring::Invocation;

/// More threads than this only cost memory: the server waits most of the time.
const MOST_WORKERS: usize = 4;

/// How long requests and sessions may go on by themselves after the signal to stop, before their containers are ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the removal of everything may take at the end.
const REMOVAL: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "kubedock: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    match wiring::parse(std::env::args_os()).map_err(anyhow::Error::msg)? {
        Invocation::Print(text) => print(&text),
        Invocation::Server(flags) => {
            let settings = Settings::load(&flags, flags.general.config.as_deref()).map_err(anyhow::Error::msg)?;
            logging::start(&settings);
            return block_on(serve(&settings));
        }
        Invocation::InspectImage(flags) => {
            let mut settings = Settings::load(&flags, flags.general.config.as_deref()).map_err(anyhow::Error::msg)?;
            if flags.verbosity.is_none() {
                // What the server would log about its own state is of no interest, unless it is asked for here.
                settings.verbosity = 0;
            }
            logging::start(&settings);
            print(&block_on(inspect::inspect(settings, &flags.name, flags.platform.as_deref()))?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) {
    // A reader that has seen enough (`kubedock help | head`) is no failure.
    let _ = io::stdout().write_all(text.as_bytes());
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS))
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

async fn serve(settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let listeners = wiring::listen(&settings.server).await?;
    let daemon = tokio::select! {
        daemon = wiring::daemon(settings) => daemon?,
        signal = signals.next() => return Ok(signal.exit_code()),
    };
    if let Some(path) = &settings.server.unix_socket {
        tracing::info!(socket = %path.display(), "listening");
    }
    let stop = CancellationToken::new();
    let mut serving = pin!(wiring::serve(listeners, daemon.engine(), stop.clone()));
    let first = tokio::select! {
        () = &mut serving => {
            remove(daemon, &mut signals).await;
            anyhow::bail!("every listener has failed");
        }
        signal = signals.next() => signal,
    };
    tracing::info!(signal = first.number(), "stopping; a further signal skips what is waited for");
    stop.cancel();
    tokio::select! {
        () = finish(&daemon, serving) => {}
        _ = signals.next() => tracing::warn!("connections are cut off"),
    }
    remove(daemon, &mut signals).await;
    Ok(first.exit_code())
}

/// Lets requests and sessions end by themselves, then by the end of their containers, so that whoever waits for one is told.
async fn finish(daemon: &Daemon, mut serving: Pin<&mut impl Future<Output = ()>>) {
    if tokio::time::timeout(PATIENCE, &mut serving).await.is_ok() {
        return;
    }
    if let Err(error) = daemon.remove_all().await {
        tracing::warn!(%error, "not everything could be ended; it is tried again");
    }
    serving.await;
}

/// Removes what this instance made.
async fn remove(daemon: Daemon, signals: &mut Signals) {
    tokio::select! {
        removed = tokio::time::timeout(REMOVAL, daemon.shutdown()) => match removed {
            Ok(Ok(())) => tracing::info!("everything is removed"),
            Ok(Err(error)) => tracing::error!(%error, "not everything could be removed"),
            Err(_) => tracing::error!(after = ?REMOVAL, "the removal takes too long; something may be left"),
        },
        _ = signals.next() => tracing::error!("the removal is cut short; something may be left"),
    }
}
