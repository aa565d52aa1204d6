//! A terminal: what the kernel's line discipline does between a client's keyboard and a process (`termios(3)`, canonical mode).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use bytes::Bytes;
use domain::{Signal, TermSize};
use tokio::sync::Notify;

use super::{Sink, WriteError};
use crate::process::Process;

/// The longest line (`N_TTY_BUF_SIZE`); more is not taken, not even echoed.
const LINE: usize = 4095;
/// How much input waits for a process before the client has to wait.
const BACKLOG: usize = 64 << 10;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_U: u8 = 21;
const CTRL_BACKSLASH: u8 = 28;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

/// A terminal.
pub(crate) struct Tty {
    output: Sink,
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
}

#[derive(Default)]
struct State {
    line: Vec<u8>,
    /// Complete lines; an empty one is an end of input typed as Ctrl-D.
    ready: VecDeque<Bytes>,
    waiting: usize,
    size: Option<TermSize>,
    foreground: Vec<Weak<Process>>,
}

impl Tty {
    /// A terminal that shows what is printed at `output`.
    pub(crate) fn new(output: Sink, size: Option<TermSize>) -> Arc<Self> {
        let state = Mutex::new(State { size, ..State::default() });
        Arc::new(Self { output, state, readable: Notify::new(), writable: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("invariant: no panic under this lock")
    }

    /// Makes a process one of those that the keyboard's signals go to.
    pub(crate) fn join(&self, process: &Arc<Process>) {
        let mut state = self.state();
        state.foreground.retain(|member| member.strong_count() > 0);
        state.foreground.push(Arc::downgrade(process));
    }

    /// The size of the window, if the client told it.
    pub(crate) fn size(&self) -> Option<TermSize> {
        self.state().size
    }

    /// The window has another size.
    pub(crate) fn resize(&self, size: TermSize) {
        let changed = self.state().size.replace(size) != Some(size);
        if changed {
            self.signal(Signal::parse("WINCH").expect("invariant: a name of a signal"));
        }
    }

    fn signal(&self, signal: Signal) {
        let members: Vec<_> = self.state().foreground.iter().filter_map(Weak::upgrade).collect();
        for member in members {
            member.deliver(signal);
        }
    }

    /// Reads a line or a part of one; nothing is the end of the input.
    pub(crate) async fn read(&self, max: usize) -> Bytes {
        loop {
            let more = self.readable.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            {
                let mut state = self.state();
                if let Some(mut line) = state.ready.pop_front() {
                    let bytes = line.split_to(line.len().min(max));
                    if !line.is_empty() {
                        state.ready.push_front(line);
                    }
                    state.waiting -= bytes.len();
                    self.writable.notify_waiters();
                    return bytes;
                }
            }
            more.await;
        }
    }

    /// Shows what a process prints.
    pub(crate) async fn write(&self, bytes: Bytes) -> Result<(), WriteError> {
        if !bytes.contains(&b'\n') {
            return self.output.write(bytes).await;
        }
        let mut shown = Vec::with_capacity(bytes.len() + bytes.len() / 8);
        for &byte in bytes.iter() {
            if byte == b'\n' {
                shown.push(b'\r');
            }
            shown.push(byte);
        }
        self.output.write(shown).await
    }

    /// Takes what a client typed.
    pub(crate) async fn type_in(&self, typed: &[u8]) {
        let mut echo = Vec::new();
        for &byte in typed {
            match byte {
                CTRL_C => self.interrupt(Signal::INT, b"^C", &mut echo),
                CTRL_BACKSLASH => self.interrupt(Signal::QUIT, b"^\\", &mut echo),
                CTRL_D => self.hand_over(None),
                CTRL_U => {
                    let erased = std::mem::take(&mut self.state().line);
                    echo.extend(erased.iter().flat_map(|_| *b"\x08 \x08"));
                }
                BACKSPACE | DELETE => {
                    if self.state().line.pop().is_some() {
                        echo.extend_from_slice(b"\x08 \x08");
                    }
                }
                b'\r' | b'\n' => {
                    echo.extend_from_slice(b"\r\n");
                    self.show(&mut echo).await;
                    self.hand_over(Some(b'\n'));
                    self.room().await;
                }
                _ => {
                    let mut state = self.state();
                    if state.line.len() < LINE {
                        state.line.push(byte);
                        match byte {
                            0..32 if byte != b'\t' => echo.extend_from_slice(&[b'^', byte + 64]),
                            _ => echo.push(byte),
                        }
                    }
                }
            }
        }
        self.show(&mut echo).await;
    }

    async fn show(&self, echo: &mut Vec<u8>) {
        if !echo.is_empty() {
            // A client that does not see its echo has left, and its input ends with it.
            let _client_left = self.output.write(std::mem::take(echo)).await;
        }
    }

    /// Sends a signal and forgets what was typed before it.
    fn interrupt(&self, signal: Signal, shown: &[u8], echo: &mut Vec<u8>) {
        echo.extend_from_slice(shown);
        let mut state = self.state();
        state.line.clear();
        state.ready.clear();
        state.waiting = 0;
        drop(state);
        self.signal(signal);
    }

    /// Makes the line available to processes.
    fn hand_over(&self, end: Option<u8>) {
        let mut state = self.state();
        let mut line = std::mem::take(&mut state.line);
        line.extend(end);
        state.waiting += line.len();
        state.ready.push_back(Bytes::from(line));
        self.readable.notify_waiters();
    }

    async fn room(&self) {
        loop {
            let room = self.writable.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            if self.state().waiting <= BACKLOG {
                return;
            }
            room.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Capture;
    use crate::process::Disposition;

    fn terminal() -> (Arc<Tty>, Capture) {
        let screen = Capture::default();
        (Tty::new(Sink::Capture(Arc::clone(&screen)), None), screen)
    }

    fn shown(screen: &Capture) -> String {
        String::from_utf8(std::mem::take(&mut *screen.lock().unwrap())).unwrap()
    }

    #[tokio::test]
    async fn hands_over_whole_lines_and_echoes_them() {
        let (tty, screen) = terminal();
        tty.type_in(b"ab").await;
        tty.type_in(b"x\x7fc\rsecond\n").await;
        assert_eq!(tty.read(100).await, "abc\n");
        assert_eq!(tty.read(3).await, "sec");
        assert_eq!(tty.read(100).await, "ond\n");
        assert_eq!(shown(&screen), "abx\u{8} \u{8}c\r\nsecond\r\n");
    }

    #[tokio::test]
    async fn control_d_ends_the_input_once() {
        let (tty, screen) = terminal();
        tty.type_in(b"part\x04\x04rest\n").await;
        assert_eq!(tty.read(100).await, "part");
        assert_eq!(tty.read(100).await, "");
        assert_eq!(tty.read(100).await, "rest\n");
        assert_eq!(shown(&screen), "partrest\r\n");
    }

    #[tokio::test]
    async fn control_c_interrupts_and_drops_what_was_typed() {
        let (tty, screen) = terminal();
        let process = Process::new(2);
        process.set(Signal::INT, Some(Disposition::Catch));
        tty.join(&process);
        tty.type_in(b"whole\nhalf\x03next\n").await;
        assert_eq!(process.take(), Some(Signal::INT));
        assert_eq!(tty.read(100).await, "next\n");
        assert_eq!(shown(&screen), "whole\r\nhalf^Cnext\r\n");
    }

    #[tokio::test]
    async fn kills_a_line_and_shows_control_characters() {
        let (tty, screen) = terminal();
        tty.type_in(b"ab\x15c\x01\n").await;
        assert_eq!(tty.read(100).await, "c\u{1}\n");
        assert_eq!(shown(&screen), "ab\u{8} \u{8}\u{8} \u{8}c^A\r\n");
    }

    #[tokio::test]
    async fn returns_the_carriage_of_what_is_printed() {
        let (tty, screen) = terminal();
        tty.write(Bytes::from_static(b"a\nb")).await.unwrap();
        assert_eq!(shown(&screen), "a\r\nb");
    }

    #[tokio::test]
    async fn signals_a_new_size() {
        let (tty, _screen) = terminal();
        let winch = Signal::parse("WINCH").unwrap();
        let process = Process::new(1);
        process.set(winch, Some(Disposition::Catch));
        tty.join(&process);
        tty.resize(TermSize { height: 3, width: 4 });
        tty.resize(TermSize { height: 3, width: 4 });
        assert_eq!(process.take(), Some(winch));
        assert_eq!(process.take(), None, "the size did not change");
        assert_eq!(tty.size(), Some(TermSize { height: 3, width: 4 }));
    }
}
