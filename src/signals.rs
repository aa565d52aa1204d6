//! The signals that end the server.

use std::io;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end the server, from the first on.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    quit: Signal,
}

impl Signals {
    /// From now on these signals no longer end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        let listen = |kind: SignalKind| signal(kind);
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            quit: listen(SignalKind::quit())?,
        })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Ending {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.quit.recv() => SignalKind::quit(),
        };
        Ending(kind.as_raw_value())
    }
}

/// The signal that ended the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending(i32);

impl Ending {
    /// Its number.
    pub(crate) fn number(self) -> i32 {
        self.0
    }

    /// What the process exits with, as a shell would report it.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.0).unwrap_or(u8::MAX))
    }
}
