//! What goes through a session between a client and a process.

use std::pin::Pin;

use domain::{DetachKeys, DetachScan, TermSize};
use futures_util::{Stream, StreamExt, stream};
use ports::{ByteStream, ResizeStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::registry::Reader;

/// The sizes of a terminal: the one it has, then each new one.
pub(crate) fn sizes(mut size: watch::Receiver<Option<TermSize>>) -> ResizeStream {
    size.mark_changed();
    stream::unfold(size, |mut size| async move {
        loop {
            size.changed().await.ok()?;
            let now = *size.borrow_and_update();
            if let Some(now) = now {
                return Some((now, size));
            }
        }
    })
    .boxed()
}

/// A stream that counts as a reader of the container as long as it is not dropped.
pub(crate) fn counted<S: Stream + Send + 'static>(stream: S, reader: Reader) -> Pin<Box<dyn Stream<Item = S::Item> + Send>> {
    stream
        .map(move |item| {
            let _held = &reader;
            item
        })
        .boxed()
}

/// Input whose end is that of the session and not of the process's input: it cancels `over` (moby `container/stream/attach.go`).
pub(crate) fn session_bound(stdin: ByteStream, over: CancellationToken) -> ByteStream {
    let end = stream::once(async move {
        over.cancel();
        std::future::pending().await
    });
    stdin.chain(end).boxed()
}

/// Input in which the detach sequence cancels `detached`.
pub(crate) fn watched(stdin: ByteStream, keys: DetachKeys, detached: CancellationToken) -> ByteStream {
    let scan = DetachScan::new(keys);
    stream::unfold(Some((stdin, scan, detached)), |state| async move {
        let (mut stdin, mut scan, detached) = state?;
        match stdin.next().await {
            Some(Ok(bytes)) => {
                let (pass, found) = scan.feed(&bytes);
                if found {
                    detached.cancel();
                    // The session is over, but the process's input is not.
                    return Some((Ok(pass.into()), Some((stream::pending().boxed(), scan, detached))));
                }
                Some((Ok(pass.into()), Some((stdin, scan, detached))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Ok(scan.rest().to_vec().into()), None)),
        }
    })
    .filter(|item| std::future::ready(!item.as_ref().is_ok_and(bytes::Bytes::is_empty)))
    .boxed()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::{DetachKeys, TermSize};
    use futures_util::{FutureExt, StreamExt, stream};
    use tokio::sync::watch;
    use tokio_util::sync::CancellationToken;

    use super::{session_bound, sizes, watched};

    fn input(pieces: &[&'static str]) -> ports::ByteStream {
        stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect::<Vec<_>>()).boxed()
    }

    #[tokio::test]
    async fn the_sequence_ends_the_session_and_not_the_input() {
        let detached = CancellationToken::new();
        let mut stdin = watched(input(&["ab\x10", "\x11cd"]), DetachKeys::default(), detached.clone());
        assert_eq!(stdin.next().await.unwrap().unwrap(), "ab");
        assert_eq!(stdin.next().now_or_never().map(|item| item.is_none()), None, "the input goes on");
        assert!(detached.is_cancelled());
    }

    #[tokio::test]
    async fn what_is_held_back_is_delivered_at_the_end() {
        let detached = CancellationToken::new();
        let stdin = watched(input(&["a\x10"]), DetachKeys::default(), detached.clone());
        let all: Vec<Bytes> = stdin.map(|item| item.unwrap()).collect().await;
        assert_eq!(all.concat(), b"a\x10");
        assert!(!detached.is_cancelled());
    }

    #[tokio::test]
    async fn the_end_of_input_can_be_that_of_the_session() {
        let over = CancellationToken::new();
        let mut stdin = session_bound(input(&["a"]), over.clone());
        assert_eq!(stdin.next().await.unwrap().unwrap(), "a");
        assert!(!over.is_cancelled());
        assert!(stdin.next().now_or_never().is_none(), "the input goes on");
        assert!(over.is_cancelled());
    }

    #[tokio::test]
    async fn the_present_size_comes_first() {
        let size = watch::Sender::new(None);
        let mut stream = sizes(size.subscribe());
        assert!(stream.next().now_or_never().is_none());
        size.send_replace(Some(TermSize { height: 1, width: 2 }));
        assert_eq!(stream.next().await, Some(TermSize { height: 1, width: 2 }));
        assert_eq!(sizes(size.subscribe()).next().await, Some(TermSize { height: 1, width: 2 }));
    }
}
