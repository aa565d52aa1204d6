//! The layers together.

use std::ffi::OsString;

use super::*;
use crate::wiring::{Invocation, parse};

/// The settings that a command line, variables and a file (name and content) amount to. `{file}` stands for the file's path.
fn load(flags: &str, variables: &[(&str, &str)], file: Option<(&str, &str)>) -> Result<Settings, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(file.map_or("none", |(name, _)| name)).display().to_string();
    if let Some((_, content)) = file {
        std::fs::write(&path, content).expect("a file");
    }
    let line = format!("kubedock server {}", flags.replace("{file}", &path));
    let environment =
        Environment::read(|name| Ok(variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.replace("{file}", &path))))?;
    match parse(line.split_whitespace().map(OsString::from))? {
        Invocation::Server(flags) => {
            Settings::layered(&flags, flags.general.config.as_deref(), &environment).map_err(|reason| reason.replace(&path, "{file}"))
        }
        other => panic!("it does not serve: {other:?}"),
    }
}

fn refusal(flags: &str, variables: &[(&str, &str)], file: Option<(&str, &str)>) -> String {
    let reason = load(flags, variables, file).expect_err("it is refused");
    assert!(!reason.contains('\n'), "one line: {reason}");
    reason
}

const TOML: &str = r#"
backend = "memory"
verbosity = 3

[server]
listen-addr = ":1"
unix-socket = "/run/kubedock.sock"

[kubernetes]
namespace = "file"
timeout = "90s"
"#;

const YAML: &str = "
backend: memory
verbosity: 3
server:
  listen-addr: ':1'
  unix-socket: /run/kubedock.sock
kubernetes: {namespace: file, timeout: 90s}
";

#[test]
fn nothing_given_is_the_default() {
    let settings = load("", &[], None).expect("settings");
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.server.listen_addr.to_string(), "127.0.0.1:2475");
    assert_eq!(settings.kubernetes.timeout, Duration::from_secs(60));
}

#[test]
fn toml_and_yaml_say_the_same() {
    let toml = load("--config {file}", &[], Some(("a.toml", TOML))).expect("TOML");
    for name in ["a.yaml", "a.yml"] {
        assert_eq!(load("--config {file}", &[], Some((name, YAML))).expect("YAML"), toml);
    }
    assert_eq!(toml.backend, Backend::Memory);
    assert_eq!(toml.verbosity, 3);
    assert_eq!(toml.server.unix_socket.as_deref(), Some(Path::new("/run/kubedock.sock")));
    let kubernetes = Kubernetes { namespace: Some("file".to_owned()), timeout: Duration::from_secs(90), ..Kubernetes::default() };
    assert_eq!(toml.kubernetes, kubernetes);
}

#[test]
fn a_file_of_nothing_is_fine() {
    for (name, content) in [("a.toml", ""), ("a.yaml", ""), ("a.yaml", "# nothing\n"), ("a.toml", "# nothing\n")] {
        assert_eq!(load("--config {file}", &[], Some((name, content))), Ok(Settings::default()), "{name}: {content:?}");
    }
}

#[test]
fn a_port_may_be_a_number() {
    for (name, content) in [("a.toml", "server.listen-addr = 80"), ("a.yaml", "server: {listen-addr: 80}")] {
        let settings = load("--config {file}", &[], Some((name, content))).expect("settings");
        assert_eq!(settings.server.listen_addr.to_string(), ":80");
    }
}

#[test]
fn flags_win_over_variables_over_the_file() {
    let namespace = |flags: &str, variables: &[(&str, &str)]| {
        let settings = load(&format!("--config {{file}} {flags}"), variables, Some(("a.toml", TOML))).expect("settings");
        (settings.kubernetes.namespace.expect("a namespace"), settings.kubernetes.timeout.as_secs())
    };
    assert_eq!(namespace("", &[]), ("file".to_owned(), 90));
    assert_eq!(namespace("", &[("NAMESPACE", "variable")]), ("variable".to_owned(), 90));
    assert_eq!(namespace("", &[("NAMESPACE", ""), ("TIME_OUT", "1.5h")]), ("file".to_owned(), 5400));
    assert_eq!(namespace("-n flag", &[("NAMESPACE", "variable")]), ("flag".to_owned(), 90));
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    assert_eq!(load("", &[("KUBEDOCK_CONFIG", "{file}")], Some(("a.toml", TOML))).expect("settings").backend, Backend::Memory);
    let refused = refusal("--config nowhere.toml", &[("KUBEDOCK_CONFIG", "{file}")], Some(("a.toml", TOML)));
    assert_eq!(refused, "nowhere.toml: No such file or directory (os error 2)");
}

#[test]
fn values_of_variables_are_texts() {
    let variables = [("NAMESPACE", "123"), ("VERBOSITY", "2"), ("SERVER_LISTEN_ADDR", "80"), ("KUBEDOCK_UNIX_SOCKET", "1")];
    let settings = load("", &variables, None).expect("settings");
    assert_eq!(settings.kubernetes.namespace.as_deref(), Some("123"));
    assert_eq!(settings.verbosity, 2);
    assert_eq!(settings.server.listen_addr.to_string(), ":80");
    assert_eq!(settings.server.unix_socket.as_deref(), Some(Path::new("1")));
}

#[test]
fn more_than_the_highest_verbosity_is_fine() {
    assert_eq!(load("-v 9", &[], None).expect("settings").verbosity, 9);
}

#[test]
fn wrong_flags_are_named() {
    assert_eq!(
        refusal("--timeout soon", &[("TIME_OUT", "1m")], None),
        "--timeout: \"soon\" is not a duration such as 90s or 1h30m: expected number at 0"
    );
    assert_eq!(refusal("-t 0s", &[], None), "--timeout: \"0s\" is not a duration such as 90s or 1h30m: it must be more than nothing");
    assert_eq!(refusal("-v high", &[], None), "--verbosity: it must be a level from 0 to 5");
    assert_eq!(
        refusal("--listen-addr 1.2.3.4", &[], None),
        "--listen-addr: \"1.2.3.4\" is not an address such as 127.0.0.1:2475, [::1]:2475 or :2475: the port must be a number up to 65535"
    );
}

#[test]
fn wrong_variables_are_named() {
    assert_eq!(
        refusal("", &[("TIME_OUT", "60")], None),
        "environment variable TIME_OUT: \"60\" is not a duration such as 90s or 1h30m: time unit needed, for example 60sec or 60ms"
    );
    assert_eq!(
        refusal("", &[("KUBEDOCK_BACKEND", "docker")], None),
        "environment variable KUBEDOCK_BACKEND: \"docker\" is not one of kubernetes, memory"
    );
    assert_eq!(refusal("", &[("VERBOSITY", "-1")], None), "environment variable VERBOSITY: it must be a level from 0 to 5");
}

#[test]
fn wrong_files_are_named_with_the_key() {
    let toml = |content: &str| refusal("--config {file}", &[], Some(("a.toml", content)));
    assert_eq!(
        toml("bogus = 1"),
        "{file}: bogus: unknown key; the known ones are backend, server, kubernetes, registry, verbosity, log-format"
    );
    assert_eq!(
        toml("[kubernetes]\nqps = 1"),
        "{file}: kubernetes.qps: unknown key; the known ones are namespace, kubeconfig, pull-policy, image-pull-secrets, service-account, timeout"
    );
    assert_eq!(
        toml("[kubernetes]\nnamespace = 123"),
        "{file}: kubernetes.namespace: invalid type: found signed int `123`, expected a string"
    );
    assert_eq!(
        toml("[kubernetes]\ntimeout = 60"),
        "{file}: kubernetes.timeout: invalid type: found signed int `60`, expected a duration such as 90s or 1h30m"
    );
    assert_eq!(toml("server = 1"), "{file}: server: invalid type: found signed int `1`, expected a section");
    assert_eq!(toml("verbosity = 300"), "{file}: verbosity: it must be a level from 0 to 5");
    assert_eq!(toml("[kubernetes\n"), "{file}: TOML parse error at line 1, column 12; invalid table header; expected `.`, `]`");
    let yaml = |content: &str| refusal("--config {file}", &[], Some(("a.yaml", content)));
    assert_eq!(
        yaml("kubernetes: {qps: 1}"),
        "{file}: kubernetes.qps: unknown key; the known ones are namespace, kubeconfig, pull-policy, image-pull-secrets, service-account, timeout"
    );
    assert_eq!(yaml("- a list"), "{file}: line 1 column 1: expected mapping start");
    assert_eq!(yaml("a: [1"), "{file}: line 1 column 4: unclosed bracket '['");
    assert_eq!(yaml("kubernetes:\n"), "{file}: kubernetes: invalid type: found unit, expected a section");
    assert_eq!(refusal("--config {file}", &[], Some(("a.ini", ""))), "{file}: its name must end in .toml, .yaml or .yml");
    let hidden = refusal("--config {file} -t 1m", &[], Some(("a.toml", "kubernetes.timeout = 0")));
    assert!(hidden.starts_with("{file}: kubernetes.timeout: "), "{hidden}");
}

#[test]
fn help_names_every_variable() {
    let Ok(Invocation::Print(help)) = parse(["kubedock", "help", "server"].map(OsString::from)) else { panic!("it prints") };
    for name in Environment::names() {
        assert!(help.contains(&format!("[env: {name}]")), "{name}");
    }
}

mod images;
