//! Simple commands: assignments, words and redirections.

use super::ast::{Command, CommandKind, Part, Redirect, Target, Word};
use super::lexer::{SyntaxError, Token};
use super::parser::Parser;

impl Parser {
    pub(super) fn simple(&mut self) -> Result<Command, SyntaxError> {
        let (mut assignments, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            redirects.extend(self.redirects()?);
            match self.rest.pop() {
                Some(Token::Word(word)) => match if words.is_empty() { assignment(&word) } else { None } {
                    Some(assignment) => assignments.push(assignment),
                    None => words.push(word),
                },
                // `name() {…}`
                Some(Token::Operator("(")) if !words.is_empty() => {
                    return Err(SyntaxError::Wrong("functions are not part of kubedock's in-memory backend".to_owned()));
                }
                other => {
                    self.rest.extend(other);
                    break;
                }
            }
        }
        if assignments.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { kind: CommandKind::Simple { assignments, words }, redirects })
    }

    pub(super) fn redirects(&mut self) -> Result<Vec<Redirect>, SyntaxError> {
        let mut redirects = Vec::new();
        while let Some(&Token::Redirect { fd, operator }) = self.rest.last() {
            self.rest.pop();
            let Some(Token::Word(word)) = self.rest.pop() else {
                return Err(SyntaxError::Wrong(format!("\"{operator}\" without a file")));
            };
            let fd = fd.unwrap_or(u8::from(operator.starts_with('>')));
            let target = match operator {
                "<" => Target::Read(word),
                ">>" => Target::Append(word),
                ">" | ">|" => Target::Write(word),
                _ => match plain(&word).and_then(|text| text.parse().ok()) {
                    Some(from) => Target::Duplicate(from),
                    None => return Err(SyntaxError::Wrong(format!("\"{operator}\" needs a number"))),
                },
            };
            if fd > 2 || matches!(target, Target::Duplicate(from) if from > 2) {
                return Err(SyntaxError::Wrong("kubedock's in-memory backend has no file descriptors but 0, 1 and 2".to_owned()));
            }
            redirects.push(Redirect { fd, target });
        }
        Ok(redirects)
    }
}

/// The text of a word without quotes and expansions.
pub(super) fn plain(word: &Word) -> Option<&str> {
    match word.as_slice() {
        [Part::Text { text, quoted: false }] => Some(text),
        _ => None,
    }
}

/// Whether `text` can name a variable.
pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `NAME=value`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let [Part::Text { text, quoted: false }, rest @ ..] = word.as_slice() else { return None };
    let (name, value) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut word: Word = rest.to_vec();
    if !value.is_empty() {
        word.insert(0, Part::Text { text: value.to_owned(), quoted: false });
    }
    Some((name.to_owned(), word))
}
