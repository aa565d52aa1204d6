//! Programs about processes, users and terminals.

use std::time::Duration;

use domain::Signal;

use crate::io::{Input, WriteError};
use crate::shell::DEPTH;
use crate::system::Context;

/// `sleep numbers…`, each with an optional unit `s`, `m`, `h` or `d`; `infinity` is for ever.
pub(super) async fn sleep(ctx: &Context, argv: &[String]) -> i32 {
    if argv.len() < 2 {
        ctx.complain("Usage: sleep [N]...").await;
        return 1;
    }
    let mut total = Duration::ZERO;
    for arg in &argv[1..] {
        match duration(arg) {
            Some(duration) => total = total.saturating_add(duration),
            None => {
                ctx.complain(format!("sleep: invalid number '{arg}'")).await;
                return 1;
            }
        }
    }
    tokio::time::sleep(total).await;
    0
}

fn duration(text: &str) -> Option<Duration> {
    if matches!(text, "inf" | "infinity") {
        return Some(Duration::MAX);
    }
    let (number, unit) = match text.as_bytes().last()? {
        b's' => (&text[..text.len() - 1], 1.0),
        b'm' => (&text[..text.len() - 1], 60.0),
        b'h' => (&text[..text.len() - 1], 3600.0),
        b'd' => (&text[..text.len() - 1], 86400.0),
        _ => (text, 1.0),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = number.parse::<f64>().ok()? * unit;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// `kill [-SIGNAL | -s SIGNAL] numbers…`
pub(super) async fn kill(ctx: &Context, argv: &[String]) -> i32 {
    let (mut signal, mut pids) = (Signal::TERM, &argv[1..]);
    if let Some((first, rest)) = pids.split_first()
        && let Some(name) = first.strip_prefix('-')
    {
        let (name, rest) = match (name, rest.split_first()) {
            ("s", Some((name, rest))) => (name.as_str(), rest),
            _ => (name, rest),
        };
        pids = rest;
        match Signal::parse(name) {
            Ok(parsed) => signal = parsed,
            Err(_) if name == "0" => return alive(ctx, pids).await,
            Err(_) => {
                ctx.complain(format!("kill: bad signal name '{name}'")).await;
                return 1;
            }
        }
    }
    if pids.is_empty() {
        ctx.complain("kill: you need to specify whom to kill").await;
        return 1;
    }
    let code = alive(ctx, pids).await;
    for process in pids.iter().filter_map(|pid| ctx.system.find(pid.parse().ok()?)) {
        // Nothing inside a container can kill its first process (`pid_namespaces(7)`).
        if process.pid() != 1 || signal != Signal::KILL {
            process.deliver(signal);
        }
    }
    code
}

/// Complains about processes that do not exist.
async fn alive(ctx: &Context, pids: &[String]) -> i32 {
    let mut code = 0;
    for pid in pids {
        if pid.parse().ok().and_then(|pid| ctx.system.find(pid)).is_none() {
            ctx.complain(format!("kill: can't kill pid {pid}: No such process")).await;
            code = 1;
        }
    }
    code
}

/// `env [-i] [-u name] [name=value…] [program arguments…]`
pub(super) async fn env(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let mut inner = ctx.clone();
    let mut words = argv[1..].iter();
    let mut command = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-i" | "-" => inner.env.clear(),
            "-u" => {
                words.next().map(|name| inner.env.remove(name));
            }
            _ => match word.split_once('=') {
                Some((name, value)) => {
                    inner.env.insert(name.to_owned(), value.to_owned());
                }
                None => {
                    command = [word].into_iter().chain(words).cloned().collect();
                    break;
                }
            },
        }
    }
    let Some(name) = command.first() else {
        let text: String = inner.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        ctx.print(text).await?;
        return Ok(0);
    };
    match inner.lookup(name) {
        Ok(_) if inner.depth >= DEPTH => {
            ctx.complain("env: too deeply nested for kubedock's in-memory backend").await;
            Ok(126)
        }
        Ok(program) => {
            inner.depth += 1;
            Ok(super::run(inner, program, command).await)
        }
        Err(error) => {
            ctx.complain(format!("env: can't execute '{name}': {}", error.reason)).await;
            Ok(error.code)
        }
    }
}

/// `id [-ugn]`
pub(super) async fn id(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let user = &ctx.user;
    let named = |number: i64, name: Option<&str>| name.map_or(number.to_string(), |name| format!("{number}({name})"));
    let name = user.name.as_deref();
    let text = match argv.get(1).map(String::as_str) {
        Some("-u") => user.uid.to_string(),
        Some("-g") => user.gid.to_string(),
        Some("-un" | "-nu") => name.map_or_else(|| user.uid.to_string(), str::to_owned),
        Some(option) => {
            ctx.complain(format!("id: {option}: unrecognized option (in kubedock's in-memory backend)")).await;
            return Ok(1);
        }
        None => {
            let group = crate::users::group_name(&ctx.system.files, user.gid);
            format!("uid={} gid={}", named(user.uid, name), named(user.gid, group.as_deref()))
        }
    };
    ctx.print(text + "\n").await?;
    Ok(0)
}

pub(super) async fn whoami(ctx: &Context) -> Result<i32, WriteError> {
    match &ctx.user.name {
        Some(name) => ctx.print(format!("{name}\n")).await.map(|()| 0),
        None => {
            ctx.complain(format!("whoami: unknown uid {}", ctx.user.uid)).await;
            Ok(1)
        }
    }
}

/// `stty size`: the rows and columns of the terminal.
pub(super) async fn stty(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let Input::Tty(tty) = &ctx.fds.stdin else {
        ctx.complain("stty: standard input: Inappropriate ioctl for device").await;
        return Ok(1);
    };
    if argv.get(1).map(String::as_str) != Some("size") {
        ctx.complain("stty: kubedock's in-memory backend knows only 'stty size'").await;
        return Ok(1);
    }
    let (rows, columns) = tty.size().map_or((0, 0), |size| (size.height, size.width));
    ctx.print(format!("{rows} {columns}\n")).await?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_durations() {
        assert_eq!(duration("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration(".5h"), Some(Duration::from_secs(1800)));
        assert_eq!(duration("999999999999999999999999"), Some(Duration::MAX));
        assert_eq!(duration("infinity"), Some(Duration::MAX));
        for wrong in ["", "x", "-1", "1e9", "s", "1 ", "nan"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
