//! Replaces what must differ between two daemons: ids, times, addresses, sizes, generated names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::script::View;

/// Numbers that are times, sizes or process ids. Zero stays zero.
const NUMBERS: [&str; 13] = [
    "Created",
    "IPPrefixLen",
    "LayersSize",
    "MemTotal",
    "NCPU",
    "Pid",
    "SharedSize",
    "Size",
    "SizeRootFs",
    "SizeRw",
    "VirtualSize",
    "time",
    "timeNano",
];

/// Numbers that count what all clients of the daemon do.
const COUNTS: [&str; 9] = [
    "Containers",
    "ContainersPaused",
    "ContainersRunning",
    "ContainersStopped",
    "Images",
    "NEventsListener",
    "NFd",
    "NGoroutines",
    "SpaceReclaimed",
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"sha256:[0-9a-f]{64}", "sha256:<digest>"),
        (r"\b[0-9a-f]{64}\b", "<id>"),
        (r"\b[0-9a-f]{12}\b", "<short id>"),
        (r"\b(?:[1-9]\d{3}|0[1-9]\d\d)-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>"),
        (r"\b(?:1[013-9]\d|12[0-689]|2\d\d|[1-9]\d?)\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "<ip>"),
        (r"<ip>/\d+", "<ip>/<n>"),
        (r"^(/?)[a-z]+_[a-z]+\d?$", "$1<generated>"),
        (r"(?:Less than a second|About an? \w+|\d+ (?:second|minute|hour)s?)\b", "<duration>"),
        (r"\b\d{10}(?:\.\d{9})?\b", "<time>"),
    ]
    .map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern"), instead))
    .into()
});

/// The answer without what must differ. `values` are what was captured, by name.
pub(super) fn normal(answer: &Value, values: &BTreeMap<String, String>, view: View) -> Value {
    let mut names: Vec<(String, String)> = values
        .iter()
        .filter(|(name, value)| !matches!(name.as_str(), "start" | "now") && !value.is_empty())
        .flat_map(|(name, value)| {
            let short = (value.len() == 64).then(|| (value[..12].to_owned(), format!("<{name}:12>")));
            [(value.clone(), format!("<{name}>"))].into_iter().chain(short)
        })
        .collect();
    // The longest first, because one may be the beginning of another.
    names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    let mut answer = walk(answer, "", &names, view);
    if view == View::Keys {
        answer["body"] = keys(&answer["body"]);
    }
    answer
}

/// The keys of an object, and of the first items of its lists. What else there is depends on who else uses the daemon.
fn keys(body: &Value) -> Value {
    let blank = |value: &Value| match value {
        Value::Object(map) => map.keys().map(|key| (key.clone(), Value::Null)).collect::<Map<_, _>>().into(),
        other => other.clone(),
    };
    let inside = |value: &Value| match value {
        Value::Array(list) => list.iter().take(1).map(blank).collect(),
        other => other.clone(),
    };
    body.as_object()
        .map_or_else(|| body.clone(), |map| map.iter().map(|(key, value)| (key.clone(), inside(value))).collect::<Map<_, _>>().into())
}

fn walk(value: &Value, key: &str, names: &[(String, String)], view: View) -> Value {
    match value {
        Value::String(_) if key == "execDuration" => "<n>".into(),
        Value::Number(_) if COUNTS.contains(&key) => "<n>".into(),
        Value::String(text) => replaced(text, names).into(),
        Value::Number(number) if NUMBERS.contains(&key) && number.as_f64() != Some(0.0) => "<n>".into(),
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(|item| walk(item, key, names, view)).collect();
            if matches!(key, "RepoTags" | "RepoDigests") {
                list.retain(is_known_name);
            }
            if view == View::Sorted {
                list.sort_by_key(Value::to_string);
            }
            list.into()
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (replaced(key, names), walk(value, key, names, view)));
            // Who else is in a network, or on the way into it, depends on who else uses the daemon.
            entries.filter(|(name, _)| key != "Containers" || !matches!(name.as_str(), "<id>" | "ep-<id>")).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Whether an image's name is one that the scripts use; other clients of the daemon give it more.
fn is_known_name(name: &Value) -> bool {
    let known = |name: &str| name == "alpine:latest" || name.starts_with("alpine@");
    name.as_str().is_some_and(|name| known(name) || name.contains("test/distroless") || name.contains("<p>") || name == "<digest>")
}

fn replaced(text: &str, names: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (value, name) in names {
        text = text.replace(value, name);
    }
    for (pattern, instead) in PATTERNS.iter() {
        if pattern.is_match(&text) {
            text = pattern.replace_all(&text, *instead).into_owned();
        }
    }
    text
}
