//! Failures of the Kubernetes API as failures of a port.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use ports::{Kind, PortError, PortResult};

/// What class of failure it is.
pub(crate) fn classify(error: &kube::Error) -> Kind {
    match error {
        kube::Error::Api(status) => match status.code {
            400 | 422 => Kind::Invalid,
            401 => Kind::Unauthorized,
            403 => Kind::Forbidden,
            404 => Kind::NotFound,
            405 | 501 => Kind::Unsupported,
            409 => Kind::Conflict,
            408 | 504 => Kind::Timeout,
            429 | 502 | 503 => Kind::Unavailable,
            _ => Kind::Internal,
        },
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => Kind::Unavailable,
        kube::Error::Auth(_) => Kind::Unauthorized,
        _ => Kind::Internal,
    }
}

/// The failure of `doing` ("create pod x"), in the cluster's own words.
pub(crate) fn failure(doing: &str, error: kube::Error) -> PortError {
    PortError::caused(classify(&error), format!("cannot {doing}: {}", reason(&error)), error)
}

/// The cluster's own words, or the innermost cause if there are none.
pub(crate) fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Api(status) => format!("{} ({})", status.reason, status.code),
        other => innermost(other).to_string(),
    }
}

/// The cause that has no further cause: the layers around it only say that something below them failed.
pub(crate) fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest
}

/// Waits for a call to the API, but not longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, doing: &str, call: impl Future<Output = kube::Result<T>>) -> PortResult<T> {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failure(doing, error)),
        Err(_) => Err(PortError::new(Kind::Timeout, format!("cannot {doing}: the cluster did not answer within {limit:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use ports::Kind;

    use super::{classify, failure};

    fn api(code: u16, message: &str) -> kube::Error {
        kube::Error::Api(Status::failure(message, "Reason").with_code(code).boxed())
    }

    #[test]
    fn a_refusal_keeps_the_clusters_words() {
        let refused = failure("create pod kubedock-a", api(403, "pods \"kubedock-a\" is forbidden: exceeded quota: tests"));
        assert_eq!(refused.kind, Kind::Forbidden);
        assert_eq!(refused.context, "cannot create pod kubedock-a: pods \"kubedock-a\" is forbidden: exceeded quota: tests");
        assert_eq!(failure("x", api(500, "")).context, "cannot x: Reason (500)");
    }

    #[test]
    fn codes_have_their_class() {
        for (code, kind) in [
            (400, Kind::Invalid),
            (401, Kind::Unauthorized),
            (404, Kind::NotFound),
            (405, Kind::Unsupported),
            (409, Kind::Conflict),
            (422, Kind::Invalid),
            (429, Kind::Unavailable),
            (500, Kind::Internal),
            (504, Kind::Timeout),
        ] {
            assert_eq!(classify(&api(code, "")), kind, "{code}");
        }
    }
}
