//! From tokens to a script.

use std::sync::Arc;

use super::ast::{Chain, Command, CommandKind, Item, Link, List, Pipeline};
use super::lexer::{SyntaxError, Token, tokens};
use super::simple::{is_name, plain};

/// How deeply commands may be nested, processes within processes included. Unoptimised, each level takes 50 KiB of stack.
pub(crate) const DEPTH: usize = 16;
/// How long a script may be.
const LENGTH: usize = 256 << 10;

const RESERVED: [&str; 12] = ["if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done", "{", "}"];

/// Understands a script.
pub(super) fn parse(script: &str) -> Result<List, SyntaxError> {
    if script.len() > LENGTH {
        return Err(SyntaxError::Wrong(format!("a script has at most {LENGTH} bytes in kubedock's in-memory backend")));
    }
    parse_at(script, 0)
}

pub(super) fn parse_at(script: &str, depth: usize) -> Result<List, SyntaxError> {
    let mut tokens = tokens(script, depth)?;
    tokens.reverse();
    let mut parser = Parser { rest: tokens, depth };
    let list = parser.list(&[])?;
    match parser.rest.last() {
        None => Ok(list),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected(token: &Token) -> SyntaxError {
    let text = match token {
        Token::Operator("\n") => "newline".to_owned(),
        Token::Operator(operator) | Token::Redirect { operator, .. } => format!("\"{operator}\""),
        Token::Word(word) => match plain(word) {
            Some(text) => format!("\"{text}\""),
            None => "word".to_owned(),
        },
    };
    SyntaxError::Wrong(format!("unexpected {text}"))
}

pub(super) struct Parser {
    /// In reverse order.
    pub(super) rest: Vec<Token>,
    depth: usize,
}

impl Parser {
    fn operator(&mut self, wanted: &str) -> bool {
        let found = matches!(self.rest.last(), Some(Token::Operator(operator)) if *operator == wanted);
        if found {
            self.rest.pop();
        }
        found
    }

    fn line_ends(&mut self) {
        while self.operator("\n") {}
    }

    /// The reserved word that comes next, if one does.
    fn reserved(&self) -> Option<&'static str> {
        let Some(Token::Word(word)) = self.rest.last() else { return None };
        let text = plain(word)?;
        RESERVED.into_iter().find(|reserved| *reserved == text)
    }

    fn expect(&mut self, wanted: &'static str) -> Result<(), SyntaxError> {
        if self.reserved() == Some(wanted) {
            self.rest.pop();
            return Ok(());
        }
        Err(self.unexpected())
    }

    pub(super) fn unexpected(&self) -> SyntaxError {
        self.rest.last().map_or(SyntaxError::Incomplete("unexpected end of file"), unexpected)
    }

    /// Commands up to one of the reserved words in `ends`, a `)`, or the end.
    fn list(&mut self, ends: &[&str]) -> Result<List, SyntaxError> {
        let mut items = Vec::new();
        loop {
            self.line_ends();
            let over = match self.rest.last() {
                None | Some(Token::Operator(")")) => true,
                Some(_) => self.reserved().is_some_and(|word| ends.contains(&word)),
            };
            if over {
                return Ok(List(items));
            }
            let chain = Arc::new(self.chain()?);
            let background = self.operator("&");
            items.push(Item { chain, background });
            if !background && !self.operator(";") && !matches!(self.rest.last(), None | Some(Token::Operator("\n" | ")"))) {
                return Err(self.unexpected());
            }
        }
    }

    /// A list that must not be empty.
    fn body(&mut self, ends: &[&str]) -> Result<List, SyntaxError> {
        let list = self.list(ends)?;
        if list.0.is_empty() { Err(self.unexpected()) } else { Ok(list) }
    }

    fn chain(&mut self) -> Result<Chain, SyntaxError> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let link = if self.operator("&&") {
                Link::And
            } else if self.operator("||") {
                Link::Or
            } else {
                return Ok(Chain { first, rest });
            };
            self.line_ends();
            rest.push((link, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, SyntaxError> {
        let mut negated = false;
        while matches!(self.rest.last(), Some(Token::Word(word)) if plain(word) == Some("!")) {
            self.rest.pop();
            negated = !negated;
        }
        let mut commands = vec![Arc::new(self.command()?)];
        while self.operator("|") {
            self.line_ends();
            commands.push(Arc::new(self.command()?));
        }
        Ok(Pipeline { negated, commands })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        if self.depth >= DEPTH {
            return Err(SyntaxError::Wrong("too deeply nested".to_owned()));
        }
        self.depth += 1;
        let command = self.compound();
        self.depth -= 1;
        match command? {
            Some(kind) => Ok(Command { kind, redirects: self.redirects()? }),
            None => self.simple(),
        }
    }

    fn compound(&mut self) -> Result<Option<CommandKind>, SyntaxError> {
        if self.operator("(") {
            let list = self.body(&[])?;
            return if self.operator(")") { Ok(Some(CommandKind::Subshell(list))) } else { Err(self.unexpected()) };
        }
        let Some(word) = self.reserved() else { return Ok(None) };
        if !matches!(word, "{" | "if" | "while" | "until" | "for") {
            return Err(self.unexpected());
        }
        self.rest.pop();
        Ok(Some(match word {
            "{" => {
                let list = self.body(&["}"])?;
                self.expect("}")?;
                CommandKind::Group(list)
            }
            "if" => self.branches()?,
            "for" => self.for_loop()?,
            _ => {
                let condition = self.body(&["do"])?;
                CommandKind::Loop { until: word == "until", condition, body: self.do_done()? }
            }
        }))
    }

    fn do_done(&mut self) -> Result<List, SyntaxError> {
        self.expect("do")?;
        let body = self.body(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn branches(&mut self) -> Result<CommandKind, SyntaxError> {
        let mut branches = Vec::new();
        loop {
            let condition = self.body(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.body(&["elif", "else", "fi"])?));
            match self.reserved() {
                Some("elif") => {
                    self.rest.pop();
                }
                Some("else") => {
                    self.rest.pop();
                    let otherwise = Some(self.body(&["fi"])?);
                    self.expect("fi")?;
                    return Ok(CommandKind::If { branches, otherwise });
                }
                _ => {
                    self.expect("fi")?;
                    return Ok(CommandKind::If { branches, otherwise: None });
                }
            }
        }
    }

    fn for_loop(&mut self) -> Result<CommandKind, SyntaxError> {
        let name = match self.rest.pop() {
            Some(Token::Word(word)) if plain(&word).is_some_and(is_name) => plain(&word).unwrap_or_default().to_owned(),
            Some(token) => return Err(unexpected(&token)),
            None => return Err(self.unexpected()),
        };
        let mut words = None;
        if matches!(self.rest.last(), Some(Token::Word(word)) if plain(word) == Some("in")) {
            self.rest.pop();
            let list = words.insert(Vec::new());
            while let Some(Token::Word(_)) = self.rest.last()
                && let Some(Token::Word(word)) = self.rest.pop()
            {
                list.push(word);
            }
        }
        if !self.operator(";") && !matches!(self.rest.last(), Some(Token::Operator("\n"))) && words.is_some() {
            return Err(self.unexpected());
        }
        self.line_ends();
        Ok(CommandKind::For { name, words, body: self.do_done()? })
    }
}
