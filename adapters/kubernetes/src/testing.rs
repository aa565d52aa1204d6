//! A cluster that says what a test wants it to say.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::access::Access;

/// The requests that came, `DELETE secrets/x`.
pub(crate) type Requests = Arc<Mutex<Vec<String>>>;

/// A cluster that answers a request, of which it is told the method and the name of the object, with a status and an object.
pub(crate) fn access(answer: impl Fn(&Method, &str) -> (u16, Value) + Clone + Send + 'static) -> (Arc<Access>, Requests) {
    let requests = Requests::default();
    let noted = Arc::clone(&requests);
    let service = tower::service_fn(move |request: Request<Body>| {
        let path = request.uri().path().strip_prefix("/api/v1/namespaces/ns/").unwrap().to_owned();
        noted.lock().unwrap().push(format!("{} {path}", request.method()));
        let (status, object) = answer(request.method(), path.rsplit('/').next().unwrap());
        let response = Response::builder().status(status).body(Body::from(object.to_string().into_bytes())).unwrap();
        async { Ok::<_, Infallible>(response) }
    });
    (Arc::new(Access::new(Client::new(service, "ns"), "ns".to_owned(), Duration::from_secs(30))), requests)
}

/// The answer of a cluster that refuses.
pub(crate) fn refusal(code: u16) -> (u16, Value) {
    (
        code,
        json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "no", "reason": "No", "code": code }),
    )
}
