//! Lines with their times, from a log as the kubelet sends it: `2026-11-24T06:26:17.436141328Z text`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use domain::Timestamp;
use futures_util::Stream;
use ports::PortResult;

/// A line that is longer is handed on in pieces of this size, so that memory stays bounded whatever is printed.
const LINE_MAX: usize = 256 << 10;

/// A line, or a piece of a very long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: Timestamp,
    /// The text with its line end, if it has one.
    pub(crate) text: Bytes,
}

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    /// Only lines at or after this point.
    pub(crate) since: Option<Timestamp>,
    /// Only lines before or at this point.
    pub(crate) until: Option<Timestamp>,
}

/// The lines of one body.
pub(crate) struct Lines<S> {
    chunks: S,
    window: Window,
    /// What arrived and is not handed on yet.
    rest: Bytes,
    /// The beginning of a line whose end has not arrived yet.
    begun: BytesMut,
    /// The time of the line whose first pieces were handed on already.
    piece_of: Option<Timestamp>,
    clock: SecondClock,
    done: bool,
}

impl<S: Stream<Item = PortResult<Bytes>> + Unpin> Lines<S> {
    pub(crate) fn new(chunks: S, window: Window) -> Self {
        let (rest, begun, clock) = (Bytes::new(), BytesMut::new(), SecondClock::default());
        Self { chunks, window, rest, begun, piece_of: None, clock, done: false }
    }

    /// The next line that has arrived as a whole, or is too long to wait for its end.
    fn arrived(&mut self) -> Option<Bytes> {
        let end = memchr::memchr(b'\n', &self.rest);
        let room = LINE_MAX.saturating_sub(self.begun.len());
        let (taken, whole) = match end {
            Some(end) if end < room => (end + 1, true),
            None if self.rest.len() < room => (self.rest.len(), false),
            _ => (room, true),
        };
        let part = self.rest.split_to(taken);
        if !whole {
            self.begun.extend_from_slice(&part);
            return None;
        }
        if self.begun.is_empty() {
            return Some(part);
        }
        self.begun.extend_from_slice(&part);
        Some(self.begun.split().freeze())
    }

    fn parse(&mut self, mut raw: Bytes) -> Line {
        let whole = raw.last() == Some(&b'\n');
        let time = match self.piece_of {
            Some(time) => time,
            None => {
                let space = memchr::memchr(b' ', &raw[..raw.len().min(64)]);
                match space.and_then(|at| Some((at, self.clock.read(&raw[..at])?))) {
                    Some((at, time)) => {
                        let _ = raw.split_to(at + 1);
                        time
                    }
                    // The kubelet's own words, when it fails in the middle: handed on, not lost.
                    None => self.clock.last,
                }
            }
        };
        self.piece_of = (!whole).then_some(time);
        Line { time, text: raw }
    }

    /// The line, if it is wanted; the end of everything if it is after what is wanted.
    fn admit(&mut self, line: Line) -> Option<Line> {
        if self.window.until.is_some_and(|until| line.time > until) {
            self.done = true;
        }
        (!self.done && self.window.since.is_none_or(|since| line.time >= since)).then_some(line)
    }
}

impl<S: Stream<Item = PortResult<Bytes>> + Unpin> Stream for Lines<S> {
    type Item = PortResult<Line>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.done {
            while !this.done && !this.rest.is_empty() {
                if let Some(raw) = this.arrived() {
                    let line = this.parse(raw);
                    if let Some(line) = this.admit(line) {
                        return Poll::Ready(Some(Ok(line)));
                    }
                }
            }
            if this.done {
                break;
            }
            match ready!(Pin::new(&mut this.chunks).poll_next(cx)) {
                Some(Ok(chunk)) => this.rest = chunk,
                Some(Err(error)) => {
                    this.done = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    this.done = true;
                    let raw = this.begun.split().freeze();
                    if !raw.is_empty() {
                        let line = this.parse(raw);
                        this.done = false;
                        let line = this.admit(line);
                        this.done = true;
                        return Poll::Ready(line.map(Ok));
                    }
                }
            }
        }
        Poll::Ready(None)
    }
}

/// Reads times; most lines of a log share the second of the line before, which is then not read again.
struct SecondClock {
    second: [u8; 19],
    nanos: i64,
    last: Timestamp,
}

impl Default for SecondClock {
    fn default() -> Self {
        Self { second: [0; 19], nanos: 0, last: Timestamp::from_nanos(0) }
    }
}

impl SecondClock {
    fn read(&mut self, text: &[u8]) -> Option<Timestamp> {
        let (second, rest) = text.split_at_checked(19)?;
        let time = match rest {
            [b'.', fraction @ .., b'Z'] if fraction.len() <= 9 && fraction.iter().all(u8::is_ascii_digit) => {
                if second != self.second {
                    self.nanos = nanos(&[second, b"Z"].concat())?;
                    self.second = second.try_into().ok()?;
                }
                let digits = fraction.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
                let missing = u32::try_from(9 - fraction.len()).ok()?;
                self.nanos.checked_add(digits * 10_i64.pow(missing))?
            }
            _ => nanos(text)?,
        };
        self.last = Timestamp::from_nanos(time);
        Some(self.last)
    }
}

fn nanos(text: &[u8]) -> Option<i64> {
    let time: jiff::Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::Timestamp;
    use futures_util::{StreamExt, stream};

    use super::{LINE_MAX, Lines, Window};

    const SECOND: i64 = 1_000_000_000;

    async fn read(chunks: &[&[u8]], window: Window) -> Vec<(i64, Vec<u8>)> {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let lines = Lines::new(stream::iter(chunks), window);
        lines.map(|line| line.unwrap()).map(|line| (line.time.as_nanos(), line.text.to_vec())).collect().await
    }

    fn line(time: i64, text: &str) -> (i64, Vec<u8>) {
        (time, text.as_bytes().to_vec())
    }

    const LOG: &[u8] =
        b"1970-01-01T00:00:01.5Z a\n1970-01-01T00:00:01.000000007Z \n1970-01-01T01:00:02+01:00 c d\n1970-01-01T00:00:03Z end";

    #[tokio::test]
    async fn however_the_bytes_arrive() {
        let expected = [line(SECOND * 3 / 2, "a\n"), line(SECOND + 7, "\n"), line(2 * SECOND, "c d\n"), line(3 * SECOND, "end")];
        for cut in 0..LOG.len() {
            let (head, tail) = LOG.split_at(cut);
            assert_eq!(read(&[head, tail], Window::default()).await, expected, "{cut}");
        }
        let bytes: Vec<&[u8]> = LOG.chunks(1).collect();
        assert_eq!(read(&bytes, Window::default()).await, expected);
    }

    #[tokio::test]
    async fn a_window_is_exact() {
        let window = Window { since: Some(Timestamp::from_nanos(SECOND + 8)), until: Some(Timestamp::from_nanos(2 * SECOND)) };
        assert_eq!(read(&[LOG], window).await, [line(SECOND * 3 / 2, "a\n"), line(2 * SECOND, "c d\n")]);
        let early = Window { until: Some(Timestamp::from_nanos(2 * SECOND)), ..Window::default() };
        assert_eq!(read(&[LOG], early).await.len(), 3);
    }

    #[tokio::test]
    async fn a_line_without_end_comes_in_pieces() {
        let mut log = b"1970-01-01T00:00:01Z ".to_vec();
        log.extend(vec![b'x'; 3 * LINE_MAX]);
        log.extend(b"\n1970-01-01T00:00:02Z y\n");
        let lines = read(&log.chunks(1000).collect::<Vec<_>>(), Window::default()).await;
        assert_eq!(lines.len(), 5);
        assert!(lines[..4].iter().all(|(time, text)| *time == SECOND && text.len() <= LINE_MAX));
        assert_eq!(lines.iter().map(|(_, text)| text.len()).sum::<usize>(), 3 * LINE_MAX + 3);
        assert_eq!(lines[4], line(2 * SECOND, "y\n"));
    }

    #[tokio::test]
    async fn what_has_no_time_is_handed_on() {
        let lines = read(&[b"1970-01-01T00:00:01Z a\nfailed to watch the file\n"], Window::default()).await;
        assert_eq!(lines, [line(SECOND, "a\n"), line(SECOND, "failed to watch the file\n")]);
    }
}
