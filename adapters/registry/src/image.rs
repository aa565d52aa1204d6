//! What an image's configuration says (Docker image specification v1.2, OCI image specification).

mod loose;

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Descriptor, Healthcheck, HistoryEntry, Image, ImageConfig, ImageId, Platform, PortSpec, Signal};
use oci_distribution::manifest::OciDescriptor;
use serde::Deserialize;
use serde_json::Value;

use crate::{digest, json};
use loose::{integer, keys, map, text, texts, time};

/// The most bytes of a configuration.
pub(crate) const LIMIT: usize = 8 << 20;

/// How many ports an image may expose: all there are, by three protocols. A short text stands for up to 65,535 of them.
const MOST_PORTS: usize = 3 << 16;

/// What is read of a configuration. Its parts are of any shape: one that cannot be used is left out, and the rest remains.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    architecture: Value,
    author: Value,
    comment: Value,
    config: Value,
    created: Value,
    docker_version: Value,
    history: Value,
    os: Value,
    rootfs: Value,
    variant: Value,
}

/// The image of a configuration and the layers that belong to it.
///
/// `descriptor` is what its name stands for, and `said` what the index says it runs on.
///
/// # Errors
/// When it is no JSON, or not an object.
pub(crate) fn image(config: &[u8], layers: &[OciDescriptor], descriptor: Descriptor, said: Platform) -> Result<Image, serde_json::Error> {
    let file: ConfigFile = json::object(config)?;
    let sizes: Vec<u64> = layers.iter().map(|layer| u64::try_from(layer.size).unwrap_or(0)).collect();
    // What it says itself counts, else what the index says of it; what neither calls anything is Linux (moby `image.OperatingSystem`).
    let mut platform = platform_of(&file).unwrap_or(said);
    if platform.os.is_empty() {
        "linux".clone_into(&mut platform.os);
    }
    let id = ImageId::parse(&digest::sha256(config)).expect("invariant: a digest is an id");
    Ok(Image {
        descriptor: Some(descriptor),
        created: time(&file.created),
        size: sizes.iter().fold(config.len() as u64, |sum, size| sum.saturating_add(*size)),
        author: text(&file.author),
        comment: text(&file.comment),
        docker_version: text(&file.docker_version),
        layers: texts(&file.rootfs["diff_ids"]).unwrap_or_default(),
        history: history(&file.history, &sizes),
        config: Some(config_of(&file.config)),
        ..Image::bare(id, platform)
    })
}

/// What a configuration says the image runs on, if it says so.
pub(crate) fn platform(config: &[u8]) -> Option<Platform> {
    json::object(config).ok().and_then(|file: ConfigFile| platform_of(&file))
}

fn platform_of(file: &ConfigFile) -> Option<Platform> {
    let platform = Platform { os: text(&file.os), architecture: text(&file.architecture), variant: text(&file.variant) };
    (!platform.os.is_empty() || !platform.architecture.is_empty()).then_some(platform)
}

fn config_of(config: &Value) -> ImageConfig {
    ImageConfig {
        user: text(&config["User"]),
        exposed_ports: ports(&config["ExposedPorts"]),
        env: texts(&config["Env"]).unwrap_or_default(),
        entrypoint: texts(&config["Entrypoint"]),
        cmd: texts(&config["Cmd"]),
        volumes: keys(&config["Volumes"]).map(str::to_owned).collect(),
        working_dir: text(&config["WorkingDir"]),
        labels: map(&config["Labels"]),
        stop_signal: stop_signal(&config["StopSignal"]),
        healthcheck: healthcheck(&config["Healthcheck"]),
        shell: texts(&config["Shell"]),
        on_build: texts(&config["OnBuild"]).unwrap_or_default(),
    }
}

fn ports(exposed: &Value) -> BTreeSet<PortSpec> {
    let mut ports = BTreeSet::new();
    let mut left = MOST_PORTS;
    for port in keys(exposed) {
        match PortSpec::parse_range(port) {
            Ok(range) if left > 0 && range.iter().all(|spec| spec.port != 0) => {
                left = left.saturating_sub(range.len());
                ports.extend(range);
            }
            _ => tracing::debug!(port, "an image exposes what is no port; left out"),
        }
    }
    ports
}

fn stop_signal(signal: &Value) -> Option<Signal> {
    let name = Some(text(signal)).filter(|name| !name.is_empty())?;
    Signal::parse(&name).inspect_err(|error| tracing::debug!(%error, "an image is stopped by what is no signal; left out")).ok()
}

/// Times are in nanoseconds. What dockerd would not take from a client is left to the defaults.
fn healthcheck(check: &Value) -> Option<Healthcheck> {
    let test = texts(&check["Test"]).filter(|test| !test.is_empty())?;
    let time = |name: &str| {
        let time = Duration::from_nanos(u64::try_from(integer(&check[name])).unwrap_or(0));
        if time < Duration::from_millis(1) { Duration::ZERO } else { time }
    };
    Some(Healthcheck {
        test,
        interval: time("Interval"),
        timeout: time("Timeout"),
        start_period: time("StartPeriod"),
        start_interval: time("StartInterval"),
        retries: u32::try_from(integer(&check["Retries"])).unwrap_or(0),
    })
}

/// The steps; those that made a layer get the sizes of the layers in their order, as far as there are any.
fn history(steps: &Value, sizes: &[u64]) -> Vec<HistoryEntry> {
    let mut sizes = sizes.iter();
    let entry = |step: &Value| HistoryEntry {
        created: time(&step["created"]),
        created_by: text(&step["created_by"]),
        comment: text(&step["comment"]),
        size: if step["empty_layer"] == true { 0 } else { sizes.next().copied().unwrap_or(0) },
    };
    steps.as_array().into_iter().flatten().map(entry).collect()
}

#[cfg(test)]
mod tests;
