//! Commands in running containers.

use domain::{ExecSpec, Run};
use kube::api::AttachParams;
use ports::{Kind, PortError, PortResult, ProcessEvent, ProcessIo, ProcessStream, WorkloadState};

use futures_util::StreamExt;

use crate::access::Access;
use crate::pump::{Plan, Purpose, session};
use crate::watch::{Tracked, Tracker};

/// The shell that sets environment and working directory, which the Kubernetes API cannot.
const SHELL: &str = "/bin/sh";

/// Changes to the first argument and runs the rest. A directory that is not there ends with the code that dockerd gives.
const SCRIPT: &str = r#"cd -- "$1" || exit 127; shift; exec "$@""#;

/// The run's pod, if its process runs.
pub(crate) fn running(tracker: &Tracker, run: &Run) -> PortResult<Tracked> {
    let id = run.container.short();
    let tracked = tracker.find(run).ok_or_else(|| PortError::new(Kind::NotFound, format!("container {id} has no pod")))?;
    match tracked.state {
        WorkloadState::Running { .. } => Ok(tracked),
        _ => Err(PortError::new(Kind::Conflict, format!("container {id} is not running"))),
    }
}

/// Runs a command in a pod.
pub(crate) async fn exec(access: &Access, pod: &str, spec: &ExecSpec, io: ProcessIo) -> PortResult<ProcessStream> {
    check(spec)?;
    let command = command(spec);
    let stdin = io.stdin.is_some();
    // The API wants at least one stream, and the end is told on the same connection.
    let stdout = spec.attach_stdout || spec.tty || !(stdin || spec.attach_stderr);
    let params = AttachParams::default().stdin(stdin).stdout(stdout).stderr(spec.attach_stderr && !spec.tty).tty(spec.tty);
    let connection = access.exec(pod, &command, params).await?;
    let plan = Plan {
        purpose: Purpose::Exec,
        stdout: spec.attach_stdout,
        stderr: spec.attach_stderr,
        size: spec.size,
        tty: spec.tty,
        end_input: true,
    };
    let events = session(connection, plan, io);
    if command.len() == spec.command.len() {
        return Ok(events);
    }
    Ok(Box::pin(events.map(|event| Ok(explain(event?)))))
}

/// Refuses what the API cannot do.
fn check(spec: &ExecSpec) -> PortResult<()> {
    if !spec.user.is_empty() {
        let context = format!("exec as user {:?}: Kubernetes runs commands as the container's own user only", spec.user);
        return Err(PortError::new(Kind::Unsupported, context));
    }
    if spec.privileged {
        return Err(PortError::new(Kind::Unsupported, "privileged exec: Kubernetes gives commands no further rights"));
    }
    Ok(())
}

/// The command, wrapped where environment or working directory are set. Nothing the client wrote is ever read as a script.
fn command(spec: &ExecSpec) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    if !spec.working_dir.is_empty() {
        words.extend([SHELL, "-c", SCRIPT, "sh", &spec.working_dir]);
    }
    if !spec.env.is_empty() {
        words.push("env");
        let (set, unset): (Vec<&String>, Vec<&String>) = spec.env.iter().partition(|entry| entry.contains('='));
        words.extend(unset.into_iter().flat_map(|name| ["-u", name]));
        words.extend(set.into_iter().map(String::as_str));
        if spec.command.first().is_some_and(|program| program.contains('=')) {
            // `env` would take the program for one more variable.
            words.extend([SHELL, "-c", r#"exec "$@""#, "sh"]);
        }
    }
    words.into_iter().map(str::to_owned).chain(spec.command.iter().cloned()).collect()
}

/// Says what the failure of a wrapped command has to do with the wrapping.
fn explain(event: ProcessEvent) -> ProcessEvent {
    match event {
        ProcessEvent::Failed { code, message } => {
            let message = format!("environment and working directory of an exec need {SHELL} and env in the image: {message}");
            ProcessEvent::Failed { code, message }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use domain::ExecSpec;
    use ports::Kind;

    use super::{check, command};

    fn spec(words: &[&str]) -> ExecSpec {
        ExecSpec { command: words.iter().map(|word| (*word).to_owned()).collect(), ..ExecSpec::default() }
    }

    /// Runs the wrapped command with the shell of this machine.
    fn run(spec: &ExecSpec) -> (Option<i32>, String) {
        let words = command(spec);
        let output = std::process::Command::new(&words[0]).args(&words[1..]).env("GONE", "1").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[test]
    fn a_plain_command_stays_as_it_is() {
        assert_eq!(command(&spec(&["ls", "-l"])), ["ls", "-l"]);
    }

    #[test]
    fn environment_and_directory_reach_the_command_as_written() {
        let script = r#"printf '%s|%s|%s|%s' "$PWD" "$A" "$GONE" "$1""#;
        let odd = "it's $HOME `x` \"q\"\n;";
        let spec = ExecSpec {
            env: vec![format!("A={odd}"), "GONE".to_owned()],
            working_dir: "/usr".to_owned(),
            ..spec(&["sh", "-c", script, "sh", odd])
        };
        assert_eq!(run(&spec), (Some(0), format!("/usr|{odd}||{odd}")));
        // Names that no shell accepts, as Java programs use them.
        let dotted = ExecSpec {
            env: vec!["with.dot=b".to_owned()],
            working_dir: "/".to_owned(),
            ..ExecSpec { command: vec!["env".to_owned()], ..ExecSpec::default() }
        };
        assert!(run(&dotted).1.contains("with.dot=b\n"));
    }

    #[test]
    fn a_directory_that_is_not_there() {
        assert_eq!(run(&ExecSpec { working_dir: "/nonexistent".to_owned(), ..spec(&["true"]) }).0, Some(127));
    }

    #[test]
    fn a_program_with_an_equals_sign() {
        let words = command(&ExecSpec { env: vec!["A=1".to_owned()], ..spec(&["./a=b", "c"]) });
        assert_eq!(words, ["env", "A=1", "/bin/sh", "-c", r#"exec "$@""#, "sh", "./a=b", "c"]);
    }

    #[test]
    fn what_the_api_cannot_do_is_refused() {
        for spec in [ExecSpec { user: "root".to_owned(), ..spec(&["id"]) }, ExecSpec { privileged: true, ..spec(&["id"]) }] {
            assert_eq!(check(&spec).unwrap_err().kind, Kind::Unsupported);
        }
    }
}
