//! Finds where two answers differ.

use serde_json::Value;

/// One place where the answers differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where, like `body.State.Status`.
    pub(super) path: String,
    /// What the reference says there; `None` if it says nothing.
    pub(super) reference: Option<Value>,
    /// What we say there.
    pub(super) ours: Option<Value>,
}

/// All places where they differ.
pub(super) fn differences(reference: &Value, ours: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(reference), Some(ours), &mut found);
    found
}

fn compare(path: String, reference: Option<&Value>, ours: Option<&Value>, found: &mut Vec<Difference>) {
    match (reference, ours) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(path, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for index in 0..a.len().max(b.len()) {
                compare(format!("{path}[{index}]"), a.get(index), b.get(index), found);
            }
        }
        _ if reference == ours => {}
        _ => found.push(Difference { path, reference: reference.cloned(), ours: ours.cloned() }),
    }
}
