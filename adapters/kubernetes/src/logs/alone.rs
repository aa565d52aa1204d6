//! Finding out whether a container prints to one stream only, as most do: then no line has to be put in its place, no time has to be read.

use std::pin::pin;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use ports::{ByteStream, PortResult};

/// How much of the first stream is read while nothing is known of the second one. The kubelet searches the whole log for it meanwhile, and
/// is to go on sending.
const AHEAD_MAX: usize = 1 << 20;

/// What there is of two streams.
pub(super) enum Found {
    /// All of the first one; the second one is empty.
    Alone(ByteStream),
    /// All of the second one.
    Both(ByteStream),
}

/// Reads the beginning of both streams.
pub(super) async fn look(mut first: ByteStream, second: impl Future<Output = PortResult<ByteStream>>) -> PortResult<Found> {
    let mut begun = pin!(async {
        let mut second = second.await?;
        PortResult::Ok((second.next().await, second))
    });
    let (mut ahead, mut held) = (Vec::new(), 0);
    let (begin, second) = loop {
        tokio::select! {
            begun = &mut begun => break begun?,
            Some(chunk) = first.next(), if held < AHEAD_MAX => {
                held += chunk.as_ref().map_or(0, Bytes::len);
                ahead.push(chunk);
            }
        }
    };
    Ok(match begin {
        None => Found::Alone(Box::pin(stream::iter(ahead).chain(first))),
        Some(begin) => Found::Both(Box::pin(stream::iter([begin]).chain(second))),
    })
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use ports::{ByteStream, Kind, PortError};

    use super::{AHEAD_MAX, Found, look};

    fn text(parts: &[&'static str]) -> ByteStream {
        let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
        Box::pin(stream::iter(parts))
    }

    async fn whole(stream: ByteStream) -> Vec<u8> {
        stream.map(|part| part.unwrap().to_vec()).concat().await
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_second_stream_the_first_is_whole_whenever_that_is_known() {
        for wait in [0, 1] {
            let second = async move {
                tokio::time::sleep(Duration::from_secs(wait)).await;
                Ok(text(&[]))
            };
            let Ok(Found::Alone(first)) = look(text(&["a", "b", "c"]), second).await else { panic!("there is no second stream") };
            assert_eq!(whole(first).await, b"abc", "after {wait} s");
        }
    }

    #[tokio::test]
    async fn nothing_of_a_second_stream_is_lost() {
        let Ok(Found::Both(second)) = look(text(&["a"]), future::ready(Ok(text(&["x", "y"])))).await else {
            panic!("there is a second stream")
        };
        assert_eq!(whole(second).await, b"xy");
    }

    #[tokio::test]
    async fn a_second_stream_that_cannot_be_read_is_told() {
        let failure = future::ready(Err(PortError::new(Kind::Forbidden, "no")));
        assert!(look(text(&["a"]), failure).await.is_err_and(|error| error.kind == Kind::Forbidden));
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_much_is_read_ahead() {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let endless = stream::repeat_with(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from_static(&[0; 1024]))
        });
        let second = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(text(&["x"]))
        };
        look(Box::pin(endless), second).await.map(|_| ()).unwrap();
        assert_eq!(read.load(Ordering::Relaxed), AHEAD_MAX / 1024);
    }
}
