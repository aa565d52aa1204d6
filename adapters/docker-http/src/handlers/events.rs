//! What happens.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use domain::{Event, EventKind, Timestamp};
use futures_util::StreamExt;
use ports::EventQuery;
use serde::Serialize;

use crate::ctx::Ctx;
use crate::error::ApiError;
use crate::moment::Moment;
use crate::mux::chunks;
use crate::response::{self, JSON, Response};

/// `GET /events`
pub(crate) async fn events(ctx: Ctx) -> Result<Response, ApiError> {
    let (since, until) = (Moment::parse(ctx.query.text("since"))?, Moment::parse(ctx.query.text("until"))?);
    let is_relative = [since, until].iter().any(|moment| matches!(moment, Some(Moment::Ago(_))));
    let now = if is_relative { ctx.engine().system.info().await?.now } else { Timestamp::from_nanos(0) };
    let resolve = |moment: Moment| moment.resolve(now);
    let query = EventQuery { since: since.map(resolve), until: until.map(resolve), filters: ctx.filters()? };
    if let (Some(since), Some(until)) = (query.since, query.until)
        && until < since
    {
        let (since, until) = (since.as_secs(), until.as_secs());
        return Err(ApiError::invalid(format!("`since` time ({since}) cannot be after `until` time ({until})")));
    }
    let stop = ctx.api.stop.clone();
    let events = ctx.engine().system.events(query)?.take_until(stop.cancelled_owned()).boxed();
    let body = chunks(events, |event, buffer| {
        buffer.extend_from_slice(&line(&event));
        ControlFlow::Continue(())
    });
    Ok(response::stream(JSON, body))
}

/// An event as it is written since API 1.22, with the older fields that clients still read.
#[derive(Serialize)]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(rename = "Action")]
    action: &'a str,
    #[serde(rename = "Actor")]
    actor: Actor<'a>,
    scope: &'static str,
    time: i64,
    #[serde(rename = "timeNano")]
    time_nano: i64,
}

#[derive(Serialize)]
struct Actor<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    #[serde(rename = "Attributes")]
    attributes: &'a BTreeMap<String, String>,
}

/// The older fields exist for containers and images, `from` for containers only (moby `daemon/events`).
fn line(event: &Event) -> Bytes {
    let action = event.action.to_string();
    let is_container = event.kind == EventKind::Container;
    let is_old = is_container || event.kind == EventKind::Image;
    response::json_line(&Message {
        status: is_old.then_some(&action),
        id: is_old.then_some(&event.id),
        from: event.attributes.get("image").map(String::as_str).filter(|image| is_container && !image.is_empty()),
        kind: event.kind.name(),
        action: &action,
        actor: Actor { id: &event.id, attributes: &event.attributes },
        scope: "local",
        time: event.time.as_secs(),
        time_nano: event.time.as_nanos(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{Action, Event, EventKind, Timestamp};

    use super::line;

    #[test]
    fn lines_have_dockerds_shape() {
        let event = |kind, action| Event {
            kind,
            action,
            id: "abc".to_owned(),
            attributes: [("image".to_owned(), "alpine".to_owned())].into(),
            time: Timestamp::from_nanos(1_795_501_972_942_882_636),
        };
        assert_eq!(
            line(&event(EventKind::Container, Action::HealthStatus("healthy"))),
            "{\"status\":\"health_status: healthy\",\"id\":\"abc\",\"from\":\"alpine\",\"Type\":\"container\",\
             \"Action\":\"health_status: healthy\",\"Actor\":{\"ID\":\"abc\",\"Attributes\":{\"image\":\"alpine\"}},\
             \"scope\":\"local\",\"time\":1795501972,\"timeNano\":1795501972942882636}\n"
        );
        let image = line(&event(EventKind::Image, Action::Pull));
        assert!(image.starts_with(b"{\"status\":\"pull\",\"id\":\"abc\",\"Type\":\"image\""));
        assert!(line(&event(EventKind::Network, Action::Create)).starts_with(b"{\"Type\":\"network\""));
    }
}
