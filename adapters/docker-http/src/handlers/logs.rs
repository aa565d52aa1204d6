//! What a container has printed.

use std::ops::ControlFlow;

use bytes::BytesMut;
use ports::{LogLine, LogRequest, Output, PortResult};

use crate::ctx::Ctx;
use crate::dto::time::FixedTime;
use crate::error::ApiError;
use crate::moment::Moment;
use crate::mux::{Framing, Source, chunks};
use crate::query::{Query, atoi};
use crate::response::{self, Response};

/// `GET /containers/{name}/logs`
pub(crate) async fn logs(ctx: Ctx) -> Result<Response, ApiError> {
    let (stdout, stderr) = (ctx.query.flag("stdout"), ctx.query.flag("stderr"));
    if !stdout && !stderr {
        return Err(ApiError::invalid("Bad parameters: you must choose at least one stream"));
    }
    let now = ctx.engine().containers.inspect(ctx.name())?.now;
    let moment = |key| Moment::parse(ctx.query.text(key)).map(|moment| moment.map(|moment| moment.resolve(now)));
    let style = Style { timestamps: ctx.query.flag("timestamps"), details: ctx.query.flag("details") };
    let request = LogRequest {
        follow: ctx.query.flag("follow"),
        stdout,
        stderr,
        since: moment("since")?,
        until: moment("until")?.filter(|until| until.as_nanos() != 0),
        tail: tail(&ctx.query),
        // What is put before each line needs lines.
        timestamps: style.timestamps || style.details,
    };
    let session = ctx.engine().containers.logs(ctx.name(), request).await?;
    let framing = Framing::of(session.tty);
    let body = chunks(session.lines, move |line, buffer| style.put(framing, buffer, line));
    Ok(response::stream(framing.content_type(ctx.version), body))
}

/// The number of lines wanted; everything that is no such number, like `all`, means all of them (moby `daemon/logs.go`).
fn tail(query: &Query) -> Option<u64> {
    atoi(query.text("tail")).ok().and_then(|lines| u64::try_from(lines).ok())
}

/// What is put before each line.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// Its time.
    timestamps: bool,
    /// The attributes of the container's log; there are none, which leaves a space.
    details: bool,
}

impl Style {
    fn put(self, framing: Framing, buffer: &mut BytesMut, line: PortResult<LogLine>) -> ControlFlow<()> {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                let text = format!("Error grabbing logs: {error}\n");
                framing.put(buffer, Source::Server, &[text.as_bytes()]);
                return ControlFlow::Break(());
            }
        };
        let (source, bytes) = match &line.output {
            Output::Stdout(bytes) => (Source::Stdout, bytes),
            Output::Stderr(bytes) => (Source::Stderr, bytes),
        };
        let details: &[u8] = if self.details { b" " } else { b"" };
        match line.time.filter(|_| self.timestamps).map(FixedTime::new) {
            Some(time) => framing.put(buffer, source, &[time.as_str().as_bytes(), b" ", details, bytes]),
            None => framing.put(buffer, source, &[details, bytes]),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use domain::Timestamp;
    use ports::{Kind, LogLine, Output, PortError};

    use super::{Style, tail};
    use crate::mux::Framing;
    use crate::query::Query;

    fn put(timestamps: bool, details: bool, framing: Framing) -> Vec<u8> {
        let line = LogLine { output: Output::Stderr(Bytes::from_static(b"x\n")), time: Some(Timestamp::from_nanos(1_500_000_000)) };
        let mut buffer = BytesMut::new();
        let _ = Style { timestamps, details }.put(framing, &mut buffer, Ok(line));
        buffer.to_vec()
    }

    #[test]
    fn lines_begin_as_dockerds_do() {
        assert_eq!(put(false, false, Framing::Frames), b"\x02\0\0\0\0\0\0\x02x\n");
        assert_eq!(put(true, false, Framing::Raw), b"1970-01-01T00:00:01.500000000Z x\n");
        assert_eq!(put(true, true, Framing::Raw), b"1970-01-01T00:00:01.500000000Z  x\n");
        assert_eq!(put(false, true, Framing::Raw), b" x\n");
    }

    #[test]
    fn an_error_is_told_in_a_frame_of_its_own() {
        let mut buffer = BytesMut::new();
        let flow = Style { timestamps: false, details: false }.put(Framing::Frames, &mut buffer, Err(PortError::new(Kind::Internal, "no")));
        assert!(flow.is_break());
        assert_eq!(&buffer[..], b"\x03\0\0\0\0\0\0\x18Error grabbing logs: no\n");
    }

    #[test]
    fn what_is_no_number_of_lines_is_all_of_them() {
        for (text, lines) in [("tail=5", Some(5)), ("tail=0", Some(0)), ("tail=all", None), ("tail=-1", None), ("", None)] {
            assert_eq!(tail(&Query::parse(text).unwrap()), lines, "{text}");
        }
    }
}
