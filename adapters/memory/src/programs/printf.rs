//! `printf`.

use std::iter::Peekable;
use std::str::Chars;

use crate::io::WriteError;
use crate::system::Context;

/// How wide a field may be made.
const WIDTH: usize = 4096;

/// `printf format words…`; the format is used again while words are left.
pub(super) async fn printf(ctx: &Context, argv: &[String]) -> Result<i32, WriteError> {
    let Some(format) = argv.get(1) else {
        ctx.complain("printf: usage: printf FORMAT [ARGUMENT]...").await;
        return Ok(2);
    };
    let mut words = argv[2..].iter().map(String::as_str);
    let mut wrong = Vec::new();
    loop {
        let before = words.len();
        let text = once(format, &mut words, &mut wrong);
        ctx.print(text).await?;
        if words.len() == 0 || words.len() == before {
            break;
        }
    }
    for reason in &wrong {
        ctx.complain(format!("printf: {reason}")).await;
    }
    Ok(i32::from(!wrong.is_empty()))
}

fn once<'a>(format: &str, words: &mut impl Iterator<Item = &'a str>, wrong: &mut Vec<String>) -> String {
    let mut text = String::new();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut text),
            '%' => directive(&mut rest, words, &mut text, wrong),
            _ => text.push(c),
        }
    }
    text
}

fn directive<'a>(rest: &mut Peekable<Chars<'_>>, words: &mut impl Iterator<Item = &'a str>, text: &mut String, wrong: &mut Vec<String>) {
    let (mut left, mut zero) = (false, false);
    while let Some(flag) = rest.next_if(|c| "-0+ #".contains(*c)) {
        left |= flag == '-';
        zero |= flag == '0';
    }
    let mut number = || {
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse::<usize>().unwrap_or(0).min(WIDTH)
    };
    let width = number();
    let precision = rest.next_if_eq(&'.').map(|_| {
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse::<usize>().unwrap_or(0)
    });
    let Some(kind) = rest.next() else {
        text.push('%');
        return;
    };
    let mut integer = |word: Option<&str>| match word.map(|word| word.trim().parse::<i64>()) {
        None => 0,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            wrong.push(format!("invalid number '{}'", word.unwrap_or_default()));
            0
        }
    };
    let cut = |word: &str| word.chars().take(precision.unwrap_or(usize::MAX)).collect::<String>();
    let value = match kind {
        '%' => return text.push('%'),
        's' => cut(words.next().unwrap_or_default()),
        'b' => cut(&unescape(words.next().unwrap_or_default())),
        'c' => words.next().unwrap_or_default().chars().take(1).collect(),
        'd' | 'i' | 'u' => integer(words.next()).to_string(),
        'x' => format!("{:x}", integer(words.next())),
        'X' => format!("{:X}", integer(words.next())),
        'o' => format!("{:o}", integer(words.next())),
        _ => {
            wrong.push(format!("%{kind}: invalid format"));
            return;
        }
    };
    let padding = width.saturating_sub(value.chars().count());
    match value.strip_prefix('-') {
        _ if left => text.extend(value.chars().chain(std::iter::repeat_n(' ', padding))),
        Some(digits) if zero && "dixXo".contains(kind) => {
            text.push('-');
            text.extend(std::iter::repeat_n('0', padding).chain(digits.chars()));
        }
        _ => {
            let fill = if zero && "diuxXo".contains(kind) { '0' } else { ' ' };
            text.extend(std::iter::repeat_n(fill, padding).chain(value.chars()));
        }
    }
}

/// What follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, text: &mut String) {
    let Some(c) = rest.next() else { return text.push('\\') };
    let meant = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'e' => '\x1b',
        'f' => '\x0c',
        'v' => '\x0b',
        '\\' => '\\',
        '0'..='7' => {
            let mut code = c.to_digit(8).unwrap_or(0);
            let digits = if c == '0' { 3 } else { 2 };
            for _ in 0..digits {
                let Some(digit) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                rest.next();
                code = code * 8 + digit;
            }
            char::from(u8::try_from(code & 0x7f).unwrap_or(0))
        }
        other => {
            text.push('\\');
            other
        }
    };
    text.push(meant);
}

/// The text that escapes stand for.
pub(super) fn unescape(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut result),
            _ => result.push(c),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, words: &[&str], expected: &str) {
        assert_eq!(once(format, &mut words.iter().copied(), &mut Vec::new()), expected, "{format}");
    }

    #[test]
    fn formats() {
        check(
            "%d %s|%5s|%-5s|%05d|%x|%c|%%|%b\\n",
            &["3", "abc", "ab", "ab", "7", "255", "xyz", "a\\tb"],
            "3 abc|   ab|ab   |00007|ff|x|%|a\tb\n",
        );
        check("%.2s|%05d|%s", &["abc", "-7"], "ab|-0007|");
        check("\\101\\0101\\q%", &[], "AA\\q%");
        check("%99999s", &["x"], &format!("{}x", " ".repeat(WIDTH - 1)));
    }

    #[test]
    fn tells_what_is_wrong() {
        let mut wrong = Vec::new();
        assert_eq!(once("%d%y", &mut ["abc"].into_iter(), &mut wrong), "0");
        assert_eq!(wrong, ["invalid number 'abc'", "%y: invalid format"]);
    }
}
