//! What it costs to know an image.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::sleep;

use crate::context::Context;
use crate::docker::Docker;
use crate::http::{Address, Connection};
use crate::options::Options;
use crate::process;
use crate::registry::{IMAGE_SIZE, Registry};
use crate::report::{Report, Row};
use crate::samples::{Samples, timed};
use crate::settings::Settings;

/// How many seconds the first look at an image may take, and any later one.
const COLD: f64 = 0.050;
const WARM: f64 = 0.001;

/// The most memory in MiB that is used after the first registry with TLS was asked.
const IDLE: f64 = 25.0;

/// How many ask at once.
const CROWD: usize = 50;

/// How many requests it takes to know one image: its index, its manifest and its configuration.
const ONE_LOOK: f64 = 3.0;

/// Asks for images.
///
/// # Errors
/// An answer is wrong.
pub(crate) async fn run(context: &Context, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let registry = Registry::plain().await?;
    looks(context, &format!("http://{}", registry.address()), made_up(options.amount(50, 10)), "a registry of this bench", report).await?;
    if let Some(address) = options.registry() {
        let url = format!("http://{address}");
        looks(context, &url, tagged(&address).await?, "the cluster's registry", report).await?;
    }
    crowd(context, report).await?;
    large(context, report).await?;
    encrypted(context, report).await
}

/// Names of images that nobody has asked for yet.
fn made_up(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("bench/image-{number}:1")).collect()
}

/// One name of each official image that a registry has.
async fn tagged(address: &str) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(&Address::Tcp(address.parse().context("the registry's address is no IP and port")?)).await?;
    let catalogue = connection.call("GET", "/v2/_catalog?n=100", None).await?.expect(&[200])?.json()?;
    let mut names = Vec::new();
    for repository in catalogue["repositories"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
        .filter(|name| name.starts_with("library/"))
    {
        let tags = connection.call("GET", &format!("/v2/{repository}/tags/list"), None).await?.json()?;
        names.extend(tags["tags"][0].as_str().map(|tag| format!("{repository}:{tag}")));
    }
    Ok(names)
}

/// The first look at each image, and a later one. To look at an image for the first time is to pull it.
async fn looks(context: &Context, url: &str, names: Vec<String>, which: &str, report: &mut Report) -> anyhow::Result<()> {
    ensure!(!names.is_empty(), "there are no images");
    let settings = Settings::mirror(url, None)?;
    let server = context.with_images(&settings.file()).await?;
    let (mut cold, mut warm) = (Samples::default(), Samples::default());
    let mut connection = server.unix().connect().await?;
    for name in &names {
        let inspect = format!("/images/{name}/json");
        let (time, ()) = timed(async {
            connection.call("POST", &format!("/images/create?fromImage={name}"), None).await?.expect(&[200])?;
            connection.call("GET", &inspect, None).await?.expect(&[200])?;
            Ok(())
        })
        .await?;
        cold.push_time(time);
        warm.push_time(timed(connection.call("GET", &inspect, None)).await?.0);
    }
    report.add(Row::new("images", format!("pull and inspect, cold, {which}, median"), "s", cold.median()).at_most(COLD, "50 ms"));
    report.add(Row::new("images", format!("pull and inspect, cold, {which}, slowest"), "s", cold.max()).at_most(COLD, "50 ms"));
    report.add(Row::new("images", format!("inspect, warm, {which}, slowest"), "s", warm.max()).at_most(WARM, "1 ms"));
    server.stop().await
}

/// Many who want one image at the same time, as a pull and as a container.
async fn crowd(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let registry = Registry::plain().await?;
    let settings = Settings::mirror(&format!("http://{}", registry.address()), None)?;
    let server = context.with_images(&settings.file()).await?;
    let docker = server.unix();
    try_join_all((0..CROWD).map(|_| post(docker, "/images/create?fromImage=bench/crowd&tag=1", None, 200))).await?;
    let pulls = registry.requests();
    let body = json!({"Image": "bench/crowd:1"});
    try_join_all((0..CROWD).map(|_| post(docker, "/containers/create", Some(&body), 201))).await?;
    let containers = registry.requests() - pulls;
    let unknown = json!({"Image": "bench/nobody-pulled:1"});
    try_join_all((0..CROWD).map(|_| post(docker, "/containers/create", Some(&unknown), 404))).await?;
    let missing = registry.requests() - pulls - containers;
    for (what, requests, bound) in [
        ("pulls of one image", pulls, ONE_LOOK),
        ("creates of a pulled image", containers, 0.0),
        ("creates of one not pulled", missing, ONE_LOOK),
    ] {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let requests = requests as f64;
        report.add(
            Row::new("images", format!("requests to the registry for {CROWD} {what} at once"), "", requests)
                .at_most(bound, format!("{bound}")),
        );
    }
    server.stop().await
}

/// An image that is too large to be downloaded by accident.
async fn large(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let registry = Registry::plain().await?;
    let settings = Settings::mirror(&format!("http://{}", registry.address()), None)?;
    let server = context.with_images(&settings.file()).await?;
    let docker = server.unix();
    post(docker, "/images/create?fromImage=bench/first&tag=1", None, 200).await?;
    let (before, sent) = (process::resident(server.pid())?, registry.bytes());
    process::forget_peak(server.pid())?;
    post(docker, "/images/create?fromImage=bench/large&tag=1", None, 200).await?;
    let image = docker.connect().await?.call("GET", "/images/bench/large:1/json", None).await?.expect(&[200])?.json()?;
    ensure!(image["Size"].as_u64().is_some_and(|size| size >= IMAGE_SIZE), "the image is not large: {}", image["Size"]);
    let growth = process::peak(server.pid())? - before;
    report.add(Row::new("images", "growth of memory while a 10 GiB image is pulled", "MiB", growth).at_most(1.0, "constant"));
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let sent = (registry.bytes() - sent) as f64;
    report.add(Row::new("images", "sent by its registry meanwhile", "bytes", sent).at_most(65_536.0, "no layer"));
    server.stop().await
}

/// What remains of the first use of TLS.
async fn encrypted(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    // Certificates of this machine itself are not checked, as in Docker; those of its address in the network are.
    let registry = Registry::tls(context.cluster()?.own_address()?).await?;
    let settings = Settings::mirror(&format!("https://{}", registry.address()), registry.certificate())?;
    let server = context.on_cluster_with(&settings.file()).await?;
    sleep(Duration::from_secs(2)).await;
    report.add(Row::new("images", "idle memory (RSS) before a registry was asked", "MiB", process::resident(server.pid())?));
    post(server.unix(), "/images/create?fromImage=bench/encrypted&tag=1", None, 200).await?;
    sleep(Duration::from_secs(2)).await;
    let idle = process::resident(server.pid())?;
    report.add(Row::new("images", "idle memory (RSS) after one with TLS was asked", "MiB", idle).at_most(IDLE, "25 MiB"));
    server.stop().await
}

async fn post(docker: &Docker, path: &str, body: Option<&serde_json::Value>, expected: u16) -> anyhow::Result<()> {
    docker.connect().await?.call("POST", path, body).await?.expect(&[expected])?;
    Ok(())
}
