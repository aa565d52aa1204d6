//! What happened, kept for a while and told to those who listen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use domain::{Action, Container, Event, EventKind, Filters, Timestamp};
use futures_util::{Stream, StreamExt, stream};
use ports::{EventQuery, EventStream};
use tokio::sync::broadcast;

/// How many events a listener may be behind before it is cut off.
const BACKLOG: usize = 1024;

/// The past, bounded, and the present.
pub(crate) struct EventLog {
    past: Mutex<VecDeque<Event>>,
    limit: usize,
    sender: broadcast::Sender<Event>,
}

impl EventLog {
    pub(crate) fn new(limit: usize) -> Self {
        Self { past: Mutex::default(), limit, sender: broadcast::Sender::new(BACKLOG) }
    }

    /// Tells everyone. Never waits: a listener that is too far behind loses its place instead.
    pub(crate) fn publish(&self, event: Event) {
        let mut past = self.past.lock().expect("invariant: no panic while holding it");
        if past.len() >= self.limit {
            past.pop_front();
        }
        past.push_back(event.clone());
        // Sent under the lock so that a new listener sees each event exactly once. Nobody listening is no failure.
        let _ = self.sender.send(event);
    }

    pub(crate) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// The past from `since` on and, unless `until` has passed, what happens from now on.
    pub(crate) fn stream(&self, query: EventQuery, now: Timestamp) -> EventStream {
        let (past, receiver) = {
            let past = self.past.lock().expect("invariant: no panic while holding it");
            let wanted = |event: &&Event| {
                query.since.is_some_and(|since| event.time >= since) && query.until.is_none_or(|until| event.time <= until)
            };
            (past.iter().filter(wanted).cloned().collect::<Vec<_>>(), self.sender.subscribe())
        };
        let filters = query.filters;
        let past = stream::iter(past);
        let live = query.until.map(|until| (until, until.since(now)));
        match live {
            Some((until, _)) if until <= now => past.filter(move |event| std::future::ready(matches(&filters, event))).boxed(),
            Some((_, rest)) => {
                let end = tokio::time::sleep(rest);
                past.chain(present(receiver).take_until(end)).filter(move |event| std::future::ready(matches(&filters, event))).boxed()
            }
            None => past.chain(present(receiver)).filter(move |event| std::future::ready(matches(&filters, event))).boxed(),
        }
    }
}

/// Events as they are published; ends for a listener that fell too far behind.
fn present(receiver: broadcast::Receiver<Event>) -> impl Stream<Item = Event> + Send {
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.ok().map(|event| (event, receiver)) })
}

/// Whether an event is wanted (moby `daemon/events/filter.go`).
fn matches(filters: &Filters, event: &Event) -> bool {
    let attribute = |name: &str| event.attributes.get(name).map(String::as_str).unwrap_or_default();
    let object = |kind: EventKind, value: &str| event.kind == kind && (event.id.starts_with(value) || attribute("name").starts_with(value));
    let action = event.action.to_string();
    let image = attribute(if event.kind == EventKind::Image { "name" } else { "image" });
    filters.any("type", |value| event.kind.name() == value)
        && filters.any("event", |value| action == value || action.split(':').next() == Some(value))
        && filters.any("scope", |value| value == "local")
        && filters.any("container", |value| object(EventKind::Container, value))
        && filters.any("image", |value| [&event.id, image, name_of(&event.id), name_of(image)].contains(&value))
        && filters.any("network", |value| object(EventKind::Network, value))
        && filters.any("volume", |value| object(EventKind::Volume, value))
        && filters.any("daemon", |value| object(EventKind::Daemon, value))
        && filters.labels_match(&event.attributes)
}

/// An image's name without its tag.
fn name_of(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// An event about a container: its labels, image and name, and `more`.
pub(crate) fn container_event(container: &Container, action: Action, time: Timestamp, more: &[(&str, String)]) -> Event {
    let config = &container.spec.config;
    let mut attributes = config.labels.clone();
    attributes.insert("image".to_owned(), config.image.clone());
    attributes.insert("name".to_owned(), container.name.to_string());
    attributes.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Event { kind: EventKind::Container, action, id: container.id.to_string(), attributes, time }
}

/// An event about anything else.
pub(crate) fn event(kind: EventKind, action: Action, id: &str, time: Timestamp, attributes: &[(&str, &str)]) -> Event {
    let attributes: BTreeMap<String, String> = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Event { kind, action, id: id.to_owned(), attributes, time }
}

#[cfg(test)]
mod tests {
    use super::{Action, EventKind, EventLog, EventQuery, StreamExt, Timestamp, event};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_nanos(secs * 1_000_000_000)
    }

    fn volume(name: &str, secs: i64) -> domain::Event {
        event(EventKind::Volume, Action::Create, name, at(secs), &[("driver", "local")])
    }

    fn query(since: Option<i64>, until: Option<i64>) -> EventQuery {
        EventQuery { since: since.map(at), until: until.map(at), ..EventQuery::default() }
    }

    #[tokio::test]
    async fn the_past_is_told_once_and_bounded() {
        let log = EventLog::new(2);
        for secs in 1..=3 {
            log.publish(volume(&secs.to_string(), secs));
        }
        let told: Vec<_> = log.stream(query(Some(0), Some(5)), at(10)).map(|event| event.id).collect().await;
        assert_eq!(told, ["2", "3"]);
        let mut live = log.stream(query(Some(3), None), at(10));
        log.publish(volume("4", 11));
        assert_eq!(live.next().await.map(|event| event.id), Some("3".to_owned()));
        assert_eq!(live.next().await.map(|event| event.id), Some("4".to_owned()));
    }

    #[tokio::test]
    async fn a_listener_that_never_reads_is_cut_off_and_delays_nobody() {
        let log = EventLog::new(2);
        let lazy = log.stream(query(None, None), at(0));
        for secs in 0..3000 {
            log.publish(volume("v", secs));
        }
        assert_eq!(lazy.count().await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn until_in_the_future_ends_the_stream() {
        let log = EventLog::new(2);
        let stream = log.stream(query(None, Some(5)), at(0));
        log.publish(volume("v", 1));
        assert_eq!(stream.count().await, 1);
    }
}
