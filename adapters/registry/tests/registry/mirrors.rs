//! In which order mirrors and registries are asked.

use std::time::{Duration, Instant};

use domain::Platform;
use ports::{ImageCatalog, Kind};
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::made_up::MadeUp;
use crate::support::{mirrored, password, reference, refusal, resolve};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

async fn cmd(mirrors: &[&str], name: &str) -> String {
    let image = resolve(&mirrored(mirrors), name).await.unwrap();
    image.config.as_ref().unwrap().cmd.as_ref().unwrap().join(" ")
}

#[tokio::test]
async fn mirrors_are_asked_in_order_and_the_registry_last() {
    let (first, second, own) = (MadeUp::start().await, MadeUp::start().await, MadeUp::start().await);
    first.image("t", "all", "first").await;
    second.image("t", "all", "second").await;
    own.image("t", "all", "own").await;
    second.image("t", "two", "second").await;
    own.image("t", "two", "own").await;
    own.image("t", "one", "own").await;
    let (one, two) = (first.url(), second.url());
    for (mirrors, tag, expected) in [
        (&[&*one, &two][..], "all", "first"),
        (&[&two, &one], "all", "second"),
        (&[&one, &two], "two", "second"),
        (&[&one, &two], "one", "own"),
        (&[], "all", "own"),
        (&[NOBODY], "one", "own"),
        (&[NOBODY, &one], "all", "first"),
    ] {
        assert_eq!(cmd(mirrors, &own.name(&format!("t:{tag}"))).await, expected, "{tag} {mirrors:?}");
    }
}

#[tokio::test]
async fn a_mirror_that_fails_is_passed_over() {
    let (mirror, own) = (MadeUp::start().await, MadeUp::start().await);
    mirror.answer("t/manifests/401", ResponseTemplate::new(401)).await;
    mirror.answer("t/manifests/403", ResponseTemplate::new(403)).await;
    mirror.answer("t/manifests/501", ResponseTemplate::new(501)).await;
    mirror.content("t/manifests/html", "text/html", "<html>").await;
    for tag in ["401", "403", "501", "html"] {
        own.image("t", tag, tag).await;
        assert_eq!(cmd(&[&mirror.url()], &own.name(&format!("t:{tag}"))).await, tag);
    }
}

#[tokio::test]
async fn what_counts_if_nobody_has_it() {
    let (mirror, own) = (MadeUp::start().await, MadeUp::start().await);
    own.answer("t/manifests/1", ResponseTemplate::new(401)).await;
    let images = mirrored(&[&mirror.url()]);
    assert_eq!(refusal(&images, &own.name("t:1")).await.0, Kind::Unauthorized);
    assert_eq!(refusal(&images, &own.name("t:2")).await.0, Kind::NotFound);
    // The registry itself cannot be asked, but somebody who stands in for it says that there is no such image.
    let (kind, text) = refusal(&images, "127.0.0.1:1/t:1").await;
    assert!(kind == Kind::NotFound && text.starts_with("manifest for 127.0.0.1:1/t:1 not found: "), "{kind:?} {text}");
    assert_eq!(refusal(&mirrored(&[NOBODY]), "127.0.0.1:1/t:1").await.0, Kind::Unavailable);
}

#[tokio::test]
async fn mirrors_see_no_credentials() {
    let (mirror, own) = (MadeUp::start().await, MadeUp::start().await);
    let challenge = ResponseTemplate::new(401).insert_header("WWW-Authenticate", "Basic realm=\"x\"");
    mirror.answer("t/manifests/1", challenge.clone()).await;
    own.answer("t/manifests/1", challenge).await;
    let images = mirrored(&[&mirror.url()]);
    let credentials = password("ann", "secret");
    let asked = images.resolve(&reference(&own.name("t:1")), &Platform::linux("x86_64"), Some(&credentials)).await;
    assert_eq!(asked.unwrap_err().kind, Kind::Unauthorized);
    assert_eq!((mirror.saw_credentials().await, own.saw_credentials().await), (false, true));
}

/// Connections to it are taken, and then nothing happens.
#[tokio::test]
async fn a_silent_mirror_is_waited_for_once() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = MadeUp::start().await;
    own.image("t", "1", "own").await;
    own.image("t", "2", "own").await;
    let mut settings = crate::support::settings(&[&format!("http://{}", silent.local_addr().unwrap())]);
    settings.read_timeout = Duration::from_millis(500);
    let images = adapter_registry::RegistryImages::new(settings).unwrap();
    let begun = Instant::now();
    resolve(&images, &own.name("t:1")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(500));
    let begun = Instant::now();
    resolve(&images, &own.name("t:2")).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
}

/// However long answers may take: whoever goes on without one waits as long as a connection may take, for all places together.
#[tokio::test]
async fn nobody_waits_long_who_goes_on_without_an_answer() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap();
    let own = MadeUp::start().await;
    own.image("t", "1", "own").await;
    let mut settings = crate::support::settings(&[&format!("http://{address}")]);
    settings.read_timeout = Duration::from_secs(60);
    settings.timeout = Duration::from_secs(60);
    settings.connect_timeout = Duration::from_secs(1);
    let soon = async |name: String| {
        let (images, begun) = (adapter_registry::RegistryImages::new(settings.clone()).unwrap(), Instant::now());
        let found = images.resolve_soon(&reference(&name), &Platform::linux("x86_64"), None).await;
        (found.map_err(|error| error.kind), begun.elapsed())
    };
    let (missing, waited) = soon(format!("{address}/t:1")).await;
    assert_eq!(missing.err(), Some(Kind::Timeout));
    assert!(waited < Duration::from_millis(1500), "{waited:?}");
    let (found, waited) = soon(own.name("t:1")).await;
    assert!(found.is_ok() && waited < Duration::from_millis(1500), "{waited:?}");
}

/// It leaves the registry no less time than it has itself.
#[tokio::test]
async fn a_slow_mirror_does_not_take_all_the_time() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = MadeUp::start().await;
    own.image("t", "1", "own").await;
    let mut settings = crate::support::settings(&[&format!("http://{}", silent.local_addr().unwrap())]);
    (settings.read_timeout, settings.timeout) = (Duration::from_secs(60), Duration::from_secs(2));
    let images = adapter_registry::RegistryImages::new(settings.clone()).unwrap();
    resolve(&images, &own.name("t:1")).await.unwrap();
    // There is nobody else to ask.
    settings.mirrors.clear();
    let images = adapter_registry::RegistryImages::new(settings).unwrap();
    let begun = Instant::now();
    assert_eq!(refusal(&images, &format!("{}/t:1", silent.local_addr().unwrap())).await.0, Kind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
