//! Listing containers.

use std::collections::HashSet;

use domain::{Container, Error, Filters, HealthStatus, ImageId, PortSpec, Result, Status};
use ports::{ContainerFilter, ContainerView};

use crate::core::Core;
use crate::filters::Patterns;
use crate::registry::Entry;

/// What the API reference names.
const FILTERS: [&str; 15] = [
    "ancestor",
    "before",
    "expose",
    "exited",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
];

/// Lists containers, the newest first (moby `daemon/list.go`).
pub(crate) fn list(core: &Core, filter: &ContainerFilter) -> Result<Vec<ContainerView>> {
    let wanted = Wanted::new(core, filter)?;
    let limit = filter.limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let all = core.containers.all();
    let between = all
        .iter()
        .map(|entry| (entry, entry.container()))
        .skip_while(|(_, container)| wanted.before.as_ref().is_some_and(|before| *before != container.id))
        .skip(usize::from(wanted.before.is_some()))
        .take_while(|(_, container)| wanted.since.as_ref() != Some(&container.id));
    Ok(between.filter(|(_, container)| wanted.accept(container)).take(limit).map(|(entry, _)| view(core, entry)).collect())
}

/// A container as clients see it.
pub(crate) fn view(core: &Core, entry: &Entry) -> ContainerView {
    let container = entry.container();
    ContainerView {
        execs: core.execs.open(&container.id),
        image_name: core.images.display_name(&container.spec.config.image, &container.image),
        now: core.now(),
        container,
    }
}

/// Which containers are wanted: the filters, read once for all containers.
struct Wanted<'a> {
    filters: &'a Filters,
    stopped: bool,
    names: Patterns<'a>,
    ids: Patterns<'a>,
    /// Images that one of the containers' images must be; `None` is any.
    ancestors: Option<HashSet<ImageId>>,
    exited: Vec<i64>,
    exposed: Option<Vec<PortSpec>>,
    published: Option<Vec<PortSpec>>,
    /// The list begins after this one.
    before: Option<domain::ContainerId>,
    /// The list ends before this one.
    since: Option<domain::ContainerId>,
    tasks: bool,
}

impl<'a> Wanted<'a> {
    fn new(core: &Core, filter: &'a ContainerFilter) -> Result<Self> {
        let filters = &filter.filters;
        filters.allow(&FILTERS)?;
        if let Some(value) = filters.values("status").find(|value| Status::parse(value).is_none()) {
            return Err(Error::Invalid(format!("invalid filter 'status={value}'")));
        }
        if let Some(value) = filters.values("health").find(|value| !matches!(*value, "none" | "starting" | "healthy" | "unhealthy")) {
            return Err(Error::Invalid(format!("unrecognized filter value for health: {value}")));
        }
        let last = |key: &str| -> Result<Option<domain::ContainerId>> {
            filters.values(key).try_fold(None, |_, value| Ok(Some(core.containers.find(value)?.container().id.clone())))
        };
        let ancestors = filters.has("ancestor").then(|| {
            // An image that nobody knows has no containers; that is no error.
            filters.values("ancestor").filter_map(|name| core.images.find(name).ok()).map(|image| image.id.clone()).collect()
        });
        Ok(Self {
            stopped: filter.all || filter.limit.is_some_and(|limit| limit > 0) || filters.has("status"),
            names: Patterns::new(filters, "name"),
            ids: Patterns::new(filters, "id"),
            ancestors,
            exited: filters.values("exited").map(exit_code).collect::<Result<_>>()?,
            tasks: filters.flag("is-task")?.unwrap_or(false),
            before: last("before")?,
            since: last("since")?,
            published: ports(filters, "publish")?,
            exposed: ports(filters, "expose")?,
            filters,
        })
    }

    fn accept(&self, container: &Container) -> bool {
        let status = container.state.status();
        (self.stopped || status.is_running())
            // There are no tasks: nothing here belongs to a swarm.
            && !self.tasks
            && (self.names.accept(container.name.as_str()) || self.names.accept(&format!("/{}", container.name)))
            && self.ids.accept(container.id.as_str())
            && self.filters.labels_match(&container.spec.config.labels)
            && self.filters.any("status", |wanted| wanted == status.name())
            && self.filters.any("health", |wanted| wanted == health(container))
            && self.ancestors.as_ref().is_none_or(|images| images.contains(&container.image))
            && self.filters.any("network", |wanted| is_in_network(container, wanted))
            && self.filters.any("volume", |wanted| has_volume(container, wanted))
            && self.has_exited(container)
            && self.has_ports(container)
    }

    fn has_exited(&self, container: &Container) -> bool {
        let state = &container.state;
        let ended = !state.status().is_running() && state.started_at().is_some();
        self.exited.is_empty() || ended && self.exited.contains(&i64::from(state.exit_code()))
    }

    fn has_ports(&self, container: &Container) -> bool {
        let (config, host) = (&container.spec.config, &container.spec.host);
        self.published.as_ref().is_none_or(|wanted| wanted.iter().any(|port| host.port_bindings.contains_key(port)))
            && self.exposed.as_ref().is_none_or(|wanted| wanted.iter().any(|port| config.exposed_ports.contains(port)))
    }
}

fn health(container: &Container) -> &'static str {
    container.state.health().map_or("none", |health| HealthStatus::name(health.status))
}

fn is_in_network(container: &Container, wanted: &str) -> bool {
    let has_id = |endpoint: &domain::Endpoint| endpoint.network.as_ref().is_some_and(|id| id.as_str().starts_with(wanted));
    container.endpoints.contains_key(wanted) || container.endpoints.values().any(has_id)
}

fn has_volume(container: &Container, wanted: &str) -> bool {
    container.mounts.iter().any(|mount| {
        let name = if mount.name.is_empty() { &mount.source } else { &mount.name };
        mount.destination == wanted || name == wanted
    })
}

fn exit_code(text: &str) -> Result<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    text.parse().map_err(|_| {
        let why = if number { "value out of range" } else { "invalid syntax" };
        Error::Invalid(format!("invalid filter 'exited={text}': strconv.Atoi: parsing \"{text}\": {why}"))
    })
}

/// The ports of all values of `key`: `80`, `80/udp`, `8000-8010/tcp`; one with an unknown protocol is no container's. `None` without any.
fn ports(filters: &Filters, key: &str) -> Result<Option<Vec<PortSpec>>> {
    let mut ports = Vec::new();
    for text in filters.values(key) {
        if text.contains(':') {
            return Err(Error::Invalid(format!("filter for '{key}' should not contain ':': {text}")));
        }
        let numbers = text.split('/').next().unwrap_or_default();
        PortSpec::parse_range(numbers)
            .map_err(|_| Error::Invalid(format!("error while looking up for {key} {text}: {}", port_problem(numbers))))?;
        ports.extend(PortSpec::parse_range(text).into_iter().flatten());
    }
    Ok(filters.has(key).then_some(ports))
}

/// Why this is no port and no range of ports, in Go's words.
fn port_problem(text: &str) -> String {
    if text.is_empty() {
        return "Empty string specified for ports.".to_owned();
    }
    let broken = text.split('-').find(|part| part.parse::<u16>().is_err());
    match broken {
        Some(part) if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) => {
            format!("strconv.ParseUint: parsing \"{part}\": value out of range")
        }
        Some(part) => format!("strconv.ParseUint: parsing \"{part}\": invalid syntax"),
        None => format!("Invalid range specified for the Port: {text}"),
    }
}

#[cfg(test)]
mod tests;
