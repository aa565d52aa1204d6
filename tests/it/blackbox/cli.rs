//! The docker command line, on the in-memory backend and, where `KUBEDOCK_TEST_KUBECONFIG` names a cluster, on that.

use std::io::Read;

use crate::support::docker::{Docker, Ran};
use crate::support::server::Server;
use crate::support::wait;

/// Makes a test of each case on the in-memory backend, and one test that plays all of them at once on a cluster.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(#[test]
            fn $case() {
                let server = crate::support::server::Server::memory();
                super::$case(&crate::support::docker::Docker::unix(&server));
            })+
        }

        const CASES: &[(&str, fn(&Docker))] = &[$((stringify!($case), $case)),+];
    };
}

cases! {
    run_pulls_what_is_missing,
    run_keeps_the_streams_apart,
    run_reads_input_to_its_end,
    run_ends_with_the_exit_code,
    run_of_a_missing_program_ends_with_127,
    run_of_a_directory_ends_with_126,
    run_in_a_terminal,
    run_with_rm_leaves_nothing,
    run_detached_prints_the_id,
    logs_follow_to_the_end,
    logs_show_a_part,
    attach_reads_what_is_printed_from_then_on,
    exec_prints_and_ends_with_the_exit_code,
    exec_reads_input_to_its_end,
    exec_in_a_terminal,
    wait_prints_the_exit_code,
    stop_lets_the_process_say_goodbye,
    kill_ends_it_or_sends_a_signal,
    restart_runs_it_again,
    rename_and_remove,
    ps_filters,
    inspect_shows_what_was_asked_for,
    events_tell_what_happened,
    networks_are_made_and_removed,
    volumes_are_made_and_removed,
    images_are_shown,
    the_server_introduces_itself,
}

#[test]
fn on_a_cluster() {
    let Some(server) = Server::cluster("cli") else { return };
    let docker = Docker::tcp(&server);
    std::thread::scope(|scope| {
        let threads: Vec<_> = CASES.iter().map(|(name, case)| (name, scope.spawn(|| case(&docker)))).collect();
        let failed: Vec<_> = threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect();
        assert!(failed.is_empty(), "on the cluster: {failed:?}");
    });
}

fn run_pulls_what_is_missing(docker: &Docker) {
    let ran = docker.run(&["run", "--rm", "busybox", "echo", "hello"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("hello\n", Some(0)), "{}", ran.stderr);
}

fn run_keeps_the_streams_apart(docker: &Docker) {
    let ran = docker.run(&["run", "--rm", "alpine", "sh", "-c", "echo out; echo err >&2; exit 3"]);
    assert_eq!(ran, Ran { stdout: "out\n".to_owned(), stderr: "err\n".to_owned(), code: Some(3) });
}

fn run_reads_input_to_its_end(docker: &Docker) {
    let ran = docker.run_with_input(&["run", "-i", "--rm", "alpine", "cat"], b"one\ntwo");
    assert_eq!(ran, Ran { stdout: "one\ntwo".to_owned(), stderr: String::new(), code: Some(0) });
}

fn run_ends_with_the_exit_code(docker: &Docker) {
    for (command, code) in [("true", 0), ("false", 1)] {
        assert_eq!(docker.run(&["run", "--rm", "alpine", command]).code, Some(code), "{command}");
    }
}

fn run_of_a_missing_program_ends_with_127(docker: &Docker) {
    let ran = docker.run(&["run", "--rm", "alpine", "/nonsense"]);
    assert_eq!(ran.code, Some(127), "{ran:?}");
    assert!(ran.stderr.contains("/nonsense"), "{ran:?}");
}

fn run_of_a_directory_ends_with_126(docker: &Docker) {
    let ran = docker.run(&["run", "--rm", "alpine", "/etc"]);
    assert_eq!(ran.code, Some(126), "{ran:?}");
}

fn run_in_a_terminal(docker: &Docker) {
    let ran = docker.run_in_terminal(&["run", "-t", "--rm", "alpine", "sh", "-c", "echo out; echo err >&2; exit 5"], b"");
    assert_eq!(ran.code, Some(5), "{ran:?}");
    // `script` has a terminal of its own, which adds a carriage return.
    assert!(ran.stdout.replace('\r', "").contains("out\nerr\n"), "{ran:?}");
}

fn run_with_rm_leaves_nothing(docker: &Docker) {
    docker.ok(&["run", "--rm", "--name", "leaves-nothing", "alpine", "true"]);
    wait::until_equal("the list", &String::new(), || docker.ok(&["ps", "-aq", "--filter", "name=leaves-nothing"]));
}

fn run_detached_prints_the_id(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "--name", "detached", "alpine", "sleep", "600"]);
    assert_eq!(id, docker.ok(&["inspect", "-f", "{{.Id}}", "detached"]));
    assert_eq!(docker.ok(&["inspect", "-f", "{{.State.Running}} {{.Name}}", &id[..12]]), "true /detached");
    docker.ok(&["rm", "-f", "detached"]);
}

fn logs_follow_to_the_end(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", "echo one; sleep 0.5; echo two >&2; sleep 0.5; echo three"]);
    let ran = docker.run(&["logs", "-f", &id]);
    assert_eq!(ran, Ran { stdout: "one\nthree\n".to_owned(), stderr: "two\n".to_owned(), code: Some(0) });
}

fn logs_show_a_part(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", "echo one; echo two; echo three"]);
    docker.ok(&["wait", &id]);
    assert_eq!(docker.ok(&["logs", "--tail", "1", &id]), "three");
    assert_eq!(docker.ok(&["logs", "--since", "1h", &id]), "one\ntwo\nthree");
    assert_eq!(docker.ok(&["logs", "--until", "1h", &id]), "");
    let line = docker.ok(&["logs", "-t", "--tail", "1", &id]);
    let (time, text) = line.split_once(' ').unwrap();
    assert!(time.ends_with('Z') && text == "three", "{line}");
}

fn attach_reads_what_is_printed_from_then_on(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", "while true; do echo again; sleep 0.2; done"]);
    let mut session = docker.spawn(&["attach", "--no-stdin", &id]);
    let mut line = [0; 6];
    session.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"again\n");
    docker.ok(&["kill", &id]);
    assert_eq!(session.wait().unwrap().code(), Some(137));
}

fn exec_prints_and_ends_with_the_exit_code(docker: &Docker) {
    docker.ok(&["run", "-d", "--name", "executes", "alpine", "sleep", "600"]);
    let ran = docker.run(&["exec", "executes", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(ran, Ran { stdout: "out\n".to_owned(), stderr: "err\n".to_owned(), code: Some(7) });
    assert_eq!(docker.run(&["exec", "executes", "/nonsense"]).code, Some(127));
    assert_eq!(docker.ok(&["exec", "-d", "executes", "sleep", "600"]), "");
    docker.ok(&["rm", "-f", "executes"]);
    assert_ne!(docker.run(&["exec", "executes", "true"]).code, Some(0));
}

fn exec_reads_input_to_its_end(docker: &Docker) {
    docker.ok(&["run", "-d", "--name", "reads", "alpine", "sleep", "600"]);
    let input = "a line of text\n".repeat(20_000);
    let ran = docker.run_with_input(&["exec", "-i", "reads", "cat"], input.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout == input, "{} bytes came back of {}", ran.stdout.len(), input.len());
    docker.ok(&["rm", "-f", "reads"]);
}

fn exec_in_a_terminal(docker: &Docker) {
    docker.ok(&["run", "-d", "--name", "terminal", "alpine", "sleep", "600"]);
    let ran = docker.run_in_terminal(&["exec", "-t", "terminal", "sh", "-c", "echo hi; exit 6"], b"");
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(ran.stdout.contains("hi\r"), "{ran:?}");
    docker.ok(&["rm", "-f", "terminal"]);
}

fn wait_prints_the_exit_code(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", "sleep 0.3; exit 9"]);
    assert_eq!(docker.ok(&["wait", &id]), "9");
    assert_eq!(docker.ok(&["wait", &id]), "9");
}

fn stop_lets_the_process_say_goodbye(docker: &Docker) {
    let script = "trap 'echo goodbye; exit 0' TERM; echo ready; while true; do sleep 0.1; done";
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", script]);
    wait::until_equal("the log", &"ready".to_owned(), || docker.ok(&["logs", &id]));
    docker.ok(&["stop", &id]);
    assert_eq!(docker.ok(&["logs", &id]), "ready\ngoodbye");
    assert_eq!(docker.ok(&["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", &id]), "exited 0");
}

fn kill_ends_it_or_sends_a_signal(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sleep", "600"]);
    docker.ok(&["kill", &id]);
    assert_eq!(docker.ok(&["wait", &id]), "137");
    let ran = docker.run(&["kill", &id]);
    assert!(ran.code == Some(1) && ran.stderr.contains("is not running"), "{ran:?}");
}

fn restart_runs_it_again(docker: &Docker) {
    let id = docker.ok(&["run", "-d", "alpine", "sh", "-c", "echo started; sleep 600"]);
    let begun = docker.ok(&["inspect", "-f", "{{.State.StartedAt}}", &id]);
    docker.ok(&["restart", "-t", "0", &id]);
    assert_eq!(docker.ok(&["inspect", "-f", "{{.State.Running}}", &id]), "true");
    assert_ne!(docker.ok(&["inspect", "-f", "{{.State.StartedAt}}", &id]), begun);
    docker.ok(&["rm", "-f", &id]);
}

fn rename_and_remove(docker: &Docker) {
    let id = docker.ok(&["create", "--name", "before", "alpine", "true"]);
    docker.ok(&["rename", "before", "after"]);
    assert_eq!(docker.ok(&["ps", "-a", "--no-trunc", "--filter", "name=after", "--format", "{{.ID}} {{.Names}}"]), format!("{id} after"));
    assert_eq!(docker.ok(&["rm", "after"]), "after");
    let ran = docker.run(&["inspect", "after"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("No such object: after"), "{ran:?}");
}

fn ps_filters(docker: &Docker) {
    docker.ok(&["run", "-d", "--name", "filter-up", "--label", "case=filter", "--label", "tier=web", "alpine", "sleep", "600"]);
    docker.ok(&["create", "--name", "filter-new", "--label", "case=filter", "alpine", "true"]);
    let list = |filters: &[&str]| {
        let mut arguments = vec!["ps", "-a", "--format", "{{.Names}}", "--filter", "label=case=filter"];
        arguments.extend(filters.iter().flat_map(|filter| ["--filter", *filter]));
        docker.ok(&arguments)
    };
    assert_eq!(list(&[]), "filter-new\nfilter-up");
    assert_eq!(list(&["label=tier"]), "filter-up");
    assert_eq!(list(&["status=created"]), "filter-new");
    assert_eq!(list(&["name=^/filter-u"]), "filter-up");
    assert_eq!(list(&["before=filter-new"]), "filter-up");
    assert_eq!(
        docker.ok(&["ps", "--format", "{{.Names}} {{.State}} {{.Image}} {{.Command}}", "--filter", "label=case=filter"]),
        "filter-up running alpine \"sleep 600\""
    );
    docker.ok(&["rm", "-f", "filter-up", "filter-new"]);
}

fn inspect_shows_what_was_asked_for(docker: &Docker) {
    let arguments =
        ["create", "--name", "shown", "-e", "A=1", "-w", "/tmp", "-u", "1000", "--entrypoint", "/bin/echo", "-p", "8080:80", "-m", "64m"];
    docker.ok(&[&arguments[..], &["--label", "a=b", "--restart", "on-failure:3", "--stop-timeout", "2", "alpine", "x", "y"]].concat());
    let show = |format: &str| docker.ok(&["inspect", "-f", format, "shown"]);
    assert_eq!(
        show("{{.Path}} {{.Args}} {{.Config.User}} {{.Config.WorkingDir}} {{.Config.Labels}}"),
        "/bin/echo [x y] 1000 /tmp map[a:b]"
    );
    assert_eq!(show("{{index .Config.Env 0}} {{.Config.StopTimeout}} {{.HostConfig.Memory}}"), "A=1 2 67108864");
    assert_eq!(show("{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}"), "on-failure:3");
    assert_eq!(show("{{json .HostConfig.PortBindings}}"), r#"{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}"#);
    docker.ok(&["rm", "shown"]);
}

fn events_tell_what_happened(docker: &Docker) {
    // A listener from before, and the history afterwards.
    let mut listener = docker.spawn(&["events", "--filter", "container=told", "--format", "{{.Action}}"]);
    wait::until("the listener listens", || (docker.ok(&["info", "-f", "{{json .NEventsListener}}"]) != "0").then_some(()));
    docker.ok(&["run", "-d", "--name", "told", "alpine", "sleep", "600"]);
    docker.ok(&["kill", "told"]);
    docker.ok(&["wait", "told"]);
    docker.ok(&["rm", "told"]);
    let wanted = "create\nstart\nkill\ndie\ndestroy";
    let filters = ["--filter", "container=told", "--format", "{{.Action}}"];
    wait::until_equal("the history", &wanted.to_owned(), || {
        docker.ok(&[&["events", "--since", "10m", "--until", "0s"], &filters[..]].concat())
    });
    let mut live = vec![0; wanted.len()];
    listener.stdout.take().unwrap().read_exact(&mut live).unwrap();
    listener.kill().unwrap();
    listener.wait().unwrap();
    assert_eq!(String::from_utf8_lossy(&live), wanted);
}

fn networks_are_made_and_removed(docker: &Docker) {
    let id = docker.ok(&["network", "create", "--label", "a=b", "cli-net"]);
    assert_eq!(docker.ok(&["network", "ls", "--no-trunc", "-q", "--filter", "name=cli-net"]), id);
    docker.ok(&["create", "--name", "in-net", "--network", "cli-net", "alpine", "true"]);
    assert_eq!(docker.ok(&["inspect", "-f", "{{.HostConfig.NetworkMode}}", "in-net"]), "cli-net");
    docker.ok(&["rm", "in-net"]);
    docker.ok(&["network", "rm", "cli-net"]);
    assert_eq!(docker.ok(&["network", "ls", "-q", "--filter", "name=cli-net"]), "");
}

fn volumes_are_made_and_removed(docker: &Docker) {
    assert_eq!(docker.ok(&["volume", "create", "--label", "a=b", "cli-volume"]), "cli-volume");
    assert_eq!(docker.ok(&["volume", "inspect", "-f", "{{.Labels}}", "cli-volume"]), "map[a:b]");
    docker.ok(&["volume", "rm", "cli-volume"]);
    assert_ne!(docker.run(&["volume", "inspect", "cli-volume"]).code, Some(0));
}

fn images_are_shown(docker: &Docker) {
    docker.ok(&["pull", "-q", "alpine"]);
    let id = docker.ok(&["image", "inspect", "-f", "{{.Id}}", "alpine"]);
    assert!(id.starts_with("sha256:"), "{id}");
    docker.ok(&["tag", "alpine", "cli-image:1"]);
    assert_eq!(docker.ok(&["images", "--no-trunc", "-q", "cli-image"]), id);
    docker.ok(&["rmi", "cli-image:1"]);
    assert_eq!(docker.ok(&["images", "-q", "cli-image"]), "");
}

fn the_server_introduces_itself(docker: &Docker) {
    assert_eq!(docker.ok(&["version", "-f", "{{.Server.Os}}"]), "linux");
    let ran = docker.run(&["info"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Server Version:"), "{ran:?}");
}
