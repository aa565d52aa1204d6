//! The commands.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{InspectFlags, ServerFlags};

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// To print this text.
    Print(String),
    /// To serve.
    Server(Box<ServerFlags>),
    /// To print what an image is.
    InspectImage(Box<InspectFlags>),
}

#[derive(Debug, Parser)]
#[command(name = "kubedock", version, about = "The Docker Engine API on Kubernetes pods.", args_override_self = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server.
    #[command(after_help = SETTINGS)]
    Server(Box<ServerFlags>),
    /// Look at images.
    #[command(subcommand)]
    Image(ImageCommand),
    /// Print the version.
    Version,
    /// Print a completion script for a shell.
    Completion {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ImageCommand {
    /// Ask an image's registry what it is, as the server would, and print it as docker image inspect does.
    #[command(after_help = SETTINGS)]
    Inspect(Box<InspectFlags>),
}

const SETTINGS: &str = "A flag wins over its environment variable, that over the file, and that over the default. An empty variable is one \
that is not set.";

/// What clap calls a failure, and only asks for a text.
const PRINTED: [ErrorKind; 3] = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];

/// Reads the arguments, of which the first is the program.
///
/// # Errors
/// One line that says what is wrong with them.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, String> {
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Some(Command::Server(flags)) }) => Ok(Invocation::Server(flags)),
        Ok(Arguments { command: Some(Command::Image(ImageCommand::Inspect(flags))) }) => Ok(Invocation::InspectImage(flags)),
        Ok(Arguments { command: Some(Command::Version) }) => Ok(Invocation::Print(Arguments::command().render_version())),
        Ok(Arguments { command: Some(Command::Completion { shell }) }) => Ok(Invocation::Print(completion(shell))),
        Ok(Arguments { command: None }) => Ok(Invocation::Print(Arguments::command().render_help().to_string())),
        Err(error) if PRINTED.contains(&error.kind()) => Ok(Invocation::Print(error.render().to_string())),
        Err(error) => Err(one_line(&error)),
    }
}

fn completion(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "kubedock", &mut script);
    String::from_utf8(script).expect("invariant: completion scripts are text")
}

/// The reason and the tips, without the usage that clap adds below them.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let paragraphs = text.split("\n\n").filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more information"));
    let sentences: Vec<String> = paragraphs.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let reason = sentences.join("; ");
    format!("{}; see kubedock help", reason.strip_prefix("error: ").unwrap_or(&reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Invocation, String> {
        parse(line.split(' ').map(OsString::from))
    }

    fn printed(line: &str) -> String {
        match typed(line) {
            Ok(Invocation::Print(text)) => text,
            other => panic!("{line} prints nothing: {other:?}"),
        }
    }

    fn refusal(line: &str) -> String {
        typed(line).expect_err("the line is refused")
    }

    #[test]
    fn the_definitions_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_prints_help() {
        assert_eq!(printed("kubedock"), printed("kubedock help"));
        assert!(printed("kubedock").contains("Usage: kubedock [COMMAND]"));
        assert!(printed("kubedock help server").contains("--listen-addr"));
        assert!(printed("kubedock server --help").contains("--listen-addr"));
        assert!(printed("kubedock image").contains("inspect"));
    }

    #[test]
    fn the_version_is_one_line() {
        assert_eq!(printed("kubedock version"), concat!("kubedock ", env!("CARGO_PKG_VERSION"), "\n"));
        assert_eq!(printed("kubedock --version"), printed("kubedock version"));
    }

    #[test]
    fn completion_scripts_know_the_flags() {
        for shell in ["bash", "zsh", "fish", "powershell"] {
            assert!(printed(&format!("kubedock completion {shell}")).contains("listen-addr"), "{shell}");
        }
    }

    #[test]
    fn refusals_are_one_line_without_the_usage() {
        assert_eq!(
            refusal("kubedock sever"),
            "unrecognized subcommand 'sever'; tip: a similar subcommand exists: 'server'; see kubedock help"
        );
        assert_eq!(
            refusal("kubedock server --listen 1"),
            "unexpected argument '--listen' found; tip: a similar argument exists: '--listen-addr'; see kubedock help"
        );
        assert_eq!(
            refusal("kubedock server --backend docker"),
            "invalid value 'docker' for '--backend <BACKEND>' [possible values: kubernetes, memory]; see kubedock help"
        );
        assert_eq!(refusal("kubedock completion"), "the following required arguments were not provided: <SHELL>; see kubedock help");
        assert_eq!(refusal("kubedock server -n"), "a value is required for '--namespace <NAME>' but none was supplied; see kubedock help");
    }

    fn served(line: &str) -> Box<ServerFlags> {
        match typed(line) {
            Ok(Invocation::Server(flags)) => flags,
            other => panic!("{line} does not serve: {other:?}"),
        }
    }

    #[test]
    fn the_last_of_two_flags_wins() {
        assert_eq!(served("kubedock server -n one --namespace two").kubernetes.cluster.namespace.as_deref(), Some("two"));
    }

    #[test]
    fn the_inspector_is_a_switch_with_an_optional_value() {
        for (flags, value) in [("-i", "true"), ("--inspector", "true"), ("--inspector=false", "false"), ("-i=false", "false")] {
            assert_eq!(served(&format!("kubedock server {flags} -v 1")).registry.inspector.as_deref(), Some(value), "{flags}");
        }
        assert_eq!(refusal("kubedock server -i false"), "unexpected argument 'false' found; see kubedock help");
    }

    #[test]
    fn an_image_is_named_and_settings_may_be() {
        let Ok(Invocation::InspectImage(flags)) = typed("kubedock image inspect redis:7 --platform arm64 -n ci") else {
            panic!("it inspects")
        };
        assert_eq!((flags.name.as_str(), flags.platform.as_deref()), ("redis:7", Some("arm64")));
        assert_eq!(flags.kubernetes.namespace.as_deref(), Some("ci"));
        assert_eq!(refusal("kubedock image inspect"), "the following required arguments were not provided: <NAME>; see kubedock help");
    }
}
