//! Challenges, and who is shown what.

use ports::Kind;
use wiremock::matchers::header;

use super::*;

const TOKEN: &str = "/token";

/// A registry that wants a token, which `realm` gives.
async fn bearer(server: &MockServer, realm: &str, token: &str) {
    let found = ResponseTemplate::new(200).set_body_string("found");
    Mock::given(path(MANIFEST)).and(header("authorization", format!("Bearer {token}"))).respond_with(found).mount(server).await;
    answer(server, MANIFEST, challenge(realm)).await;
}

fn challenge(realm: &str) -> ResponseTemplate {
    let line = format!("Bearer realm=\"{realm}\",service=\"the registry\",scope=\"repository:evil:push\"");
    ResponseTemplate::new(401).append_header("www-authenticate", "Basic realm=\"x\"").append_header("www-authenticate", line.as_str())
}

fn token(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text)
}

#[tokio::test]
async fn a_token_is_asked_for_once() {
    let server = MockServer::start().await;
    bearer(&server, &format!("{}/token?keep=this", server.uri()), "abc").await;
    answer(&server, TOKEN, token(r#"{"token":"abc","expires_in":300}"#)).await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    for _ in 0..2 {
        assert_eq!(&pull(&transport, &registry, None).await.unwrap().body[..], b"found");
    }
    assert_eq!(authorizations(&server, TOKEN).await, [None]);
    let asked = server.received_requests().await.unwrap().into_iter().find(|request| request.url.path() == TOKEN).unwrap();
    let query: Vec<_> = asked.url.query_pairs().into_owned().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query, [pair("keep", "this"), pair("service", "the registry"), pair("scope", "repository:library/redis:pull")]);
    let abc = Some("Bearer abc".to_owned());
    assert_eq!(authorizations(&server, MANIFEST).await, [None, abc.clone(), abc]);
}

#[tokio::test]
async fn what_lives_shortly_is_not_kept() {
    for (lives, asked) in [("1", 2), ("10", 2), ("300", 1), ("\"soon\"", 1), ("-5", 1), ("1e99", 1), ("null", 1)] {
        let server = MockServer::start().await;
        bearer(&server, &format!("{}/token", server.uri()), "abc").await;
        answer(&server, TOKEN, token(&format!(r#"{{"access_token":"abc","token":"","expires_in":{lives}}}"#))).await;
        let (transport, registry) = (transport(), endpoint(&server.uri()));
        for _ in 0..2 {
            pull(&transport, &registry, None).await.unwrap();
        }
        assert_eq!(authorizations(&server, TOKEN).await.len(), asked, "{lives}");
    }
}

#[tokio::test]
async fn a_token_that_opens_nothing_any_more_is_renewed() {
    let server = MockServer::start().await;
    let realm = format!("{}/token", server.uri());
    Mock::given(path(TOKEN)).respond_with(token(r#"{"token":"old"}"#)).up_to_n_times(1).mount(&server).await;
    answer(&server, TOKEN, token(r#"{"token":"new"}"#)).await;
    let old = Mock::given(path(MANIFEST)).and(header("authorization", "Bearer old")).respond_with(token("found"));
    old.up_to_n_times(1).mount(&server).await;
    bearer(&server, &realm, "new").await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    for _ in 0..3 {
        pull(&transport, &registry, None).await.unwrap();
    }
    let sent = authorizations(&server, MANIFEST).await;
    let sent: Vec<&str> = sent.iter().map(|value| value.as_deref().unwrap_or("-")).collect();
    assert_eq!(sent, ["-", "Bearer old", "Bearer old", "Bearer new", "Bearer new"]);
}

#[tokio::test]
async fn one_who_is_never_satisfied_is_left() {
    let server = MockServer::start().await;
    bearer(&server, &format!("{}/token", server.uri()), "never").await;
    answer(&server, TOKEN, token(r#"{"token":"abc","expires_in":300}"#)).await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    for round in 1..3 {
        let error = pull(&transport, &registry, Some(&ann())).await.unwrap_err();
        assert_eq!((error.kind, error.context.as_str()), (Kind::Unauthorized, "unauthorized: authentication required"));
        assert_eq!(authorizations(&server, MANIFEST).await.len(), 2 * round);
        assert_eq!(authorizations(&server, TOKEN).await.len(), round);
    }
}

#[tokio::test]
async fn credentials_are_not_shown_elsewhere() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    bearer(&server, &format!("{}/token?x=y", at(&other, "tokens.evil.example")), "abc").await;
    answer(&other, TOKEN, token(r#"{"token":"abc"}"#)).await;
    let registry = named(&server, "registry.corp.example");
    let error = pull(&transport(), &registry, Some(&ann())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    for part in ["tokens.evil.example", "registry.token-hosts", "registry.corp.example"] {
        assert!(error.context.contains(part), "{error}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
    // Nor does the registry get them in another way.
    assert_eq!(authorizations(&server, MANIFEST).await, [None]);

    // Nothing is at stake without.
    pull(&transport(), &registry, None).await.unwrap();
    assert_eq!(authorizations(&other, TOKEN).await, [None]);

    // The operator knows better.
    let settings = RegistrySettings { token_hosts: vec!["tokens.evil.example".to_owned()], ..settings() };
    pull(&Transport::new(settings).unwrap(), &registry, Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&other, TOKEN).await, [None, Some(ANN.to_owned())]);
}

#[tokio::test]
async fn siblings_are_shown_credentials() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    bearer(&server, &format!("{}/token", at(&other, "auth.corp.example")), "abc").await;
    answer(&other, TOKEN, token(r#"{"token":"abc"}"#)).await;
    pull(&transport(), &named(&server, "registry.corp.example"), Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&other, TOKEN).await, [Some(ANN.to_owned())]);
    assert_eq!(authorizations(&server, MANIFEST).await, [None, Some("Bearer abc".to_owned())]);
}

#[tokio::test]
async fn realms_that_send_on_do_not_send_credentials_on() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    bearer(&server, &format!("{}/token", server.uri()), "abc").await;
    let on = format!("{}/token", at(&other, "evil.example"));
    answer(&server, TOKEN, ResponseTemplate::new(302).insert_header("location", on.as_str())).await;
    answer(&other, TOKEN, token(r#"{"token":"abc"}"#)).await;
    pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&server, TOKEN).await, [Some(ANN.to_owned())]);
    assert_eq!(authorizations(&other, TOKEN).await, [None]);
}

#[tokio::test]
async fn realms_do_not_bring_credentials_of_their_own() {
    let server = MockServer::start().await;
    bearer(&server, &format!("http://bob:pw@127.0.0.1:{}/token#x", server.address().port()), "abc").await;
    answer(&server, TOKEN, token(r#"{"token":"abc"}"#)).await;
    pull(&transport(), &endpoint(&server.uri()), None).await.unwrap();
    pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap();
    assert_eq!(authorizations(&server, TOKEN).await, [None, Some(ANN.to_owned())]);
}

#[tokio::test]
async fn who_has_other_credentials_has_another_token() {
    let server = MockServer::start().await;
    let found = ResponseTemplate::new(200).set_body_string("found");
    Mock::given(path(MANIFEST)).and(header("authorization", "Bearer hers")).respond_with(found).mount(&server).await;
    answer(&server, MANIFEST, challenge(&format!("{}/token", server.uri()))).await;
    Mock::given(path(TOKEN)).and(header("authorization", ANN)).respond_with(token(r#"{"token":"hers"}"#)).mount(&server).await;
    answer(&server, TOKEN, token(r#"{"token":"anybodys"}"#)).await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    pull(&transport, &registry, Some(&ann())).await.unwrap();
    assert_eq!(pull(&transport, &registry, None).await.unwrap_err().kind, Kind::Unauthorized);
    let bob = Credentials::Password { username: "bob".to_owned(), password: "hunter2".to_owned() };
    assert_eq!(pull(&transport, &registry, Some(&bob)).await.unwrap_err().kind, Kind::Unauthorized);
    pull(&transport, &registry, Some(&ann())).await.unwrap();
}

#[tokio::test]
async fn a_token_of_the_client_is_sent_as_it_is() {
    let server = MockServer::start().await;
    bearer(&server, &format!("{}/token", server.uri()), "given").await;
    let given = Credentials::Token("given".to_owned());
    pull(&transport(), &endpoint(&server.uri()), Some(&given)).await.unwrap();
    assert_eq!(authorizations(&server, TOKEN).await.len(), 0);
    let broken = Credentials::Token("a\r\nX: y".to_owned());
    let error = pull(&transport(), &endpoint(&server.uri()), Some(&broken)).await.unwrap_err();
    assert!(!error.context.contains("X: y"), "{error}");
}

#[tokio::test]
async fn basic_is_answered() {
    let server = MockServer::start().await;
    Mock::given(path(MANIFEST)).and(header("authorization", ANN)).respond_with(token("found")).mount(&server).await;
    answer(&server, MANIFEST, ResponseTemplate::new(401).insert_header("www-authenticate", "basic realm=\"x\"")).await;
    let (transport, registry) = (transport(), endpoint(&server.uri()));
    for _ in 0..2 {
        pull(&transport, &registry, Some(&ann())).await.unwrap();
    }
    assert_eq!(authorizations(&server, MANIFEST).await, [None, Some(ANN.to_owned()), Some(ANN.to_owned())]);

    let error = pull(&transport, &registry, None).await.unwrap_err();
    assert_eq!(error.context, format!("Get \"{}{MANIFEST}\": no basic auth credentials", server.uri()));
    assert_eq!(error.kind, Kind::Unauthorized);

    server.reset().await;
    answer(&server, MANIFEST, ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\"")).await;
    let error = pull(&transport, &registry, Some(&ann())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(authorizations(&server, MANIFEST).await.len(), 2);
}

#[tokio::test]
async fn mirrors_see_their_own_credentials_only() {
    let server = MockServer::start().await;
    answer(&server, MANIFEST, ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\"")).await;
    let mirror = Endpoint { mirror: true, ..endpoint(&server.uri()) };
    assert_eq!(pull(&transport(), &mirror, Some(&ann())).await.unwrap_err().kind, Kind::Unauthorized);
    assert_eq!(authorizations(&server, MANIFEST).await, [None]);
    let bob = Credentials::Password { username: "bob".to_owned(), password: "pw".to_owned() };
    let own = Endpoint { credentials: Some(bob), ..mirror };
    assert_eq!(pull(&transport(), &own, Some(&ann())).await.unwrap_err().kind, Kind::Unauthorized);
    assert_eq!(authorizations(&server, MANIFEST).await, [None, None, Some("Basic Ym9iOnB3".to_owned())]);
}

#[tokio::test]
async fn answers_that_are_no_token_are_nonsense() {
    for (answers, says) in [
        ("<html>", "the answer is no token"),
        ("{}", "authorization server did not include a token in the response"),
        (r#"{"token":""}"#, "authorization server did not include a token in the response"),
        (r#"{"token":{"a":1}}"#, "the answer is no token"),
        (r#"{"token":"a\r\nX: secret"}"#, "the token cannot be sent: it has characters that no token has"),
    ] {
        let server = MockServer::start().await;
        bearer(&server, &format!("{}/token", server.uri()), "abc").await;
        answer(&server, TOKEN, token(answers)).await;
        let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Internal);
        assert!(error.context.ends_with(says) && !error.context.contains("secret"), "{error}");
    }
    let server = MockServer::start().await;
    bearer(&server, &format!("{}/token", server.uri()), "abc").await;
    answer(&server, TOKEN, token(&" ".repeat((256 << 10) + 1))).await;
    let error = pull(&transport(), &endpoint(&server.uri()), None).await.unwrap_err();
    assert!(error.context.ends_with("the answer is longer than 262144 bytes"), "{error}");
}

#[tokio::test]
async fn realms_that_are_no_address_are_refused() {
    for realm in ["", "/token", "ftp://x.example/", "file:///etc/passwd", "http://"] {
        let server = MockServer::start().await;
        bearer(&server, realm, "abc").await;
        let error = pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unauthorized, "{realm}");
        assert_eq!(authorizations(&server, MANIFEST).await, [None], "{realm}");
    }
}

#[tokio::test]
async fn what_was_sent_is_not_repeated() {
    let server = MockServer::start().await;
    answer(&server, MANIFEST, challenge(&format!("{}/token", server.uri()))).await;
    let echo = r#"{"errors":[{"code":"DENIED","message":"you said YW5uOmh1bnRlcjI="}]}"#;
    answer(&server, TOKEN, ResponseTemplate::new(401).set_body_string(echo)).await;
    let error = pull(&transport(), &endpoint(&server.uri()), Some(&ann())).await.unwrap_err();
    assert_eq!(authorizations(&server, TOKEN).await, [Some(ANN.to_owned())]);
    assert_eq!(error.context, "denied: you said (hidden)");
}
