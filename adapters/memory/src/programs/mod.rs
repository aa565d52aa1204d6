//! The programs that containers in memory have.

mod files;
mod printf;
mod processes;
mod test;
mod text;

use std::fmt;
use std::pin::Pin;

use crate::io::WriteError;
use crate::process::BROKEN_PIPE;
use crate::shell;
use crate::system::Context;

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Bracket,
    Cat,
    Echo,
    Env,
    False,
    /// What the image `hello-world` runs; it is not in the search path.
    Hello,
    Hostname,
    Id,
    Kill,
    Ls,
    Mkdir,
    Printf,
    Pwd,
    Rm,
    Sh,
    Sleep,
    Stty,
    Test,
    Touch,
    True,
    Whoami,
}

impl Program {
    /// Those in `/bin`.
    pub(crate) const ALL: [Self; 20] = [
        Self::Bracket,
        Self::Cat,
        Self::Echo,
        Self::Env,
        Self::False,
        Self::Hostname,
        Self::Id,
        Self::Kill,
        Self::Ls,
        Self::Mkdir,
        Self::Printf,
        Self::Pwd,
        Self::Rm,
        Self::Sh,
        Self::Sleep,
        Self::Stty,
        Self::Test,
        Self::Touch,
        Self::True,
        Self::Whoami,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bracket => "[",
            Self::Cat => "cat",
            Self::Echo => "echo",
            Self::Env => "env",
            Self::False => "false",
            Self::Hello => "hello",
            Self::Hostname => "hostname",
            Self::Id => "id",
            Self::Kill => "kill",
            Self::Ls => "ls",
            Self::Mkdir => "mkdir",
            Self::Printf => "printf",
            Self::Pwd => "pwd",
            Self::Rm => "rm",
            Self::Sh => "sh",
            Self::Sleep => "sleep",
            Self::Stty => "stty",
            Self::Test => "test",
            Self::Touch => "touch",
            Self::True => "true",
            Self::Whoami => "whoami",
        }
    }

    /// The program of this name that shells have built in, so that it needs neither a file nor a process of its own.
    pub(crate) fn built_in(name: &str) -> Option<Self> {
        let built_in = [Self::Bracket, Self::Echo, Self::False, Self::Kill, Self::Printf, Self::Pwd, Self::Test, Self::True];
        built_in.into_iter().find(|program| program.name() == name)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a program does; boxed, because programs run each other.
type Work<'a> = Pin<Box<dyn Future<Output = Result<i32, WriteError>> + Send + 'a>>;

/// Runs a program in this process, which ends with it or by a signal.
pub(crate) fn run(ctx: Context, program: Program, argv: Vec<String>) -> Pin<Box<dyn Future<Output = i32> + Send>> {
    Box::pin(async move {
        let process = ctx.process.clone();
        let work = async {
            match work(&ctx, program, &argv).await {
                Ok(code) => code,
                Err(WriteError::Broken) => BROKEN_PIPE,
                Err(error) => {
                    ctx.complain(format!("{program}: write error: {error}")).await;
                    1
                }
            }
        };
        process.supervise(work).await
    })
}

fn work<'a>(ctx: &'a Context, program: Program, argv: &'a [String]) -> Work<'a> {
    match program {
        Program::Sh => Box::pin(async { Ok(shell::main(ctx.clone(), argv).await) }),
        Program::Env => Box::pin(processes::env(ctx, argv)),
        Program::Cat => Box::pin(text::cat(ctx, argv)),
        Program::Hello => Box::pin(text::hello(ctx)),
        Program::Hostname => Box::pin(async { ctx.print(format!("{}\n", ctx.system.hostname)).await.map(|()| 0) }),
        Program::Id => Box::pin(processes::id(ctx, argv)),
        Program::Ls => Box::pin(files::ls(ctx, argv)),
        Program::Mkdir => Box::pin(async { Ok(files::mkdir(ctx, argv).await) }),
        Program::Rm => Box::pin(async { Ok(files::rm(ctx, argv).await) }),
        Program::Sleep => Box::pin(async { Ok(processes::sleep(ctx, argv).await) }),
        Program::Stty => Box::pin(processes::stty(ctx, argv)),
        Program::Touch => Box::pin(async { Ok(files::touch(ctx, argv).await) }),
        Program::Whoami => Box::pin(processes::whoami(ctx)),
        quick => Box::pin(self::quick(ctx, quick, argv)),
    }
}

/// Runs a program that needs no process of its own.
pub(crate) async fn quick(ctx: &Context, program: Program, argv: &[String]) -> Result<i32, WriteError> {
    match program {
        Program::Echo => text::echo(ctx, argv).await,
        Program::Printf => printf::printf(ctx, argv).await,
        Program::Pwd => ctx.print(format!("{}\n", ctx.cwd)).await.map(|()| 0),
        Program::Kill => Ok(processes::kill(ctx, argv).await),
        Program::Bracket | Program::Test => Ok(test::test(ctx, argv).await),
        Program::True => Ok(0),
        _ => Ok(1),
    }
}

#[cfg(test)]
mod tests;
