//! Looking at networks, and removing those that nobody is in.

use std::collections::HashMap;

use domain::{Action, Error, EventKind, Filters, NetworkId, NetworkMember, Result};
use ports::{NetworkView, PruneReport};

use super::network_event;
use crate::core::Core;
use crate::events::event;
use crate::filters::{Patterns, until};

/// Lists networks, the oldest first (moby `daemon/network/filter.go`).
pub(super) fn list(core: &Core, filters: &Filters) -> Result<Vec<NetworkView>> {
    filters.allow(&["dangling", "driver", "id", "label", "name", "scope", "type"])?;
    let dangling = dangling(filters)?;
    if let Some(kind) = filters.values("type").find(|kind| !matches!(*kind, "builtin" | "custom")) {
        return Err(Error::Invalid(format!("invalid filter: 'type'='{kind}'")));
    }
    let (names, ids) = (Patterns::new(filters, "name"), Patterns::new(filters, "id"));
    let mut memberships = memberships(core);
    let mut views = Vec::new();
    for network in core.networks.all() {
        let members = memberships.remove(&network.id).unwrap_or_default();
        let unused = !network.is_predefined() && members.is_empty();
        let kind = if network.is_predefined() { "builtin" } else { "custom" };
        let wanted = filters.any("driver", |driver| driver == network.driver)
            && filters.any("scope", |scope| scope == network.scope)
            && filters.any("type", |wanted| wanted == kind)
            && names.accept(&network.name)
            && ids.accept(network.id.as_str())
            && filters.labels_match(&network.labels)
            && dangling.is_none_or(|dangling| dangling == unused);
        if wanted {
            views.push(NetworkView { network, members });
        }
    }
    Ok(views)
}

/// The one value of `dangling`, with the texts that only the list of networks has.
fn dangling(filters: &Filters) -> Result<Option<bool>> {
    let mut values = filters.values("dangling");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Error::Invalid("got more than one value for filter key \"dangling\"".to_owned())),
        (Some("true" | "1"), None) => Ok(Some(true)),
        (Some("false" | "0"), None) => Ok(Some(false)),
        (Some(_), None) => {
            Err(Error::Invalid("invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")".to_owned()))
        }
    }
}

/// The running containers in each network, by name.
pub(super) fn memberships(core: &Core) -> HashMap<NetworkId, Vec<NetworkMember>> {
    let mut result: HashMap<NetworkId, Vec<NetworkMember>> = HashMap::new();
    for entry in core.containers.all() {
        let container = entry.container();
        for endpoint in container.endpoints.values().filter(|endpoint| !endpoint.id.is_empty()) {
            let Some(network) = &endpoint.network else { continue };
            let member = NetworkMember { container: container.id.clone(), name: container.name.to_string(), endpoint: endpoint.clone() };
            result.entry(network.clone()).or_default().push(member);
        }
    }
    for members in result.values_mut() {
        members.sort_by(|a, b| a.name.cmp(&b.name));
    }
    result
}

/// Removes the networks that no running container is in.
pub(super) fn prune(core: &Core, filters: &Filters) -> Result<PruneReport> {
    filters.allow(&["label", "label!", "until"])?;
    let until = until(filters, core.now())?;
    let used = memberships(core);
    let mut report = PruneReport::default();
    for network in core.networks.all() {
        let doomed = !network.is_predefined()
            && !used.contains_key(&network.id)
            && until.is_none_or(|until| network.created <= until)
            && filters.labels_match(&network.labels);
        if doomed && core.networks.take(&network.id) {
            core.events.publish(network_event(&network, Action::Destroy, core.now(), None));
            report.removed.push(network.name);
        }
    }
    core.events.publish(event(EventKind::Network, Action::Prune, "", core.now(), &[("reclaimed", "0")]));
    Ok(report)
}
