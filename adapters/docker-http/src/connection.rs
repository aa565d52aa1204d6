//! One connection: HTTP until a request takes it over.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use crate::hijack::{self, Hijack, Hijacked, Session};
use crate::io::{Held, Hold, Io};
use crate::listener::Connection;
use crate::response::Response;

/// How long a client may take to read the end of a session before the connection is cut.
const LINGER: Duration = Duration::from_secs(2);

/// Serves one connection until it ends. `stop` ends it as soon as no request is under way.
pub(crate) async fn serve<S>(connection: Connection, service: S, header_read_timeout: Duration, stop: CancellationToken)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + Unpin + 'static,
    S::Future: Send,
{
    let hold = Hold::default();
    let (takeovers, mut takeover) = mpsc::channel(1);
    let service = HijackService { inner: service, takeovers, hold: hold.clone() };
    let timeout = connection.remote.then_some(header_read_timeout);
    let mut http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(Held::new(connection.io, hold)), service);

    let mut stopped = pin!(stop.cancelled());
    let mut stopping = false;
    let end = poll_fn(|cx| {
        if !stopping && stopped.as_mut().poll(cx).is_ready() {
            stopping = true;
            Pin::new(&mut http).graceful_shutdown();
        }
        if let Poll::Ready(result) = http.poll_without_shutdown(cx) {
            return Poll::Ready(End::Closed(result));
        }
        match takeover.poll_recv(cx) {
            Poll::Ready(Some(takeover)) => Poll::Ready(End::TakenOver(takeover)),
            _ => Poll::Pending,
        }
    })
    .await;
    let parts = http.into_parts();
    let mut io = parts.io.into_inner().into_inner();
    match end {
        End::Closed(Ok(())) => close(io).await,
        End::Closed(Err(error)) => {
            tracing::debug!(%error, peer = connection.peer, "connection ended");
            close(io).await;
        }
        End::TakenOver(Takeover { head, session }) => {
            if io.write_all(&head).await.is_ok() {
                session(Hijacked { io, early: parts.read_buf }).await;
            }
        }
    }
}

/// Says good-bye, and reads what the client still sends for a while: closing earlier would make its system throw away what it has not read.
pub(crate) async fn close(mut io: Box<dyn Io>) {
    if io.shutdown().await.is_err() {
        return;
    }
    let mut scrap = [0; 4096];
    let drained = async { while matches!(io.read(&mut scrap).await, Ok(read) if read > 0) {} };
    let _ = tokio::time::timeout(LINGER, drained).await;
}

/// How HTTP ended.
enum End {
    /// Either side closed.
    Closed(hyper::Result<()>),
    /// A request takes the connection over.
    TakenOver(Takeover),
}

/// A response that takes the connection over.
struct Takeover {
    head: Bytes,
    session: Session,
}

/// Passes requests on, and responses back unless they take the connection over.
struct HijackService<S> {
    inner: S,
    takeovers: mpsc::Sender<Takeover>,
    hold: Hold,
}

impl<S> hyper::service::Service<Request<Incoming>> for HijackService<S>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let takes_over = may_take_over(&request);
        // hyper may see the end of a client that sent all and left before it even begins to answer; what changes something must not be
        // lost then, so that the end is kept back until the handler has begun.
        self.hold.set(takes_over || !matches!(*request.method(), Method::GET | Method::HEAD));
        let mut answer = Box::pin(self.inner.clone().call(request));
        let (takeovers, hold) = (self.takeovers.clone(), self.hold.clone());
        Box::pin(async move {
            let begun = futures_util::poll!(&mut answer);
            if !takes_over {
                hold.set(false);
            }
            let mut response = match begun {
                Poll::Ready(response) => response?,
                Poll::Pending => {
                    // Wakes the connection, which may have missed the end meanwhile.
                    tokio::task::yield_now().await;
                    answer.await?
                }
            };
            let Some(session) = response.extensions_mut().remove::<Hijack>().and_then(|hijack| hijack.take()) else {
                hold.set(false);
                return Ok(response);
            };
            // The connection task drops this future together with hyper's side of the connection.
            let _ = takeovers.try_send(Takeover { head: hijack::head(&response), session });
            pending().await
        })
    }
}

/// Whether the request may take the connection over, so that the end of its input must not be taken for the end of the client.
fn may_take_over(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    *request.method() == Method::POST && (path.ends_with("/attach") || path.ends_with("/start"))
}
