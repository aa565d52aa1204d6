//! What a script consists of.

use std::sync::Arc;

/// Commands one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct List(pub(super) Vec<Item>);

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) chain: Arc<Chain>,
    /// Whether it ends in `&`.
    pub(super) background: bool,
}

/// Pipelines with `&&` and `||` between them.
#[derive(Debug, PartialEq)]
pub(super) struct Chain {
    pub(super) first: Pipeline,
    pub(super) rest: Vec<(Link, Pipeline)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    And,
    Or,
}

/// Commands with `|` between them.
#[derive(Debug, PartialEq)]
pub(super) struct Pipeline {
    /// Whether it begins with `!`.
    pub(super) negated: bool,
    pub(super) commands: Vec<Arc<Command>>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Command {
    pub(super) kind: CommandKind,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Debug, PartialEq)]
pub(super) enum CommandKind {
    Simple { assignments: Vec<(String, Word)>, words: Vec<Word> },
    Group(List),
    Subshell(List),
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    Loop { until: bool, condition: List, body: List },
    For { name: String, words: Option<Vec<Word>>, body: List },
}

#[derive(Debug, PartialEq)]
pub(super) struct Redirect {
    /// 0, 1 or 2.
    pub(super) fd: u8,
    pub(super) target: Target,
}

#[derive(Debug, PartialEq)]
pub(super) enum Target {
    Read(Word),
    Write(Word),
    Append(Word),
    Duplicate(u8),
}

/// A word before it is expanded.
pub(super) type Word = Vec<Part>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Text; quoted text is never split or dropped.
    Text { text: String, quoted: bool },
    /// `$NAME`, `${NAME}`, `${NAME:-word}` and the special ones.
    Parameter { name: String, fallback: Option<Fallback>, quoted: bool },
    /// `$(…)`.
    Command { list: Arc<List>, quoted: bool },
    /// `$((…))`.
    Arithmetic(String),
}

/// What stands for a variable that is not set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fallback {
    /// Whether an empty one counts as not set.
    pub(super) or_empty: bool,
    pub(super) word: Word,
}
