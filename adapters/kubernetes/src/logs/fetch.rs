//! One request for a part of a log.

use std::sync::Arc;

use futures_util::{TryStreamExt, stream};
use ports::{ByteStream, PortResult};

use super::lines::Window;
use crate::access::Access;

/// Which part of a log is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    /// The value of the API's parameter `stream`; `None` is both streams.
    pub(super) stream: Option<&'static str>,
    /// The API filters by the whole seconds of it only.
    pub(super) window: Window,
    /// How many of the last lines of both streams.
    pub(super) tail: Option<u64>,
    pub(super) follow: bool,
    pub(super) timestamps: bool,
}

/// Asks for a part of the log of a pod.
pub(super) async fn fetch(access: &Arc<Access>, pod: &str, part: &Part) -> PortResult<ByteStream> {
    let query = query(part);
    if !part.follow {
        return access.log(pod, &query).await;
    }
    let (access, pod) = (Arc::clone(access), pod.to_owned());
    // The API does not even begin to answer before there is something to tell, so the answer is awaited by whoever reads.
    Ok(Box::pin(stream::once(async move { access.endless_log(&pod, &query).await }).try_flatten()))
}

fn query(part: &Part) -> String {
    let since = part.window.since.and_then(|since| jiff::Timestamp::from_second(since.as_secs()).ok());
    let parameters = [
        ("stream", part.stream.map(str::to_owned)),
        ("follow", part.follow.then(|| "true".to_owned())),
        ("timestamps", part.timestamps.then(|| "true".to_owned())),
        ("sinceTime", since.map(|since| since.to_string())),
        ("tailLines", part.tail.map(|tail| tail.to_string())),
    ];
    parameters.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", value?))).collect()
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::{Part, Window, query};

    #[test]
    fn only_what_is_wanted_is_asked_for() {
        assert_eq!(query(&Part::default()), "");
        let window = Window { since: Some(Timestamp::from_nanos(1_999_999_999)), until: None };
        let part = Part { stream: Some("Stdout"), window, tail: Some(3), follow: true, timestamps: true };
        assert_eq!(query(&part), "&stream=Stdout&follow=true&timestamps=true&sinceTime=1970-01-01T00:00:01Z&tailLines=3");
    }
}
