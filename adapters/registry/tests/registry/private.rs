//! Registries that want to know who asks.

use adapter_registry::RegistryImages;
use domain::{Credentials, Platform};
use ports::{ImageCatalog, Kind};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::push::{Repository, config};
use crate::server::{ANN, Access, Server};
use crate::support::{password, reference, settings};

/// What comes of asking for a private image with these credentials: its command, or why not.
async fn ask(images: &RegistryImages, name: &str, credentials: Option<&Credentials>) -> Result<String, (Kind, String)> {
    let found = images.resolve(&reference(name), &Platform::linux("x86_64"), credentials).await;
    let cmd = |image: &domain::Image| image.config.as_ref().unwrap().cmd.as_ref().unwrap().join(" ");
    found.map(|image| cmd(&image)).map_err(|error| (error.kind, error.context))
}

fn kind(asked: Result<String, (Kind, String)>) -> Kind {
    asked.unwrap_err().0
}

/// An image that only `ann` may see, behind TLS.
async fn with_password() -> Option<Server> {
    let server = Server::start(Access::Password).await?;
    let repository = Repository::new(&format!("https://127.0.0.1:{}", server.port), "private/app", ANN);
    repository.image("1", &config("hidden", "linux", "amd64")).await;
    Some(server)
}

#[tokio::test]
async fn a_password_opens_what_it_opens() {
    let Some(server) = with_password().await else { return };
    let images = RegistryImages::new(settings(&[])).unwrap();
    let registry = format!("127.0.0.1:{}", server.port);
    let name = format!("{registry}/private/app:1");
    let (right, wrong) = (password("ann", "secret"), password("ann", "nosuch"));
    assert_eq!(kind(ask(&images, &name, None).await), Kind::Unauthorized);
    assert_eq!(kind(ask(&images, &name, Some(&wrong)).await), Kind::Unauthorized);
    assert_eq!(ask(&images, &name, Some(&right)).await, Ok("hidden".to_owned()));
    // What is known to one is not told to others.
    assert_eq!(kind(ask(&images, &name, None).await), Kind::Unauthorized);
    assert_eq!(kind(ask(&images, &name, Some(&wrong)).await), Kind::Unauthorized);
    assert_eq!(images.distribution(&reference(&name), None).await.unwrap_err().kind, Kind::Unauthorized);
    assert!(images.distribution(&reference(&name), Some(&right)).await.is_ok());
    assert!(images.login(&registry, &right).await.is_ok());
    assert_eq!(images.login(&registry, &wrong).await.unwrap_err().kind, Kind::Unauthorized);
    assert_eq!(kind(ask(&images, &format!("{registry}/private/nosuch:1"), Some(&right)).await), Kind::NotFound);
}

/// 0.0.0.0 leads to this machine as well, but is not known to be it, so certificates are checked.
#[tokio::test]
async fn certificates_are_checked_with_those_of_the_settings() {
    let Some(server) = with_password().await else { return };
    let registry = format!("0.0.0.0:{}", server.port);
    let name = format!("{registry}/private/app:1");
    let right = password("ann", "secret");
    let trusting = |change: &dyn Fn(&mut adapter_registry::RegistrySettings)| {
        let mut settings = settings(&[]);
        change(&mut settings);
        RegistryImages::new(settings).unwrap()
    };
    let nobody = trusting(&|_| ());
    let (kind, text) = ask(&nobody, &name, Some(&right)).await.unwrap_err();
    assert_eq!(kind, Kind::Unavailable, "{text}");
    assert!(text.contains("certificate"), "{text}");
    let authority = trusting(&|settings| settings.ca_files = vec![server.authority()]);
    assert_eq!(ask(&authority, &name, Some(&right)).await, Ok("hidden".to_owned()));
    let insecure = trusting(&|settings| settings.insecure = vec![registry.clone()]);
    assert_eq!(ask(&insecure, &name, Some(&right)).await, Ok("hidden".to_owned()));
}

#[tokio::test]
async fn a_token_is_fetched_for_the_password() {
    let tokens = MockServer::start().await;
    let token = include_str!("token/token.jwt");
    let answer = |token: &str| ResponseTemplate::new(200).set_body_json(serde_json::json!({"token": token}));
    let given = Mock::given(method("GET")).and(path("/token")).and(header("Authorization", ANN));
    given.respond_with(answer(token)).mount(&tokens).await;
    let refused = ResponseTemplate::new(401).set_body_string("{\"details\":\"incorrect username or password\"}");
    Mock::given(method("GET")).and(path("/token")).respond_with(refused).with_priority(9).mount(&tokens).await;
    let Some(server) = Server::start(Access::Token(tokens.address().port())).await else { return };
    let repository = Repository::new(&format!("http://127.0.0.1:{}", server.port), "private/app", &format!("Bearer {token}"));
    repository.image("1", &config("hidden", "linux", "amd64")).await;

    let images = RegistryImages::new(settings(&[])).unwrap();
    let name = format!("127.0.0.1:{}/private/app:1", server.port);
    let (right, wrong) = (password("ann", "secret"), password("ann", "nosuch"));
    assert_eq!(kind(ask(&images, &name, Some(&wrong)).await), Kind::Unauthorized);
    assert_eq!(kind(ask(&images, &name, None).await), Kind::Unauthorized);
    assert_eq!(ask(&images, &name, Some(&right)).await, Ok("hidden".to_owned()));
    // A token of the registry's own is taken as it is.
    let fresh = RegistryImages::new(settings(&[])).unwrap();
    let fetched = tokens.received_requests().await.unwrap().len();
    assert_eq!(ask(&fresh, &name, Some(&Credentials::Token(token.to_owned()))).await, Ok("hidden".to_owned()));
    assert_eq!(tokens.received_requests().await.unwrap().len(), fetched);
    assert_eq!(kind(ask(&fresh, &name, Some(&Credentials::Token("x".to_owned()))).await), Kind::Unauthorized);
}
