//! From a workload to the pod that runs it.

use std::collections::BTreeMap;

use domain::{HostAlias, PullPolicy, Run, Workload};
use k8s_openapi::api::core::v1::{
    Capabilities, Container, EmptyDirVolumeSource, EnvVar, HostAlias as PodHostAlias, LocalObjectReference, Pod, PodSecurityContext,
    PodSpec, ResourceRequirements, SecurityContext, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::names;
use crate::settings::KubeSettings;

/// The container of a pod that is the user's; a mesh may add others, so it is always addressed by its name.
pub(crate) const MAIN: &str = "main";

/// Marks everything that any kubedock made.
const LABEL_KUBEDOCK: &str = "kubedock";
/// The server that made it.
const LABEL_INSTANCE: &str = "kubedock.id";
/// The short id of the container.
const LABEL_CONTAINER: &str = "kubedock.containerid";
/// The number of the run.
const LABEL_RUN: &str = "kubedock.run";
/// The whole id of the container.
const ANNOTATION_CONTAINER: &str = "kubedock.containerid";
/// The container's name.
const ANNOTATION_NAME: &str = "kubedock.containername";

/// How many bytes of the client's labels go into the pod's labels, and into its annotations. The API refuses annotations of more than 256 KiB
/// and objects of more than about 1 MiB; labels beyond this limit are kept by the server only.
const LABELS_MAX: usize = 128 << 10;

/// What does not depend on the workload.
#[derive(Debug, Clone)]
pub(crate) struct PodSettings {
    /// What the operator says.
    pub(crate) common: KubeSettings,
    /// Our own pod, if we run in one in the same namespace: the cluster removes what it owns when it is gone.
    pub(crate) owner: Option<OwnerReference>,
}

/// The name of a workload's pod.
pub(crate) fn name(workload: &Workload, settings: &PodSettings) -> String {
    names::pod_name(&settings.common.pod_name_prefix, &workload.name, workload.run.container.short(), workload.run.number)
}

/// The pod of a workload; `login` is the secret that opens the registry of its image, if it has one of its own.
pub(crate) fn pod(workload: &Workload, settings: &PodSettings, login: Option<&str>) -> Pod {
    Pod { metadata: metadata(workload, settings), spec: Some(spec(workload, settings, login)), status: None }
}

/// The labels of everything that belongs to a run.
pub(crate) fn labels(run: &Run, settings: &PodSettings) -> BTreeMap<String, String> {
    let (instance, number) = (settings.common.instance.as_str(), run.number.to_string());
    [(LABEL_KUBEDOCK, "true"), (LABEL_INSTANCE, instance), (LABEL_CONTAINER, run.container.short()), (LABEL_RUN, &number)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// Selects the pods of this instance, or only those of one run.
pub(crate) fn selector(settings: &PodSettings, run: Option<&Run>) -> String {
    let own = format!("{LABEL_KUBEDOCK}=true,{LABEL_INSTANCE}={}", settings.common.instance);
    match run {
        Some(run) => format!("{own},{LABEL_CONTAINER}={},{LABEL_RUN}={}", run.container.short(), run.number),
        None => own,
    }
}

/// The run that a pod is for; `None` if it is not one of ours.
pub(crate) fn run_of(pod: &Pod) -> Option<Run> {
    let container = pod.metadata.annotations.as_ref()?.get(ANNOTATION_CONTAINER)?;
    let number = pod.metadata.labels.as_ref()?.get(LABEL_RUN)?;
    Some(Run { container: domain::ContainerId::parse(container)?, number: number.parse().ok()? })
}

/// The container that is the user's.
pub(crate) fn main(pod: &Pod) -> Option<&Container> {
    pod.spec.iter().flat_map(|spec| &spec.containers).find(|container| container.name == MAIN)
}

fn metadata(workload: &Workload, settings: &PodSettings) -> ObjectMeta {
    let common = &settings.common;
    let mut labels = common.labels.clone();
    let clean = workload.labels.iter().filter_map(|(key, value)| Some((names::label_key(key)?, names::label_value(value)?)));
    labels.extend(within_limit(clean));
    labels.extend(self::labels(&workload.run, settings));
    let mut annotations = common.annotations.clone();
    let verbatim = workload.labels.iter().filter(|(key, _)| names::is_qualified_name(key));
    annotations.extend(within_limit(verbatim.map(|(key, value)| (key.clone(), value.clone()))));
    annotations.insert(ANNOTATION_CONTAINER.to_owned(), workload.run.container.to_string());
    annotations.insert(ANNOTATION_NAME.to_owned(), workload.name.clone());
    ObjectMeta {
        name: Some(name(workload, settings)),
        labels: Some(labels),
        annotations: Some(annotations),
        owner_references: settings.owner.clone().map(|owner| vec![owner]),
        ..ObjectMeta::default()
    }
}

fn within_limit(pairs: impl Iterator<Item = (String, String)>) -> impl Iterator<Item = (String, String)> {
    let mut total = 0;
    pairs.take_while(move |(key, value)| {
        total += key.len() + value.len();
        total <= LABELS_MAX
    })
}

fn spec(workload: &Workload, settings: &PodSettings, login: Option<&str>) -> PodSpec {
    let common = &settings.common;
    let secrets = login.into_iter().chain(common.image_pull_secrets.iter().map(String::as_str));
    let (volumes, mounts) = scratch(workload);
    PodSpec {
        containers: vec![container(workload, common, mounts)],
        volumes,
        restart_policy: Some("Never".to_owned()),
        // A container of Docker sees neither the namespace's services in its environment nor credentials of the cluster.
        enable_service_links: Some(false),
        automount_service_account_token: common.service_account.is_none().then_some(false),
        service_account_name: common.service_account.clone(),
        image_pull_secrets: list(secrets.map(|name| LocalObjectReference { name: name.to_owned() })),
        host_aliases: host_aliases(&workload.host_aliases),
        hostname: names::hostname(&workload.hostname),
        security_context: (!workload.groups.is_empty())
            .then(|| PodSecurityContext { supplemental_groups: Some(workload.groups.clone()), ..PodSecurityContext::default() }),
        termination_grace_period_seconds: Some(grace_seconds(workload.stop_timeout)),
        ..PodSpec::default()
    }
}

/// Whole seconds, at least one: with none the API forgets the pod before the kubelet has published how it ended.
pub(crate) fn grace_seconds(grace: std::time::Duration) -> i64 {
    let seconds = grace.as_secs().saturating_add(u64::from(grace.subsec_nanos() > 0));
    i64::from(u32::try_from(seconds).unwrap_or(u32::MAX).clamp(1, u32::MAX >> 1))
}

fn container(workload: &Workload, common: &KubeSettings, mounts: Option<Vec<VolumeMount>>) -> Container {
    let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.iter().map(|word| escape(word)).collect());
    Container {
        name: MAIN.to_owned(),
        image: Some(workload.image.clone()),
        image_pull_policy: Some(pull_policy(common.pull_policy).to_owned()),
        command: words(&workload.entrypoint),
        args: words(&workload.args),
        env: list(workload.env.iter().map(|(name, value)| EnvVar { name: name.clone(), value: Some(escape(value)), ..EnvVar::default() })),
        working_dir: workload.working_dir.clone(),
        tty: workload.tty.then_some(true),
        stdin: workload.stdin.then_some(true),
        stdin_once: (workload.stdin && workload.stdin_once).then_some(true),
        resources: resources(workload, common),
        volume_mounts: mounts,
        security_context: security_context(workload),
        ..Container::default()
    }
}

/// Kubernetes' name of a policy.
const fn pull_policy(policy: PullPolicy) -> &'static str {
    match policy {
        PullPolicy::Always => "Always",
        PullPolicy::IfNotPresent => "IfNotPresent",
        PullPolicy::Never => "Never",
    }
}

/// Keeps Kubernetes from replacing `$(NAME)` and `$$`, which mean nothing to Docker.
fn escape(text: &str) -> String {
    text.replace('$', "$$")
}

/// What a client sets is a limit, as in Docker, and what the scheduler counts with; the operator's defaults are the latter only.
fn resources(workload: &Workload, common: &KubeSettings) -> Option<ResourceRequirements> {
    let amounts = |memory: Option<String>, cpu: Option<String>| {
        let given = [("memory", memory), ("cpu", cpu)].into_iter().filter_map(|(name, amount)| Some((name.to_owned(), Quantity(amount?))));
        Some(given.collect::<BTreeMap<_, _>>()).filter(|amounts| !amounts.is_empty())
    };
    let memory = workload.memory.map(|bytes| bytes.to_string());
    // The API knows nothing smaller than a thousandth of a CPU.
    let cpu = workload.nano_cpus.map(|nanos| format!("{}m", nanos.div_ceil(1_000_000)));
    let limits = amounts(memory.clone(), cpu.clone());
    let requests = amounts(memory.or_else(|| common.request_memory.clone()), cpu.or_else(|| common.request_cpu.clone()));
    requests.is_some().then(|| ResourceRequirements { limits, requests, ..ResourceRequirements::default() })
}

fn security_context(workload: &Workload) -> Option<SecurityContext> {
    let add = list(workload.cap_add.iter().cloned());
    let drop = list(workload.cap_drop.iter().cloned());
    let context = SecurityContext {
        run_as_user: workload.user.map(|user| user.uid),
        run_as_group: workload.user.and_then(|user| user.gid),
        read_only_root_filesystem: workload.readonly_rootfs.then_some(true),
        capabilities: (add.is_some() || drop.is_some()).then_some(Capabilities { add, drop }),
        ..SecurityContext::default()
    };
    (context != SecurityContext::default()).then_some(context)
}

fn scratch(workload: &Workload) -> (Option<Vec<Volume>>, Option<Vec<VolumeMount>>) {
    let volume_name = |index: usize| format!("scratch-{index}");
    let volumes = workload.scratch.iter().enumerate().map(|(index, scratch)| Volume {
        name: volume_name(index),
        empty_dir: Some(EmptyDirVolumeSource {
            medium: Some("Memory".to_owned()),
            size_limit: scratch.size.map(|bytes| Quantity(bytes.to_string())),
        }),
        ..Volume::default()
    });
    let mounts = workload.scratch.iter().enumerate().map(|(index, scratch)| VolumeMount {
        name: volume_name(index),
        mount_path: scratch.path.clone(),
        ..VolumeMount::default()
    });
    (list(volumes), list(mounts))
}

/// One entry for each address, with its names in the order given.
fn host_aliases(aliases: &[HostAlias]) -> Option<Vec<PodHostAlias>> {
    let mut entries: Vec<PodHostAlias> = Vec::new();
    for alias in aliases {
        match entries.iter_mut().find(|entry| entry.ip == alias.address) {
            Some(entry) => entry.hostnames.get_or_insert_default().push(alias.name.clone()),
            None => entries.push(PodHostAlias { ip: alias.address.clone(), hostnames: Some(vec![alias.name.clone()]) }),
        }
    }
    list(entries.into_iter())
}

/// A list, or nothing if it is empty.
fn list<T>(items: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let items: Vec<T> = items.collect();
    (!items.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests;
