//! Programs that print what they are given.

use crate::io::{CHUNK, WriteError};
use crate::system::Context;

const GREETING: &str = "\nHello from Docker!\nThis message shows that your client reaches a server that speaks Docker's API.\n\
    It was printed by kubedock's in-memory backend: no image was pulled and no cluster is involved.\n\n";

pub(super) async fn hello(ctx: &Context) -> Result<i32, WriteError> {
    ctx.print(GREETING).await?;
    Ok(0)
}

/// `echo [-neE] words…`
pub(super) async fn echo(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let (mut line_end, mut escapes) = (true, false);
    let mut words = &argv[1..];
    while let Some((option, rest)) = words.split_first()
        && let Some(letters) = option.strip_prefix('-').filter(|letters| !letters.is_empty() && letters.chars().all(|c| "neE".contains(c)))
    {
        line_end &= !letters.contains('n');
        escapes = letters.chars().rfind(|c| *c != 'n').map_or(escapes, |c| c == 'e');
        words = rest;
    }
    let mut text = words.join(" ");
    if escapes {
        text = super::printf::unescape(&text);
    }
    if line_end {
        text.push('\n');
    }
    ctx.print(text).await?;
    Ok(0)
}

/// `cat [files…]`; `-` is standard input.
pub(super) async fn cat(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let names: Vec<&str> = argv[1..].iter().map(String::as_str).filter(|arg| *arg != "-u").collect();
    let names = if names.is_empty() { vec!["-"] } else { names };
    let mut code = 0;
    for name in names {
        if name == "-" {
            loop {
                let bytes = ctx.fds.stdin.read(CHUNK).await;
                if bytes.is_empty() {
                    break;
                }
                ctx.fds.stdout.write(bytes).await?;
            }
            continue;
        }
        match ctx.system.files.read(&ctx.path(name)) {
            Ok(bytes) => ctx.fds.stdout.write(bytes).await?,
            Err(error) => {
                ctx.complain(format!("cat: can't open '{name}': {error}")).await;
                code = 1;
            }
        }
    }
    Ok(code)
}
