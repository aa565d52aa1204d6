//! What a client gave to pull an image, as a secret of the one pod that is to pull with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, Once};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Credentials, RegistryLogin, Run, Workload};
use futures_util::{StreamExt, stream};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Pod, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use ports::{Kind, PortResult};
use serde_json::json;

use crate::access::{Access, REMOVALS};
use crate::pod::{self, PodSettings};
use crate::stop::Background;

/// The type of a secret that holds a docker configuration, and the key it holds it under.
pub(crate) const TYPE: &str = "kubernetes.io/dockerconfigjson";
pub(crate) const KEY: &str = ".dockerconfigjson";

/// The secrets of the runs that have one.
pub(crate) struct Logins {
    access: Arc<Access>,
    background: Arc<Background>,
    /// Their names. Noted before they are made, so that one is removed even if its making was given up while the cluster was still about it;
    /// and no right to list secrets is needed to find them.
    made: Mutex<HashMap<Run, String>>,
    told_of_token: Once,
    told_of_create: Once,
    told_of_patch: Once,
    told_of_delete: Once,
}

impl Logins {
    pub(crate) fn new(access: Arc<Access>, background: Arc<Background>) -> Self {
        Self {
            access,
            background,
            made: Mutex::default(),
            told_of_token: Once::new(),
            told_of_create: Once::new(),
            told_of_patch: Once::new(),
            told_of_delete: Once::new(),
        }
    }

    fn made(&self) -> MutexGuard<'_, HashMap<Run, String>> {
        self.made.lock().expect("invariant: no holder of this lock panics")
    }

    /// Makes the secret that a workload's pod needs, and returns its name; `None` if it needs none, or can have none.
    pub(crate) async fn create(&self, workload: &Workload, settings: &PodSettings) -> PortResult<Option<String>> {
        let Some(login) = &workload.login else { return Ok(None) };
        let Some(secret) = secret(workload, login, settings) else {
            self.told_of_token.call_once(|| {
                tracing::warn!(
                    registry = login.registry,
                    "nodes cannot pull with a registry's token: they pull without what the client gave"
                );
            });
            return Ok(None);
        };
        let name = name(workload, settings);
        let known = self.made().insert(workload.run.clone(), name.clone()).is_some();
        match self.access.create_secret(&secret).await {
            Ok(()) => Ok(Some(name)),
            Err(error) if error.kind == Kind::Forbidden => {
                if !known {
                    self.made().remove(&workload.run);
                }
                self.told_of_create.call_once(|| tracing::warn!(reason = %error, "nodes pull images without what clients give"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a pod the owner of its secret, so that the cluster removes the secret after the pod, whoever removes that. Nobody waits for it.
    pub(crate) fn hand_over(self: &Arc<Self>, secret: String, pod: &Pod) {
        let (Some(name), Some(uid)) = (pod.metadata.name.clone(), pod.metadata.uid.clone()) else { return };
        let owner = OwnerReference { api_version: "v1".to_owned(), kind: "Pod".to_owned(), name, uid, ..OwnerReference::default() };
        let this = Arc::clone(self);
        self.background.spawn(async move {
            match this.access.own_secret(&secret, owner).await {
                Err(error) if error.kind == Kind::Forbidden => {
                    this.told_of_patch.call_once(|| tracing::warn!(reason = %error, "pods do not own the secrets made for them"));
                }
                // One that is not there was removed meanwhile.
                Err(error) if error.kind != Kind::NotFound => tracing::warn!(reason = %error, "a pod does not own the secret made for it"),
                _ => {}
            }
        });
    }

    /// Removes the secret of a run, if it has one.
    pub(crate) async fn remove(&self, run: &Run) -> PortResult<()> {
        let made = self.made().get(run).cloned();
        let Some(name) = made else { return Ok(()) };
        match self.access.delete_secret(&name).await {
            Err(error) if error.kind == Kind::Forbidden => {
                self.told_of_delete
                    .call_once(|| tracing::warn!(reason = %error, "secrets made for pods are left to the cluster to remove"));
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        self.made().remove(run);
        Ok(())
    }

    /// Removes every secret that was made.
    pub(crate) async fn remove_all(&self) -> PortResult<()> {
        let runs: Vec<Run> = self.made().keys().cloned().collect();
        let removals = runs.into_iter().map(|run| async move { self.remove(&run).await });
        let results: Vec<PortResult<()>> = stream::iter(removals).buffer_unordered(REMOVALS).collect().await;
        results.into_iter().collect()
    }
}

/// The name of a workload's secret.
fn name(workload: &Workload, settings: &PodSettings) -> String {
    format!("{}-login", pod::name(workload, settings))
}

/// The secret of a workload; `None` if the kubelet can do nothing with these credentials.
fn secret(workload: &Workload, login: &RegistryLogin, settings: &PodSettings) -> Option<Secret> {
    let Credentials::Password { username, password } = &login.credentials else { return None };
    let registry = domain::server_address(&login.registry);
    let auth = STANDARD.encode(format!("{username}:{password}"));
    let config = json!({ "auths": { registry: { "username": username, "password": password, "auth": auth } } });
    Some(Secret {
        metadata: ObjectMeta {
            name: Some(name(workload, settings)),
            labels: Some(pod::labels(&workload.run, settings)),
            // Until there is a pod to own it.
            owner_references: settings.owner.clone().map(|owner| vec![owner]),
            ..ObjectMeta::default()
        },
        type_: Some(TYPE.to_owned()),
        data: Some(BTreeMap::from([(KEY.to_owned(), ByteString(config.to_string().into_bytes()))])),
        immutable: Some(true),
        ..Secret::default()
    })
}

#[cfg(test)]
mod tests;
