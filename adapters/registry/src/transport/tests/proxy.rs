//! Proxies of the environment, which is another process's so that other tests keep theirs.

use ports::Kind;

use super::*;

/// What the other process is to ask, and whether it is to be found.
const ASK: &str = "KUBEDOCK_TEST_PROXIED";

async fn run(proxy: &MockServer, url: &str, variables: &[(&str, &str)]) {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "transport::tests::proxy::in_another_process", "--ignored"]).env(ASK, url);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("HTTP_PROXY", proxy.uri()).env("HTTPS_PROXY", proxy.uri()).envs(variables.iter().copied());
    let output = tokio::time::timeout(Duration::from_secs(30), command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn proxies_are_used_but_not_for_this_machine() {
    let proxy = MockServer::start().await;
    answer(&proxy, MANIFEST, ResponseTemplate::new(200).set_body_string("found")).await;
    // No such host is known but to the proxy.
    run(&proxy, "found http://registry.nowhere", &[]).await;
    assert_eq!(authorizations(&proxy, MANIFEST).await.len(), 1);

    let registry = MockServer::start().await;
    answer(&registry, MANIFEST, ResponseTemplate::new(200).set_body_string("found")).await;
    run(&proxy, &format!("found {}", registry.uri()), &[]).await;
    run(&proxy, &format!("found {}", at(&registry, "registry.example")), &[("NO_PROXY", ".example")]).await;
    assert_eq!(authorizations(&registry, MANIFEST).await.len(), 2);
    assert_eq!(authorizations(&proxy, MANIFEST).await.len(), 1);

    // This one does not connect anywhere.
    run(&proxy, "missing https://registry.nowhere", &[]).await;
    let tunnels = proxy.received_requests().await.unwrap();
    assert!(tunnels.iter().any(|request| request.method.as_str() == "CONNECT"), "{tunnels:?}");
}

#[tokio::test]
#[ignore = "run by proxies_are_used_but_not_for_this_machine with another environment"]
#[expect(clippy::disallowed_methods, reason = "it is what the test is told")]
async fn in_another_process() {
    // Somebody who runs ignored tests has nothing to ask.
    let Ok(asked) = std::env::var(ASK) else { return };
    let (expected, url) = asked.split_once(' ').unwrap();
    match pull(&transport(), &endpoint(url), None).await {
        Ok(fetched) => assert_eq!((expected, &fetched.body[..]), ("found", &b"found"[..])),
        Err(error) => assert_eq!((expected, error.kind), ("missing", Kind::Unavailable), "{error}"),
    }
}
