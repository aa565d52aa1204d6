//! `test` and `[`.

use std::iter::Peekable;
use std::slice::Iter;

use crate::files::{FileKind, Stat};
use crate::io::{Input, Sink};
use crate::system::Context;

/// `test expression` or `[ expression ]`: 0 if it holds, 1 if not, 2 if it makes no sense.
pub(super) async fn test(ctx: &Context, argv: &[String]) -> i32 {
    let name = &argv[0];
    let words = match (name.as_str(), argv.split_last()) {
        ("[", Some((last, rest))) if last == "]" && !rest.is_empty() => &rest[1..],
        ("[", _) => {
            ctx.complain("[: missing ]").await;
            return 2;
        }
        _ => &argv[1..],
    };
    match holds(ctx, words) {
        Ok(holds) => i32::from(!holds),
        Err(reason) => {
            ctx.complain(format!("{name}: {reason}")).await;
            2
        }
    }
}

fn holds(ctx: &Context, words: &[String]) -> Result<bool, String> {
    // POSIX decides by the number of words, so that operands may look like operators.
    match words {
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        [not, word] if not == "!" => Ok(word.is_empty()),
        [left, operator, right] if is_binary(operator) => binary(ctx, left, operator, right),
        _ => {
            let mut rest = words.iter().peekable();
            let result = any(ctx, &mut rest)?;
            match rest.next() {
                None => Ok(result),
                Some(word) => Err(format!("{word}: unknown operand")),
            }
        }
    }
}

fn any(ctx: &Context, rest: &mut Peekable<Iter<'_, String>>) -> Result<bool, String> {
    let mut result = all(ctx, rest)?;
    while rest.next_if(|word| *word == "-o").is_some() {
        result |= all(ctx, rest)?;
    }
    Ok(result)
}

fn all(ctx: &Context, rest: &mut Peekable<Iter<'_, String>>) -> Result<bool, String> {
    let mut result = primary(ctx, rest)?;
    while rest.next_if(|word| *word == "-a").is_some() {
        result &= primary(ctx, rest)?;
    }
    Ok(result)
}

fn primary(ctx: &Context, rest: &mut Peekable<Iter<'_, String>>) -> Result<bool, String> {
    let mut negated = false;
    while rest.next_if(|word| *word == "!").is_some() {
        negated = !negated;
    }
    let first = rest.next().ok_or("argument expected")?;
    let result = if let Some(operator) = rest.next_if(|word| is_binary(word)) {
        let right = rest.next().ok_or_else(|| format!("{operator}: argument expected"))?;
        binary(ctx, first, operator, right)?
    } else if is_unary(first) {
        let operand = rest.next().ok_or_else(|| format!("{first}: argument expected"))?;
        unary(ctx, first, operand)
    } else {
        !first.is_empty()
    };
    Ok(result != negated)
}

fn is_unary(word: &str) -> bool {
    matches!(word.as_bytes(), [b'-', letter] if b"edfhLnrstwxz".contains(letter))
}

fn unary(ctx: &Context, operator: &str, operand: &str) -> bool {
    let files = &ctx.system.files;
    let path = ctx.path(operand);
    let file = |wanted: fn(&Stat) -> bool| !operand.is_empty() && files.stat(&path).is_ok_and(|stat| wanted(&stat));
    match operator {
        "-n" => !operand.is_empty(),
        "-z" => operand.is_empty(),
        "-d" => file(|stat| stat.kind == FileKind::Directory),
        "-f" => file(|stat| stat.kind == FileKind::File),
        "-s" => file(|stat| stat.size > 0),
        "-x" => file(|stat| stat.mode & 0o111 != 0),
        "-r" => file(|stat| stat.mode & 0o444 != 0),
        "-w" => file(|stat| stat.mode & 0o222 != 0),
        "-h" | "-L" => files.lstat(&path).is_ok_and(|stat| stat.kind == FileKind::Symlink),
        "-t" => match operand {
            "0" => matches!(ctx.fds.stdin, Input::Tty(_)),
            "1" => matches!(ctx.fds.stdout, Sink::Tty(_)),
            "2" => matches!(ctx.fds.stderr, Sink::Tty(_)),
            _ => false,
        },
        _ => file(|_| true),
    }
}

fn is_binary(word: &str) -> bool {
    matches!(word, "=" | "==" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot")
}

fn binary(ctx: &Context, left: &str, operator: &str, right: &str) -> Result<bool, String> {
    let modified = |name: &str| ctx.system.files.stat(&ctx.path(name)).ok().map(|stat| stat.modified);
    match operator {
        "=" | "==" => return Ok(left == right),
        "!=" => return Ok(left != right),
        "-nt" => return Ok(modified(left) > modified(right)),
        "-ot" => return Ok(modified(left) < modified(right)),
        _ => {}
    }
    let number = |word: &str| word.trim().parse::<i64>().map_err(|_| format!("{word}: bad number"));
    let (left, right) = (number(left)?, number(right)?);
    Ok(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    })
}
