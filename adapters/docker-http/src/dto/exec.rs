//! Execs.

use domain::{DetachKeys, ExecSpec, ExecState, TermSize};
use serde::{Deserialize, Serialize};

use crate::dto::lenient::{List, list};
use crate::error::ApiError;
use crate::version::ApiVersion;

/// The body of `POST /containers/{id}/exec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ExecConfig {
    user: Option<String>,
    privileged: Option<bool>,
    tty: Option<bool>,
    console_size: Option<[u16; 2]>,
    attach_stdin: Option<bool>,
    attach_stdout: Option<bool>,
    attach_stderr: Option<bool>,
    detach_keys: Option<String>,
    env: List,
    working_dir: Option<String>,
    cmd: List,
}

impl ExecConfig {
    /// What the client asked to run.
    ///
    /// # Errors
    /// 400 without a command, and for an unknown key.
    pub(crate) fn into_spec(self, version: ApiVersion) -> Result<ExecSpec, ApiError> {
        let command = list(self.cmd).unwrap_or_default();
        if command.is_empty() {
            return Err(ApiError::invalid("No exec command specified"));
        }
        let keys = self.detach_keys.filter(|keys| !keys.is_empty());
        let detach_keys =
            keys.map(|keys| DetachKeys::parse(&keys).map_err(|_| ApiError::invalid(format!("Invalid escape keys ({keys}) provided"))));
        let tty = self.tty.unwrap_or_default();
        Ok(ExecSpec {
            command,
            env: list(self.env).unwrap_or_default(),
            user: self.user.unwrap_or_default(),
            working_dir: self.working_dir.unwrap_or_default(),
            tty,
            privileged: self.privileged.unwrap_or_default(),
            attach_stdin: self.attach_stdin.unwrap_or_default(),
            attach_stdout: self.attach_stdout.unwrap_or_default(),
            attach_stderr: self.attach_stderr.unwrap_or_default(),
            detach_keys: detach_keys.transpose()?,
            size: size(self.console_size, tty, version),
        })
    }
}

/// The body of `POST /exec/{id}/start`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ExecStartConfig {
    detach: Option<bool>,
    tty: Option<bool>,
    console_size: Option<[u16; 2]>,
}

impl ExecStartConfig {
    /// Whether nobody listens.
    pub(crate) fn detach(&self) -> bool {
        self.detach.unwrap_or_default()
    }

    /// Whether the client expects raw bytes, as from a terminal.
    pub(crate) fn tty(&self) -> bool {
        self.tty.unwrap_or_default()
    }

    /// The first size of the terminal.
    pub(crate) fn size(&self, version: ApiVersion) -> Option<TermSize> {
        size(self.console_size, self.tty(), version)
    }
}

/// Sizes exist since API 1.42, and only for terminals.
fn size(size: Option<[u16; 2]>, tty: bool, version: ApiVersion) -> Option<TermSize> {
    let [height, width] = size.filter(|_| tty && version.is_at_least(42))?;
    Some(TermSize { height, width })
}

/// The answer to `POST /containers/{id}/exec`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExecCreated<'a> {
    /// The exec's id.
    pub(crate) id: &'a str,
}

/// The answer to `GET /exec/{id}/json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Exec<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    running: bool,
    exit_code: Option<i32>,
    process_config: ProcessConfig<'a>,
    open_stdin: bool,
    open_stderr: bool,
    open_stdout: bool,
    can_remove: bool,
    #[serde(rename = "ContainerID")]
    container_id: &'a str,
    detach_keys: &'static str,
    pid: u32,
}

#[derive(Debug, Serialize)]
struct ProcessConfig<'a> {
    tty: bool,
    entrypoint: &'a str,
    arguments: &'a [String],
    privileged: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    user: &'a str,
}

impl<'a> From<&'a domain::Exec> for Exec<'a> {
    fn from(exec: &'a domain::Exec) -> Self {
        let spec = &exec.spec;
        let (entrypoint, arguments) = spec.command.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        Self {
            id: exec.id.as_str(),
            running: exec.state == ExecState::Running,
            exit_code: if let ExecState::Exited(code) = exec.state { Some(code) } else { None },
            process_config: ProcessConfig { tty: spec.tty, entrypoint, arguments, privileged: spec.privileged, user: &spec.user },
            open_stdin: spec.attach_stdin,
            open_stderr: spec.attach_stderr,
            open_stdout: spec.attach_stdout,
            can_remove: false,
            container_id: exec.container.as_str(),
            detach_keys: "",
            // The process has no number on the machine the client talks to.
            pid: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ContainerId, ExecId, ExecState, TermSize};

    use super::{Exec, ExecConfig};
    use crate::version::ApiVersion;

    fn spec(json: &str) -> Result<domain::ExecSpec, crate::error::ApiError> {
        serde_json::from_str::<ExecConfig>(json).unwrap().into_spec(ApiVersion::new(51))
    }

    #[test]
    fn nulls_are_zero_values() {
        let spec = spec(r#"{"Cmd":["a",null],"Env":null,"User":null,"Tty":null,"ConsoleSize":null,"DetachKeys":null}"#).unwrap();
        assert_eq!(spec, domain::ExecSpec { command: vec!["a".to_owned(), String::new()], ..Default::default() });
    }

    #[test]
    fn wrong_configs_are_refused_with_dockerds_text() {
        for json in ["{}", r#"{"Cmd":[]}"#, r#"{"Cmd":null}"#] {
            assert_eq!(spec(json).unwrap_err().message, "No exec command specified", "{json}");
        }
        assert_eq!(spec(r#"{"Cmd":["a"],"DetachKeys":"foo"}"#).unwrap_err().message, "Invalid escape keys (foo) provided");
    }

    #[test]
    fn a_size_needs_a_terminal_and_a_new_client() {
        let config = |json: &str, minor| serde_json::from_str::<ExecConfig>(json).unwrap().into_spec(ApiVersion::new(minor)).unwrap().size;
        let (with, without) = (r#"{"Cmd":["a"],"Tty":true,"ConsoleSize":[1,2]}"#, r#"{"Cmd":["a"],"ConsoleSize":[1,2]}"#);
        assert_eq!(config(with, 42), Some(TermSize { height: 1, width: 2 }));
        assert_eq!(config(with, 41), None);
        assert_eq!(config(without, 42), None);
    }

    #[test]
    fn inspect_has_dockerds_shape() {
        let spec = spec(r#"{"Cmd":["sleep","1"],"AttachStdout":true}"#).unwrap();
        let exec = |state| domain::Exec {
            id: ExecId::from_bytes([0xa1; 32]),
            container: ContainerId::from_bytes([0xb2; 32]),
            spec: spec.clone(),
            state,
        };
        let json = |state| serde_json::to_string(&Exec::from(&exec(state))).unwrap();
        let (id, container) = ("a1".repeat(32), "b2".repeat(32));
        assert_eq!(
            json(ExecState::Running),
            format!(
                r#"{{"ID":"{id}","Running":true,"ExitCode":null,"ProcessConfig":{{"tty":false,"entrypoint":"sleep","arguments":["1"],"privileged":false}},"OpenStdin":false,"OpenStderr":false,"OpenStdout":true,"CanRemove":false,"ContainerID":"{container}","DetachKeys":"","Pid":0}}"#
            )
        );
        assert!(json(ExecState::Exited(3)).contains(r#""Running":false,"ExitCode":3"#));
        assert!(json(ExecState::Created).contains(r#""Running":false,"ExitCode":null"#));
    }
}
