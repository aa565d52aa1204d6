//! From characters to tokens.

use std::sync::Arc;

use super::ast::{Fallback, Part, Word};
use super::parser::{DEPTH, parse_at};

/// Why a script cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// More lines might complete it.
    Incomplete(&'static str),
    /// It is wrong, or beyond what this shell knows.
    Wrong(String),
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Incomplete(what) => write!(f, "syntax error: {what}"),
            Self::Wrong(what) => write!(f, "syntax error: {what}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(Word),
    /// `;`, `&`, `&&`, `|`, `||`, `(`, `)` or a line end.
    Operator(&'static str),
    /// `<`, `>`, `>>`, `>&`, `<&`, and the number before it.
    Redirect {
        fd: Option<u8>,
        operator: &'static str,
    },
}

/// Longer ones first.
const OPERATORS: [&str; 9] = ["&&", "||", ";;", ";", "&", "|", "(", ")", "\n"];
const REDIRECTS: [&str; 7] = ["<<", ">>", ">&", "<&", ">|", "<", ">"];

/// Splits a script into tokens.
pub(super) fn tokens(script: &str, depth: usize) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { rest: script, depth };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<Option<Token>, SyntaxError> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            if let Some(rest) = self.rest.strip_prefix("\\\n") {
                self.rest = rest;
            } else if self.rest.starts_with('#') {
                self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
            } else {
                break;
            }
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let digit = self.rest.bytes().next().filter(u8::is_ascii_digit);
        let after = &self.rest[usize::from(digit.is_some())..];
        if let Some(operator) = REDIRECTS.into_iter().find(|operator| after.starts_with(operator)) {
            self.rest = &after[operator.len()..];
            return match operator {
                "<<" => Err(SyntaxError::Wrong("here-documents are not part of kubedock's in-memory backend".to_owned())),
                _ => Ok(Some(Token::Redirect { fd: digit.map(|digit| digit - b'0'), operator })),
            };
        }
        if let Some(operator) = OPERATORS.into_iter().find(|operator| self.rest.starts_with(operator)) {
            self.rest = &self.rest[operator.len()..];
            return Ok(Some(Token::Operator(operator)));
        }
        self.word(|c| c.is_ascii_whitespace() || ";&|()<>".contains(c)).map(|word| Some(Token::Word(word)))
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Reads a word up to a character outside quotes that ends it.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Result<Word, SyntaxError> {
        let mut word = Vec::new();
        while let Some(c) = self.rest.chars().next() {
            if ends(c) {
                break;
            }
            self.next();
            match c {
                '\'' => {
                    let text = self.until('\'').ok_or(SyntaxError::Incomplete("unterminated quoted string"))?;
                    push(&mut word, text, true);
                }
                '"' => self.double_quoted(&mut word)?,
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(escaped) => push(&mut word, escaped.encode_utf8(&mut [0; 4]), true),
                    None => push(&mut word, "\\", true),
                },
                '$' => self.dollar(&mut word, false)?,
                '`' => return Err(SyntaxError::Wrong("use $(…) instead of backquotes in kubedock's in-memory backend".to_owned())),
                _ => push(&mut word, c.encode_utf8(&mut [0; 4]), false),
            }
        }
        Ok(word)
    }

    /// The text up to `end`, which is skipped.
    fn until(&mut self, end: char) -> Option<&'a str> {
        let (text, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(text)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), SyntaxError> {
        // Even nothing in quotes is a word.
        push(word, "", true);
        loop {
            match self.next().ok_or(SyntaxError::Incomplete("unterminated quoted string"))? {
                '"' => return Ok(()),
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(c @ ('$' | '`' | '"' | '\\')) => push(word, c.encode_utf8(&mut [0; 4]), true),
                    Some(c) => push(word, &format!("\\{c}"), true),
                    None => return Err(SyntaxError::Incomplete("unterminated quoted string")),
                },
                '$' => self.dollar(word, true)?,
                '`' => return Err(SyntaxError::Wrong("use $(…) instead of backquotes in kubedock's in-memory backend".to_owned())),
                c => push(word, c.encode_utf8(&mut [0; 4]), true),
            }
        }
    }

    /// What follows a `$`.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), SyntaxError> {
        if self.depth >= DEPTH {
            return Err(SyntaxError::Wrong("too deeply nested".to_owned()));
        }
        if let Some(rest) = self.rest.strip_prefix("((") {
            let end = closing(rest, 2).ok_or(SyntaxError::Incomplete("unterminated $((…))"))?;
            let expression = rest[..end].strip_suffix(')').ok_or_else(|| SyntaxError::Wrong("missing '))'".to_owned()))?;
            word.push(Part::Arithmetic(expression.to_owned()));
            self.rest = &rest[end + 1..];
        } else if let Some(rest) = self.rest.strip_prefix('(') {
            let end = closing(rest, 1).ok_or(SyntaxError::Incomplete("unterminated $(…)"))?;
            word.push(Part::Command { list: Arc::new(parse_at(&rest[..end], self.depth + 1)?), quoted });
            self.rest = &rest[end + 1..];
        } else if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            word.push(self.braced(quoted)?);
        } else {
            let length = name_length(self.rest);
            if length == 0 {
                push(word, "$", quoted);
            } else {
                word.push(Part::Parameter { name: self.rest[..length].to_owned(), fallback: None, quoted });
                self.rest = &self.rest[length..];
            }
        }
        Ok(())
    }

    /// What follows `${`.
    fn braced(&mut self, quoted: bool) -> Result<Part, SyntaxError> {
        let length = match name_length(self.rest) {
            // Numbers of several digits need the braces.
            1 if self.rest.starts_with(|c: char| c.is_ascii_digit()) => self.rest.bytes().take_while(u8::is_ascii_digit).count(),
            length => length,
        };
        let name = self.rest[..length].to_owned();
        self.rest = &self.rest[length..];
        let bad = || SyntaxError::Wrong(format!("bad substitution: kubedock's in-memory backend knows ${{{name}}} and ${{{name}:-word}}"));
        let or_empty = self.rest.starts_with(':');
        let fallback = match self.rest.strip_prefix(":-").or_else(|| self.rest.strip_prefix('-')) {
            Some(rest) => {
                self.rest = rest;
                self.depth += 1;
                let word = self.word(|c| c == '}');
                self.depth -= 1;
                Some(Fallback { or_empty, word: word? })
            }
            None => None,
        };
        match self.next() {
            Some('}') if !name.is_empty() => Ok(Part::Parameter { name, fallback, quoted }),
            None => Err(SyntaxError::Incomplete("missing '}'")),
            _ => Err(bad()),
        }
    }
}

fn push(word: &mut Word, more: &str, more_quoted: bool) {
    if let Some(Part::Text { text, quoted }) = word.last_mut()
        && *quoted == more_quoted
    {
        text.push_str(more);
    } else {
        word.push(Part::Text { text: more.to_owned(), quoted: more_quoted });
    }
}

/// How long the name of a parameter at the beginning of `text` is.
fn name_length(text: &str) -> usize {
    match text.bytes().next() {
        Some(b'?' | b'$' | b'#' | b'@' | b'*' | b'!' | b'0'..=b'9') => 1,
        Some(c) if c.is_ascii_alphabetic() || c == b'_' => text.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count(),
        _ => 0,
    }
}

/// Where the parenthesis is closed that was opened `open` times before `text`; quoted ones do not count.
fn closing(text: &str, mut open: usize) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => open += 1,
            (None, ')') => {
                open -= 1;
                if open == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}
