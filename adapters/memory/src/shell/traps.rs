//! Handlers of signals, and of the end of the shell.

use std::collections::BTreeMap;

use domain::Signal;

use super::{Eval, Flow, Shell, parser};
use crate::process::Disposition;

/// Handlers as text, which is understood when it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Traps {
    signals: BTreeMap<Signal, String>,
    exit: Option<String>,
}

impl Traps {
    pub(super) fn take_exit(&mut self) -> Option<String> {
        self.exit.take()
    }
}

impl Shell {
    /// The builtin `trap`: lists handlers, sets one, ignores a signal (an empty handler) or resets it (`-`).
    pub(super) async fn trap(&mut self, args: &[String]) -> Result<i32, Flow> {
        let Some((handler, conditions)) = args.split_first() else { return self.list_traps().await };
        // `trap TERM` is `trap - TERM`.
        let (handler, conditions) = if conditions.is_empty() { ("-", args) } else { (handler.as_str(), conditions) };
        for condition in conditions {
            if condition == "EXIT" || condition == "0" {
                self.traps.exit = (handler != "-").then(|| handler.to_owned());
                continue;
            }
            let Ok(signal) = Signal::parse(condition) else {
                self.complain(&format!("trap: {condition}: invalid signal specification")).await;
                return Ok(1);
            };
            let disposition = match handler {
                "-" => None,
                "" => Some(Disposition::Ignore),
                _ => Some(Disposition::Catch),
            };
            // Nobody can catch this one.
            if signal != Signal::KILL {
                self.ctx.process.set(signal, disposition.or(self.default_disposition(signal)));
            }
            match disposition {
                None => self.traps.signals.remove(&signal),
                Some(_) => self.traps.signals.insert(signal, handler.to_owned()),
            };
        }
        Ok(0)
    }

    async fn list_traps(&mut self) -> Result<i32, Flow> {
        let exit = self.traps.exit.iter().map(|handler| format!("trap -- '{handler}' EXIT\n"));
        let signals = self
            .traps
            .signals
            .iter()
            .map(|(signal, handler)| format!("trap -- '{handler}' {}\n", signal.to_string().trim_start_matches("SIG")));
        let text: String = exit.chain(signals).collect();
        match self.ctx.print(text).await {
            Ok(()) => Ok(0),
            Err(error) => self.write_error("trap", &error).await,
        }
    }

    /// A shell that talks to a user survives the keyboard and polite requests.
    fn default_disposition(&self, signal: Signal) -> Option<Disposition> {
        let survived = self.interactive && [Signal::INT, Signal::QUIT, Signal::TERM].contains(&signal);
        survived.then_some(Disposition::Catch)
    }

    pub(super) fn survive_the_keyboard(&self) {
        for signal in [Signal::INT, Signal::QUIT, Signal::TERM] {
            self.ctx.process.set(signal, self.default_disposition(signal));
        }
    }

    /// Runs the handlers of the signals that have come, and tells whether one was typed at the keyboard to interrupt.
    pub(super) async fn handle_signals(&mut self) -> Result<bool, Flow> {
        let mut interrupted = false;
        while let Some(signal) = self.ctx.process.take() {
            interrupted |= signal == Signal::INT;
            if let Some(handler) = self.traps.signals.get(&signal).cloned() {
                let status = self.status;
                self.handler(&handler).await?;
                self.status = status;
            }
        }
        Ok(interrupted)
    }

    /// Runs a handler.
    pub(super) fn handler<'a>(&'a mut self, handler: &'a str) -> Eval<'a> {
        Box::pin(async move {
            match parser::parse(handler) {
                Ok(list) => self.list(&list).await,
                Err(error) => {
                    self.complain(&error.to_string()).await;
                    Ok(2)
                }
            }
        })
    }
}
