//! The differences that are meant: `fixtures/differential/accepted.txt`, one a line, `exchange | path | reason`.

use std::cell::Cell;
use std::fs;
use std::path::Path;

/// A difference that is meant.
pub(super) struct Accepted {
    exchange: String,
    path: String,
    /// Why it is meant; a line of docs/COMPATIBILITY.md.
    pub(super) reason: String,
    seen: Cell<bool>,
}

/// Reads the table.
///
/// # Panics
/// When a line has not three columns.
pub(super) fn all() -> Vec<Accepted> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential/accepted.txt");
    let text = fs::read_to_string(path).expect("the table of accepted differences");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
            let [exchange, path, reason] = columns[..] else { panic!("not three columns: {line}") };
            Accepted { exchange: exchange.to_owned(), path: path.to_owned(), reason: reason.to_owned(), seen: Cell::new(false) }
        })
        .collect()
}

impl Accepted {
    /// Whether this difference is the one meant. Remembers that it occurred.
    pub(super) fn covers(&self, exchange: &str, path: &str) -> bool {
        let covers = glob(&self.exchange, exchange) && glob(&self.path, path);
        self.seen.set(self.seen.get() || covers);
        covers
    }

    /// The line, if the difference did not occur.
    pub(super) fn stale(&self) -> Option<String> {
        (!self.seen.get()).then(|| format!("{} | {} | {}", self.exchange, self.path, self.reason))
    }
}

/// Whether `text` is `pattern`, where `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((begin, rest)) => text.strip_prefix(begin).is_some_and(|text| {
            let ends = text.char_indices().map(|(index, _)| index).chain([text.len()]);
            rest.is_empty() || ends.into_iter().any(|index| glob(rest, &text[index..]))
        }),
    }
}

#[test]
fn a_star_stands_for_anything() {
    assert!(glob("a*c*", "abbc"));
    assert!(glob("*", ""));
    assert!(glob("*.x[*].y", "body.x[0].y"));
    assert!(!glob("a*c", "abcd"));
}
