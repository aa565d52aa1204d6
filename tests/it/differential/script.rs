//! Scripts of exchanges: what is sent to both daemons, as data in `fixtures/differential/*.http`.
//!
//! ```text
//! ### what the exchange is about
//! POST /containers/create?name={p}a     `{p}` is the run's own prefix, `{start}` and `{now}` are times, `{registry}` is a registry, `{x}` is captured, `{x:12}` its beginning
//! Content-Type: text/plain              headers, if any; paths get the prefix /v1.45 unless they have one or begin with `~`
//! | {"Image": "alpine"}                 the body, one or more lines
//! < hello\n                             what is sent after the head of the answer, before the half-close; with `<<` there is no half-close
//! = 201                                 the status that the reference answers
//! $ x = /Id                             captures a value of the answer
//! ? /State/Running = false              asks again until the value is this one
//! ~ sorted                              the order of lists does not count
//! ~ keys                                only keys count, and of lists the first item
//! & w                                   leaves the answer for a later `join w`
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A file of exchanges, played in their order.
pub(super) struct Script {
    /// Its name, without directory and ending.
    pub(super) name: String,
    /// The exchanges.
    pub(super) exchanges: Vec<Exchange>,
}

/// One request and what is known about its answer.
#[derive(Default)]
pub(super) struct Exchange {
    /// What it is about.
    pub(super) title: String,
    /// The method, or `join`.
    pub(super) method: String,
    /// The path with placeholders, or the name of what is joined.
    pub(super) path: String,
    /// Headers.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: String,
    /// What is sent after the head of the answer.
    pub(super) input: Option<Input>,
    /// The status of the reference.
    pub(super) status: u16,
    /// Names and the JSON pointers of what they get.
    pub(super) captures: Vec<(String, String)>,
    /// A JSON pointer and the value to wait for.
    pub(super) until: Option<(String, String)>,
    /// What of the answer counts.
    pub(super) view: View,
    /// The name under which it is joined later.
    pub(super) background: Option<String>,
}

/// Input of a hijacked connection.
#[derive(Clone)]
pub(super) struct Input {
    /// The bytes.
    pub(super) text: String,
    /// Whether the half-close follows.
    pub(super) ends: bool,
}

/// What of an answer counts.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// All of it.
    #[default]
    Whole,
    /// All but the order of lists.
    Sorted,
    /// Keys only, and of lists the first item.
    Keys,
}

/// Reads all scripts.
///
/// # Panics
/// When a line cannot be understood.
pub(super) fn all() -> Vec<Script> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential");
    let mut scripts = Vec::new();
    for entry in fs::read_dir(directory).expect("the directory of the scripts") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "http") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a readable script");
            scripts.push(Script { exchanges: parse(&name, &text), name });
        }
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    scripts
}

fn parse(file: &str, text: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = || format!("{file}.http:{}: {line}", number + 1);
        if let Some(title) = line.strip_prefix("### ") {
            exchanges.push(Exchange { title: title.to_owned(), ..Exchange::default() });
        } else if !line.is_empty() && !line.starts_with("# ") {
            let exchange = exchanges.last_mut().unwrap_or_else(|| panic!("a line before the first ###: {}", place()));
            exchange.line(line).unwrap_or_else(|| panic!("not understood: {}", place()));
        }
    }
    let mut titles = BTreeMap::new();
    for exchange in &exchanges {
        assert!(titles.insert(exchange.title.as_str(), ()).is_none(), "{file}: the title is there twice: {}", exchange.title);
    }
    exchanges
}

impl Exchange {
    fn line(&mut self, line: &str) -> Option<()> {
        if self.method.is_empty() {
            let (method, path) = line.split_once(' ')?;
            (self.method, self.path) = (method.to_owned(), path.to_owned());
            return Some(());
        }
        let (sign, rest) = line.split_once(' ')?;
        match sign {
            "|" if self.body.is_empty() => rest.clone_into(&mut self.body),
            "|" => self.body = format!("{}\n{rest}", self.body),
            "<" | "<<" => self.input = Some(Input { text: unescaped(rest), ends: sign == "<" }),
            "=" => self.status = rest.parse().ok()?,
            "$" => self.captures.push(pair(rest)?),
            "?" => self.until = Some(pair(rest)?),
            "~" if rest == "sorted" => self.view = View::Sorted,
            "~" if rest == "keys" => self.view = View::Keys,
            "&" => self.background = Some(rest.to_owned()),
            name => self.headers.push((name.strip_suffix(':')?.to_owned(), rest.to_owned())),
        }
        Some(())
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\x10", "\x10").replace("\\x11", "\x11")
}

fn pair(text: &str) -> Option<(String, String)> {
    text.split_once(" = ").map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Puts values in for `{name}` and `{name:length}`; braces around anything else stay.
pub(super) fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find('{') {
        out.push_str(&rest[..begin]);
        rest = &rest[begin..];
        let inside = rest.find('}').map(|end| &rest[1..end]);
        match inside.and_then(|inside| Some((inside, value(inside, values)?))) {
            Some((inside, value)) => {
                out.push_str(value);
                rest = &rest[inside.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn value<'a>(inside: &str, values: &'a BTreeMap<String, String>) -> Option<&'a str> {
    match inside.split_once(':') {
        Some((name, length)) => values.get(name)?.get(..length.parse().ok()?),
        None => values.get(inside).map(String::as_str),
    }
}
