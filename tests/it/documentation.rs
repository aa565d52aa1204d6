//! The documents say what the code does.

use std::fs;

/// What stands between quotes in a source file and looks as `wanted` says must be in docs/COMPATIBILITY.md.
fn undocumented(source: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let document = read("docs/COMPATIBILITY.md");
    let code = read(source);
    let texts: Vec<&str> = code.split('"').skip(1).step_by(2).filter(|text| wanted(text)).collect();
    assert!(texts.len() > 10, "{source} has changed its shape: {texts:?}");
    texts.into_iter().filter(|text| !document.contains(text)).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_shortfall_is_documented() {
    let missing = undocumented("domain/src/plan/shortfalls.rs", |text| text.ends_with('.'));
    assert!(missing.is_empty(), "not in docs/COMPATIBILITY.md: {missing:#?}");
}

#[test]
fn every_refused_route_is_documented() {
    let missing = undocumented("adapters/docker-http/src/handlers/unsupported.rs", |text| text.starts_with('/'));
    assert!(missing.is_empty(), "not in docs/COMPATIBILITY.md: {missing:#?}");
}
