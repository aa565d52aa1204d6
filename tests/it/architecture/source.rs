//! The project's own source files.

use std::fs;
use std::path::{Path, PathBuf};

/// One file.
pub(super) struct Source {
    /// Where it is, from the root.
    pub(super) path: PathBuf,
    /// What is in it.
    pub(super) text: String,
}

impl Source {
    /// The places whose code, comments left out, is one of those that `wanted` tells.
    pub(super) fn lines_with(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        lines
            .filter(|(_, line)| wanted(line))
            .map(|(number, line)| format!("{}:{}: {}", self.path.display(), number + 1, line.trim()))
            .collect()
    }
}

/// The Rust files below `folders`.
pub(super) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        collect(Path::new(folder), &mut found);
    }
    assert!(found.len() > folders.len(), "the files are found");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            found.push(Source { path, text });
        }
    }
}

/// A line of code without what stands between quotes.
pub(super) fn without_texts(code: &str) -> String {
    code.split('"').step_by(2).collect()
}
