//! How often a registry is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_registry::RegistryImages;
use domain::Platform;
use futures_util::future::join_all;
use ports::{ImageCatalog, Kind};
use tokio::task::JoinSet;
use wiremock::ResponseTemplate;

use crate::made_up::{MadeUp, slow};
use crate::push::{CONFIG, config, digest, manifest};
use crate::support::{mirrored, password, reference, refusal, resolve, settings};

/// A registry that takes its time for the manifest of `t:1`.
async fn slow_registry() -> MadeUp {
    let registry = MadeUp::start().await;
    let config = config("x", "linux", "amd64").to_string();
    registry.answer("t/manifests/1", slow(&manifest(config.as_bytes()))).await;
    registry.content(&format!("t/blobs/{}", digest(config.as_bytes())), CONFIG, config.clone()).await;
    registry
}

#[tokio::test]
async fn fifty_at_once_are_one_round_trip() {
    let registry = slow_registry().await;
    let images = mirrored(&[]);
    let name = registry.name("t:1");
    let all = join_all((0..50).map(|_| resolve(&images, &name))).await;
    assert!(all.iter().all(|one| one.as_ref().unwrap().id == all[0].as_ref().unwrap().id));
    assert_eq!((registry.asked("t/manifests").await, registry.asked("t/blobs").await), (1, 1));
    // By another platform or other credentials it may be another image.
    let arm = Platform::parse("linux/arm64").unwrap();
    images.resolve(&reference(&name), &arm, None).await.unwrap();
    images.resolve(&reference(&name), &arm, Some(&password("ann", "secret"))).await.unwrap();
    assert_eq!(registry.asked("t/manifests").await, 3);
}

#[tokio::test]
async fn fifty_at_once_share_a_failure() {
    let registry = MadeUp::start().await;
    registry.answer("t/manifests/1", ResponseTemplate::new(404).set_delay(Duration::from_millis(100))).await;
    let images = mirrored(&[]);
    let name = registry.name("t:1");
    let all = join_all((0..50).map(|_| refusal(&images, &name))).await;
    assert!(all.iter().all(|(kind, text)| *kind == Kind::NotFound && *text == all[0].1));
    assert_eq!(registry.asked("t/").await, 1);
    // It may be there a moment later.
    refusal(&images, &name).await;
    assert_eq!(registry.asked("t/").await, 2);
}

#[tokio::test]
async fn the_first_may_go_away() {
    let registry = slow_registry().await;
    let images = Arc::new(mirrored(&[]));
    let name = registry.name("t:1");
    let ask = |images: Arc<RegistryImages>, name: String| async move { resolve(&images, &name).await.is_ok() };
    let mut first = JoinSet::from_iter([ask(images.clone(), name.clone())]);
    tokio::time::sleep(Duration::from_millis(30)).await;
    let others: JoinSet<bool> = (0..10).map(|_| ask(images.clone(), name.clone())).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    first.abort_all();
    let answers = tokio::time::timeout(Duration::from_secs(10), others.join_all()).await.unwrap();
    assert_eq!(answers, [true; 10]);
    assert!(registry.asked("t/manifests").await <= 2);
}

#[tokio::test]
async fn a_tag_that_means_the_same_costs_one_request() {
    let registry = slow_registry().await;
    let mut settings = settings(&[]);
    settings.tag_life = Duration::from_millis(100);
    let images = RegistryImages::new(settings).unwrap();
    let name = registry.name("t:1");
    let image = resolve(&images, &name).await.unwrap();
    assert_eq!(registry.asked("t/").await, 2);
    assert_eq!(resolve(&images, &name).await.unwrap(), image);
    assert_eq!(registry.asked("t/").await, 2);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(resolve(&images, &name).await.unwrap(), image);
    assert_eq!(registry.asked("t/").await, 3);
    // A digest means the same for ever.
    let pinned = registry.name(&format!("t@{}", image.digest().unwrap()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(resolve(&images, &pinned).await.unwrap(), image);
    assert_eq!(registry.asked("t/").await, 3);
}

#[tokio::test]
async fn layers_are_never_read() {
    let registry = MadeUp::start().await;
    let config = config("x", "linux", "amd64").to_string();
    let mut manifest = manifest(config.as_bytes());
    manifest["layers"][0]["size"] = serde_json::json!(10_u64 << 30);
    registry.manifest("t", "1", &manifest).await;
    registry.content(&format!("t/blobs/{}", digest(config.as_bytes())), CONFIG, config.clone()).await;
    let image = resolve(&mirrored(&[]), &registry.name("t:1")).await.unwrap();
    assert_eq!(image.size, (10 << 30) + config.len() as u64);
    assert_eq!(image.history.iter().map(|step| step.size).collect::<Vec<_>>(), [10 << 30]);
    assert_eq!(registry.asked("t/").await, 2);
}

/// Nobody listens on port 1.
#[tokio::test]
async fn an_outage_is_remembered_for_a_moment() {
    let images = mirrored(&[]);
    let (kind, text) = refusal(&images, "127.0.0.1:1/t:1").await;
    assert!(kind == Kind::Unavailable && text.contains("connection refused"), "{kind:?} {text}");
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(refusal(&images, "127.0.0.1:1/t:1").await, (kind, text.clone()));
    }
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}
