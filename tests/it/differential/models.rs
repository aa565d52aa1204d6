//! Each answer has to fit the model that bollard, a strict client, has of it.

use bollard::models;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::script::Exchange;

/// Why the answer does not fit, if it does not.
pub(super) fn misfit(exchange: &Exchange, answer: &Value) -> Option<String> {
    let body = &answer["body"];
    match answer["status"].as_u64()? {
        200 | 201 => of_success(exchange, body)?,
        400.. if body.get("raw").is_none() && !body.is_string() => parse::<models::ErrorResponse>(body),
        _ => Ok(()),
    }
    .err()
}

fn of_success(exchange: &Exchange, body: &Value) -> Option<Result<(), String>> {
    let path = exchange.path.split('?').next()?.trim_start_matches('~');
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty() && !segment.starts_with("v1.")).collect();
    let check: fn(&Value) -> Result<(), String> = match (exchange.method.as_str(), &segments[..]) {
        ("GET", ["version"]) => parse::<models::SystemVersion>,
        ("GET", ["info"]) => parse::<models::SystemInfo>,
        ("GET", ["system", "df"]) => parse::<models::SystemDataUsageResponse>,
        ("GET", ["events"]) => parse_lines::<models::EventMessage>,
        ("POST", ["containers", "create"]) => parse::<models::ContainerCreateResponse>,
        ("GET", ["containers", "json"]) => parse::<Vec<models::ContainerSummary>>,
        ("POST", ["containers", "prune"]) => parse::<models::ContainerPruneResponse>,
        ("GET", ["containers", _, "json"]) => parse::<models::ContainerInspectResponse>,
        ("POST", ["containers", _, "wait"]) => parse::<models::ContainerWaitResponse>,
        ("POST", ["containers", _, "update"]) => parse::<models::ContainerUpdateResponse>,
        ("POST", ["containers", _, "exec"]) => parse::<models::IdResponse>,
        ("GET", ["exec", _, "json"]) => parse::<models::ExecInspectResponse>,
        ("GET", ["networks"]) => parse::<Vec<models::Network>>,
        ("POST", ["networks", "create"]) => parse::<models::NetworkCreateResponse>,
        ("POST", ["networks", "prune"]) => parse::<models::NetworkPruneResponse>,
        ("GET", ["networks", _]) => parse::<models::NetworkInspect>,
        ("GET", ["volumes"]) => parse::<models::VolumeListResponse>,
        ("POST", ["volumes", "create"]) | ("GET", ["volumes", _]) => parse::<models::Volume>,
        ("POST", ["volumes", "prune"]) => parse::<models::VolumePruneResponse>,
        ("GET", ["images", "json"]) => parse::<Vec<models::ImageSummary>>,
        ("POST", ["images", "create"]) => parse_lines::<models::CreateImageInfo>,
        ("POST", ["images", "prune"]) => parse::<models::ImagePruneResponse>,
        ("GET", ["images", .., "history"]) => parse::<Vec<models::ImageHistoryResponseItem>>,
        ("GET", ["distribution", .., "json"]) => parse::<models::DistributionInspect>,
        ("POST", ["auth"]) => parse::<models::AuthResponse>,
        ("GET", ["images", .., "json"]) => parse::<models::ImageInspect>,
        ("DELETE", ["images", ..]) => parse::<Vec<models::ImageDeleteResponseItem>>,
        _ => return None,
    };
    Some(check(body))
}

fn parse<T: DeserializeOwned>(body: &Value) -> Result<(), String> {
    T::deserialize(body).map(drop).map_err(|error| error.to_string())
}

/// Several objects in a row, of which the player makes a list; none at all is text.
fn parse_lines<T: DeserializeOwned>(body: &Value) -> Result<(), String> {
    match body {
        Value::Array(lines) => lines.iter().try_for_each(parse::<T>),
        Value::String(_) => Ok(()),
        line => parse::<T>(line),
    }
}
