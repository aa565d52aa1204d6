//! What the settings say about images.

use super::*;

/// As the README shows it.
const MIRRORS: &str = r#"
[[registry.mirrors]]            # tried in order, then the registry itself
registry = "docker.io"          # "*" = every registry
url = "http://127.0.0.1:5000"   # plain HTTP because it says so
[registry]
insecure = ["registry.local:5000"]
ca-files = ["/dev/null"]
"#;

fn toml(content: &str) -> Result<Settings, String> {
    load("--config {file}", &[], Some(("a.toml", content)))
}

fn wrong(content: &str) -> String {
    refusal("--config {file}", &[], Some(("a.toml", content)))
}

fn mirror(registry: &str, url: &str) -> Mirror {
    Mirror { registry: registry.to_owned(), url: url.to_owned() }
}

#[test]
fn mirrors_may_stand_before_their_section() {
    let registry = toml(MIRRORS).expect("settings").registry;
    assert_eq!(registry.mirrors, [mirror("docker.io", "http://127.0.0.1:5000")]);
    assert_eq!(registry.insecure, ["registry.local:5000"]);
    assert_eq!(registry.ca_files, [PathBuf::from("/dev/null")]);
    let yaml = "
registry:
  mirrors: [{registry: docker.io, url: 'http://127.0.0.1:5000'}]
  insecure: ['registry.local:5000']
  ca-files: [/dev/null]
";
    assert_eq!(load("--config {file}", &[], Some(("a.yaml", yaml))).expect("settings").registry, registry);
}

#[test]
fn registries_are_named_as_images_name_them() {
    let registry = toml(
        r#"
[registry]
inspector = false
mirrors = [{registry = "*", url = "https://ann:pass@mirror.example.com/docker/"}, {registry = "https://index.docker.io/", url = "http://[::1]:5000"}]
insecure = ["index.docker.io", "http://registry.local/"]
token-hosts = ["auth.example.com"]
connect-timeout = "1s"
read-timeout = "2s"
timeout = "3s"
tag-life = "4s"
"#,
    );
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let expected = Registry {
        inspector: Some(false),
        mirrors: vec![mirror("*", "https://ann:pass@mirror.example.com/docker/"), mirror("docker.io", "http://[::1]:5000")],
        insecure: vec!["docker.io".to_owned(), "registry.local".to_owned()],
        ca_files: Vec::new(),
        token_hosts: vec!["auth.example.com".to_owned()],
        connect_timeout: seconds(1),
        read_timeout: seconds(2),
        timeout: seconds(3),
        tag_life: seconds(4),
    };
    assert_eq!(registry.expect("settings").registry, expected);
}

#[test]
fn wrong_registries_are_named_with_their_place() {
    let address = "it must be an address such as https://mirror.example.com or http://127.0.0.1:5000/path";
    for url in ["", "mirror.example.com", "ftp://ann:pass@x", "https://", "https:///x", "http://:5000", "http://a b", "http://x/?y"] {
        let content =
            format!("[[registry.mirrors]]\nregistry = \"*\"\nurl = \"http://x\"\n[[registry.mirrors]]\nregistry = \"*\"\nurl = \"{url}\"");
        assert_eq!(wrong(&content), format!("{{file}}: registry.mirrors.1.url: {address}"), "{url}");
    }
    let mirror = |registry: &str| wrong(&format!("[[registry.mirrors]]\nregistry = \"{registry}\"\nurl = \"http://x\""));
    assert_eq!(mirror(""), "{file}: registry.mirrors.0.registry: \"\" is not a host such as quay.io or localhost:5000");
    assert_eq!(mirror("quay.io/x"), "{file}: registry.mirrors.0.registry: \"quay.io/x\" is not a host such as quay.io or localhost:5000");
    assert_eq!(wrong("[[registry.mirrors]]\nregistry = \"*\""), "{file}: registry.mirrors.0: missing field `url`");
    assert_eq!(
        wrong("[[registry.mirrors]]\nregistry = \"*\"\nurl = \"http://x\"\ncapabilities = 1"),
        "{file}: registry.mirrors.0.capabilities: unknown key; the known ones are registry, url"
    );
    assert_eq!(wrong("registry.insecure = [\"*\"]"), "{file}: registry.insecure: \"*\" is not a host such as quay.io or localhost:5000");
    assert_eq!(wrong("registry.ca-files = [\"/nowhere\"]"), "{file}: registry.ca-files: /nowhere: No such file or directory (os error 2)");
    assert_eq!(
        wrong("registry.tag-life = \"soon\""),
        "{file}: registry.tag-life: \"soon\" is not a duration such as 90s or 1h30m: expected number at 0"
    );
    assert!(wrong("registry.bogus = 1").starts_with("{file}: registry.bogus: unknown key; the known ones are inspector, mirrors, "));
}

#[test]
fn the_inspector_is_asked_for_in_every_layer() {
    let inspector = |flags: &str, variable: &str, file: &str| {
        let settings = load(&format!("--config {{file}} {flags}"), &[("KUBEDOCK_INSPECTOR", variable)], Some(("a.toml", file)));
        settings.map(|settings| settings.registry.inspector)
    };
    assert_eq!(inspector("", "", ""), Ok(None));
    assert_eq!(inspector("", "", "registry.inspector = true"), Ok(Some(true)));
    assert_eq!(inspector("", "false", "registry.inspector = true"), Ok(Some(false)));
    assert_eq!(inspector("-i", "false", ""), Ok(Some(true)));
    assert_eq!(inspector("--inspector=false", "true", ""), Ok(Some(false)));
    assert_eq!(inspector("", "perhaps", ""), Err("environment variable KUBEDOCK_INSPECTOR: it must be true or false".to_owned()));
    assert_eq!(inspector("-i=perhaps", "", ""), Err("--inspector: it must be true or false".to_owned()));
    assert_eq!(inspector("", "", "registry.inspector = 7"), Err("{file}: registry.inspector: it must be true or false".to_owned()));
}

#[test]
fn the_nodes_are_told_how_to_pull() {
    let variables = [("PULL_POLICY", "Always"), ("IMAGE_PULL_SECRETS", "a, b.c ,,d-1"), ("SERVICE_ACCOUNT", "runner")];
    let kubernetes = load("", &variables, None).expect("settings").kubernetes;
    assert_eq!(kubernetes.pull_policy, PullPolicy::Always);
    assert_eq!(kubernetes.image_pull_secrets, ["a", "b.c", "d-1"]);
    assert_eq!(kubernetes.service_account.as_deref(), Some("runner"));
    let flags = load("--pull-policy never --image-pull-secrets x --service-account y", &variables, None).expect("settings").kubernetes;
    assert_eq!((flags.pull_policy, flags.image_pull_secrets), (PullPolicy::Never, vec!["x".to_owned()]));
    assert_eq!(flags.service_account.as_deref(), Some("y"));
    for list in ["[\"a\", \"b\"]", "\"a, b\""] {
        let settings = toml(&format!("kubernetes.image-pull-secrets = {list}")).expect("settings");
        assert_eq!(settings.kubernetes.image_pull_secrets, ["a", "b"], "{list}");
    }
}

#[test]
fn wrong_ways_to_pull_are_named() {
    assert_eq!(
        refusal("--pull-policy sometimes", &[], None),
        "--pull-policy: \"sometimes\" is not a pull policy: never, always or ifnotpresent"
    );
    assert!(refusal("", &[("PULL_POLICY", "x")], None).starts_with("environment variable PULL_POLICY: "));
    assert_eq!(refusal("--image-pull-secrets a,B", &[], None), "--image-pull-secrets: \"B\" is not the name of a secret");
    assert_eq!(
        wrong("kubernetes.image-pull-secrets = [\"a/b\"]"),
        "{file}: kubernetes.image-pull-secrets: \"a/b\" is not the name of a secret"
    );
    assert_eq!(
        wrong("kubernetes.image-pull-secrets = 7"),
        "{file}: kubernetes.image-pull-secrets: invalid type: found signed int `7`, expected names of secrets: a list, or a text with commas \
         between them"
    );
}
