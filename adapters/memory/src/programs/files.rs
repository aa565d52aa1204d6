//! Programs that deal with files.

use crate::files::{FileError, FileKind, Open};
use crate::io::WriteError;
use crate::system::Context;

/// Tells options from names. The names, and which of the known letters were given; or the letter that is unknown.
fn options<'a>(argv: &'a [String], known: &str) -> Result<(Vec<&'a str>, String), char> {
    let (mut names, mut given) = (Vec::new(), String::new());
    let mut more = true;
    for arg in &argv[1..] {
        match arg.strip_prefix('-').filter(|letters| more && !letters.is_empty()) {
            Some("-") => more = false,
            Some(letters) => match letters.chars().find(|letter| !known.contains(*letter)) {
                Some(unknown) => return Err(unknown),
                None => given.push_str(letters),
            },
            None => names.push(arg.as_str()),
        }
    }
    Ok((names, given))
}

/// The same, and complains.
async fn arguments<'a>(ctx: &Context, argv: &'a [String], known: &str) -> Option<(Vec<&'a str>, String)> {
    match options(argv, known) {
        Ok(found) => Some(found),
        Err(letter) => {
            ctx.complain(format!("{}: unrecognized option: {letter} (in kubedock's in-memory backend)", argv[0])).await;
            None
        }
    }
}

/// `ls [-1aAd] [names…]`
pub(super) async fn ls(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let Some((names, given)) = arguments(ctx, argv, "1aAd").await else { return Ok(1) };
    let names = if names.is_empty() { vec!["."] } else { names };
    let (mut code, mut plain, mut directories) = (0, Vec::new(), Vec::new());
    for name in &names {
        match ctx.system.files.stat(&ctx.path(name)) {
            Ok(stat) if stat.kind == FileKind::Directory && !given.contains('d') => directories.push(*name),
            Ok(_) => plain.push(*name),
            Err(error) => {
                ctx.complain(format!("ls: {name}: {error}")).await;
                code = 1;
            }
        }
    }
    let mut text: String = plain.iter().map(|name| format!("{name}\n")).collect();
    for directory in directories {
        if names.len() > 1 {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("{directory}:\n"));
        }
        let entries = ctx.system.files.list(&ctx.path(directory)).unwrap_or_default();
        let dots = if given.contains('a') { [".", ".."].as_slice() } else { &[] };
        let shown = entries.iter().map(String::as_str).filter(|entry| given.contains(['a', 'A']) || !entry.starts_with('.'));
        dots.iter().copied().chain(shown).for_each(|entry| text.push_str(&format!("{entry}\n")));
    }
    ctx.print(text).await?;
    Ok(code)
}

/// `mkdir [-p] names…`
pub(super) async fn mkdir(ctx: &Context, argv: &[String]) -> i32 {
    let Some((names, given)) = arguments(ctx, argv, "p").await else { return 1 };
    let mut code = 0;
    for name in names {
        let path = ctx.path(name);
        let parents = path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(index, _)| &path[..index]);
        let made = if given.contains('p') {
            let existing_is_fine = |made: Result<(), FileError>| if made == Err(FileError::Exists) { Ok(()) } else { made };
            parents.chain([path.as_str()]).try_for_each(|path| existing_is_fine(ctx.system.files.make_directory(path)))
        } else {
            ctx.system.files.make_directory(&path)
        };
        if let Err(error) = made {
            ctx.complain(format!("mkdir: can't create directory '{name}': {error}")).await;
            code = 1;
        }
    }
    code
}

/// `rm [-rRf] names…`
pub(super) async fn rm(ctx: &Context, argv: &[String]) -> i32 {
    let Some((names, given)) = arguments(ctx, argv, "rRf").await else { return 1 };
    let mut code = 0;
    for name in names {
        let reason = match ctx.system.files.remove(&ctx.path(name), given.contains(['r', 'R'])) {
            Ok(()) => continue,
            Err(FileError::Missing) if given.contains('f') => continue,
            Err(FileError::IsDirectory) => format!("'{name}' is a directory"),
            Err(error) => format!("can't remove '{name}': {error}"),
        };
        ctx.complain(format!("rm: {reason}")).await;
        code = 1;
    }
    code
}

/// `touch names…`
pub(super) async fn touch(ctx: &Context, argv: &[String]) -> i32 {
    let Some((names, _)) = arguments(ctx, argv, "").await else { return 1 };
    let mut code = 0;
    for name in names {
        if let Err(error) = ctx.system.files.open(&ctx.path(name), Open::Append) {
            ctx.complain(format!("touch: {name}: {error}")).await;
            code = 1;
        }
    }
    code
}
