//! A shell that reads its commands from standard input, with a prompt if somebody is there.

use bytes::Bytes;
use domain::Signal;

use super::lexer::SyntaxError;
use super::{Flow, Shell, parser};

/// How long a command over several lines may become; every further line means to look at all of it again.
const LENGTH: usize = 64 << 10;

/// A line, or why there is none.
enum Line {
    Text(Bytes),
    Interrupted,
    End,
}

impl Shell {
    /// Reads commands and runs them, each as soon as it is complete.
    pub(super) async fn converse(mut self) -> i32 {
        self.survive_the_keyboard();
        let mut text = Vec::new();
        let mut over = false;
        let flow = loop {
            match self.line(&text).await {
                Err(flow) => break Err(flow),
                Ok(Line::Interrupted) => {
                    text.clear();
                    self.status = Signal::INT.exit_code();
                    self.prompt("\n").await;
                    continue;
                }
                Ok(Line::End) if text.is_empty() => {
                    if self.interactive {
                        self.prompt("\n").await;
                    }
                    break Ok(self.status);
                }
                Ok(Line::End) => over = true,
                Ok(Line::Text(line)) => {
                    text.extend_from_slice(&line);
                    if !line.ends_with(b"\n") {
                        continue;
                    }
                }
            }
            let parsed = parser::parse(&String::from_utf8_lossy(&text));
            if matches!(parsed, Err(SyntaxError::Incomplete(_))) && !over && text.len() < LENGTH {
                continue;
            }
            text.clear();
            match parsed {
                Ok(list) => {
                    if let Err(Flow::Exit(code)) = self.run(&list).await {
                        break Err(Flow::Exit(code));
                    }
                    if self.interactive && self.status == Signal::INT.exit_code() {
                        self.prompt("\n").await;
                    }
                }
                Err(error) => {
                    self.status = 2;
                    self.complain(&error.to_string()).await;
                    if !self.interactive {
                        break Ok(2);
                    }
                }
            }
        };
        self.finish(flow).await
    }

    /// Asks for a line.
    async fn line(&mut self, so_far: &[u8]) -> Result<Line, Flow> {
        if self.interactive && so_far.is_empty() {
            let cwd = match self.vars.get("HOME") {
                Some(home) if home == self.ctx.cwd => "~",
                _ => &self.ctx.cwd,
            };
            let sign = if self.ctx.user.uid == 0 { '#' } else { '$' };
            self.prompt(&format!("{cwd} {sign} ")).await;
        } else if self.interactive && so_far.ends_with(b"\n") {
            self.prompt("> ").await;
        }
        let process = self.ctx.process.clone();
        let input = self.ctx.fds.stdin.clone();
        loop {
            tokio::select! {
                biased;
                () = process.signalled() => {
                    let interrupted = self.handle_signals().await?;
                    if interrupted && self.interactive {
                        return Ok(Line::Interrupted);
                    }
                }
                line = input.read_line() => return Ok(if line.is_empty() { Line::End } else { Line::Text(line) }),
            }
        }
    }

    async fn prompt(&self, text: &str) {
        let _nobody_is_there = self.ctx.fds.stderr.write(text.to_owned()).await;
    }
}
