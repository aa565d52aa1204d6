//! What the pull secrets that the operator names say about registries.

mod entries;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Credentials;
use futures_util::future::try_join_all;
use ports::{Kind, PortResult};
use tokio::time::Instant;

use crate::access::Access;
use entries::{Entry, entries, find};

/// For how long secrets are not read again.
const LIFE: Duration = Duration::from_mins(1);

/// How long reading one may take: whoever wants to know about an image waits for it.
const LIMIT: Duration = Duration::from_secs(5);

/// The pull secrets that every pod refers to.
pub(crate) struct PullSecrets {
    access: Arc<Access>,
    names: Vec<String>,
    read: Mutex<Option<(Instant, Arc<[Entry]>)>>,
    /// The secrets that it was said of that they cannot be used.
    told: Mutex<HashSet<String>>,
}

impl PullSecrets {
    pub(crate) fn new(access: Arc<Access>, names: Vec<String>) -> Self {
        Self { access, names, read: Mutex::default(), told: Mutex::default() }
    }

    /// What they say opens `registry`.
    pub(crate) async fn credentials(&self, registry: &str) -> PortResult<Option<Credentials>> {
        if self.names.is_empty() {
            return Ok(None);
        }
        let entries = match self.lately() {
            Some(entries) => entries,
            None => self.read().await?,
        };
        Ok(find(&entries, registry).cloned())
    }

    fn lately(&self) -> Option<Arc<[Entry]>> {
        let read = self.read.lock().expect("invariant: no holder of this lock panics");
        read.as_ref().filter(|(at, _)| at.elapsed() < LIFE).map(|(_, entries)| Arc::clone(entries))
    }

    async fn read(&self) -> PortResult<Arc<[Entry]>> {
        let all: Arc<[Entry]> = try_join_all(self.names.iter().map(|name| self.read_one(name))).await?.into_iter().flatten().collect();
        *self.read.lock().expect("invariant: no holder of this lock panics") = Some((Instant::now(), Arc::clone(&all)));
        Ok(all)
    }

    /// What one secret says: nothing if it may not be read, is not there, or is something else.
    async fn read_one(&self, name: &str) -> PortResult<Vec<Entry>> {
        let unusable = match self.access.secret(name, LIMIT).await {
            Ok(secret) => match entries(&secret) {
                Some(entries) => return Ok(entries),
                None => format!("secret {name} holds no docker configuration"),
            },
            Err(error) if matches!(error.kind, Kind::Forbidden | Kind::NotFound) => error.to_string(),
            Err(error) => return Err(error),
        };
        if self.told.lock().expect("invariant: no holder of this lock panics").insert(name.to_owned()) {
            tracing::warn!(secret = name, reason = unusable, "registries are asked without what a pull secret says");
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use serde_json::json;

    use super::{LIFE, PullSecrets};
    use crate::testing::{access, refusal};

    #[tokio::test(start_paused = true)]
    async fn secrets_are_read_once_a_minute() {
        let config = base64::engine::general_purpose::STANDARD.encode(r#"{"auths":{"quay.io":{"username":"ann","password":"p"}}}"#);
        let (access, requests) = access(move |_, name| match name {
            "good" => {
                let data = json!({ ".dockerconfigjson": config });
                (200, json!({ "metadata": { "name": name }, "type": "kubernetes.io/dockerconfigjson", "data": data }))
            }
            "opaque" => (200, json!({ "metadata": { "name": name }, "type": "Opaque" })),
            "missing" => refusal(404),
            _ => refusal(403),
        });
        let names = ["opaque", "missing", "forbidden", "good"].map(str::to_owned).to_vec();
        let secrets = PullSecrets::new(access, names);
        for _ in 0..2 {
            assert!(secrets.credentials("quay.io").await.unwrap().is_some());
            assert!(secrets.credentials("docker.io").await.unwrap().is_none());
        }
        assert_eq!(requests.lock().unwrap().len(), 4);
        assert_eq!(secrets.told.lock().unwrap().len(), 3);
        tokio::time::advance(LIFE).await;
        assert!(secrets.credentials("quay.io").await.unwrap().is_some());
        assert_eq!(requests.lock().unwrap().len(), 8);
    }

    #[tokio::test]
    async fn a_cluster_that_fails_is_asked_again() {
        let (access, requests) = access(|_, _| refusal(500));
        let secrets = PullSecrets::new(access, vec!["a".to_owned()]);
        for _ in 0..2 {
            secrets.credentials("quay.io").await.unwrap_err();
        }
        assert_eq!(requests.lock().unwrap().len(), 2);
    }
}
