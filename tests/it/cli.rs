//! The command line from outside: what it prints, where, and what it exits with.

mod images;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::docker::Docker;
use crate::support::http::{Address, call};
use crate::support::server::{Server, binary, free_address};
use crate::support::wait;

/// A run that ended by itself.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs kubedock to its end, which must come at once.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = binary();
    command.args(arguments).envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let status = wait::until("kubedock ends", || child.try_wait().expect("it can be waited for"));
    assert_eq!(status.signal(), None);
    let output = child.wait_with_output().expect("its output");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended { code: status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The one line with which a run is refused.
fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let ended = run(arguments, variables);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}: {}", ended.stderr);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [line] = lines[..] else { panic!("not one line: {}", ended.stderr) };
    line.strip_prefix("kubedock: ").expect("the program's name").to_owned()
}

#[test]
fn help_version_and_completion_succeed() {
    let alone = run(&[], &[]);
    assert_eq!((alone.code, alone.stderr.as_str()), (Some(0), ""));
    assert_eq!(alone.stdout, run(&["help"], &[]).stdout);
    assert_eq!(run(&["version"], &[]).stdout, concat!("kubedock ", env!("CARGO_PKG_VERSION"), "\n"));
    let completion = run(&["completion", "bash"], &[]);
    assert_eq!(completion.code, Some(0));
    assert!(completion.stdout.contains("complete -F"));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = binary().args(["completion", "bash"]).stdout(Stdio::piped()).spawn().expect("the binary starts");
    drop(child.stdout.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn wrong_arguments_and_settings_are_one_line() {
    assert_eq!(refusal(&["serve"], &[]), "unrecognized subcommand 'serve'; tip: a similar subcommand exists: 'server'; see kubedock help");
    assert!(refusal(&["server", "--bogus"], &[]).starts_with("unexpected argument '--bogus' found"));
    assert!(refusal(&["server", "-t", "soon"], &[]).starts_with("--timeout: "));
    assert!(refusal(&["server"], &[("TIME_OUT", "60")]).starts_with("environment variable TIME_OUT: "));
    assert_eq!(
        refusal(&["server", "--pull-policy", "sometimes"], &[]),
        "--pull-policy: \"sometimes\" is not a pull policy: never, always or ifnotpresent"
    );
    assert!(refusal(&["server"], &[("KUBEDOCK_INSPECTOR", "perhaps")]).starts_with("environment variable KUBEDOCK_INSPECTOR: "));
    assert!(refusal(&["server"], &[("IMAGE_PULL_SECRETS", "a,B")]).starts_with("environment variable IMAGE_PULL_SECRETS: \"B\" "));
    assert_eq!(refusal(&["server", "--config", "/nowhere.yaml"], &[]), "/nowhere.yaml: No such file or directory (os error 2)");
}

#[test]
fn without_a_cluster_it_names_the_other_backend() {
    let address = free_address().to_string();
    for arguments in [&["server", "--listen-addr", &address][..], &["server", "--listen-addr", &address, "--kubeconfig", "/nowhere"]] {
        let line = refusal(arguments, &[]);
        assert!(line.contains("--backend memory"), "{line}");
    }
}

#[test]
fn a_taken_port_is_refused_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let line = refusal(&["server", "--backend", "memory", "--listen-addr", &address], &[]);
    assert_eq!(line, format!("cannot listen on {address}: Address already in use (os error 98)"));
}

#[test]
fn an_address_that_is_not_ours_is_refused_at_once() {
    for address in ["192.0.2.1:2475", "nowhere.invalid:2475", "2475:", "::1:2475"] {
        let line = refusal(&["server", "--backend", "memory", "--listen-addr", address], &[]);
        assert!(line.contains(address), "{line}");
    }
}

#[test]
fn a_path_that_is_not_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, live) = (folder.path().join("file"), folder.path().join("live"));
    fs::write(&file, "precious").expect("a file");
    let _listener = UnixListener::bind(&live).expect("a socket");
    for path in [&file, &live] {
        let path = path.to_str().expect("a path");
        let line = refusal(&["server", "--backend", "memory", "--listen-addr", "127.0.0.1:0", "--unix-socket", path], &[]);
        assert!(line.starts_with(&format!("cannot listen on {path}: ")), "{line}");
    }
    assert_eq!(fs::read_to_string(&file).expect("the file"), "precious");
    assert!(live.exists());
}

#[test]
fn a_socket_left_behind_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stale");
    drop(UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists());
    let mut server = binary()
        .args(["server", "--backend", "memory", "--listen-addr", "127.0.0.1:0", "--unix-socket"])
        .arg(&path)
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    wait::until("the socket answers", || std::os::unix::net::UnixStream::connect(&path).ok());
    server.kill().expect("it ends");
    server.wait().expect("it ends");
}

#[test]
fn each_signal_ends_the_server_with_its_code() {
    for (name, code) in [("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        let mut server = Server::memory();
        server.signal(name);
        let status = wait::until("the server ends", || server.ended());
        assert_eq!(status.code(), Some(code), "{name}");
        assert!(!server.socket_path().exists(), "the socket stays behind after {name}");
    }
}

#[test]
fn a_session_may_end_while_the_server_drains() {
    let mut server = Server::memory();
    let docker = Docker::unix(&server);
    let client = std::thread::spawn(move || docker.run(&["run", "--rm", "alpine", "sh", "-c", "echo begin; sleep 1; echo end; exit 3"]));
    wait::until("the container runs", || Docker::unix(&server).ok(&["ps", "-q"]).lines().next().map(str::to_owned));
    server.signal("TERM");
    let ran = client.join().expect("the client ends");
    assert_eq!((ran.stdout.as_str(), ran.code), ("begin\nend\n", Some(3)), "{}", ran.stderr);
    assert_eq!(wait::until("the server ends", || server.ended()).code(), Some(143));
}

#[test]
fn further_signals_end_the_wait_for_sessions() {
    let mut server = Server::memory();
    let docker = Docker::unix(&server);
    let client = std::thread::spawn(move || docker.run(&["run", "alpine", "sleep", "600"]));
    wait::until("the container runs", || Docker::unix(&server).ok(&["ps", "-q"]).lines().next().map(str::to_owned));
    let begin = Instant::now();
    server.signal("TERM");
    wait::until("the server stops", || server.log().contains("stopping").then_some(()));
    server.signal("INT");
    assert_eq!(wait::until("the server ends", || server.ended()).code(), Some(143), "the first signal counts");
    assert!(begin.elapsed() < Duration::from_secs(4), "it waited for the session: {:?}", begin.elapsed());
    client.join().expect("the client ends");
}

#[test]
fn the_log_is_json_if_asked() {
    let arguments = ["server", "--log-format", "json", "--backend", "memory", "--listen-addr", "127.0.0.1:0"];
    let mut server = binary().args(arguments).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let log = BufReader::new(server.stderr.take().expect("a pipe"));
    let mut events = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(&line.expect("text")).expect("JSON"));
    let listening = events.find(|event| event["message"] == "listening").expect("the line");
    let address = listening["address"].as_str().expect("an address").parse().expect("an address");
    let answer = call(&Address::Tcp(address), "GET", "/_ping", None).expect("an answer");
    assert_eq!((answer.head.status, answer.body.as_slice()), (200, &b"OK"[..]));
    server.kill().expect("it ends");
    server.wait().expect("it ends");
}

#[test]
fn the_readme_lists_every_flag_and_variable() {
    let help = run(&["help", "server"], &[]).stdout;
    let readme = fs::read_to_string("README.md").expect("the README");
    let words = |text: &str, begin: &str| -> BTreeSet<String> {
        let pieces = text.split(begin).skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).next());
        pieces.flatten().filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let flags = words(&help, " --");
    assert!(flags.len() > 8, "{flags:?}");
    for flag in flags.iter().filter(|flag| *flag != "help") {
        let begins = [format!("| `--{flag} "), format!("| `--{flag}`")];
        assert!(readme.lines().any(|line| begins.iter().any(|begin| line.starts_with(begin))), "no line for --{flag}");
    }
    for variable in words(&help, "[env: ") {
        assert!(readme.contains(&format!("`{variable}`")), "{variable}");
    }
}
