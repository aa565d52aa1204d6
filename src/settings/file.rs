//! The file with settings.

use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::Dict;

use super::Layer;

/// Reads a file as TOML or YAML, which its name tells.
pub(super) fn layer(path: &Path) -> Result<Layer, String> {
    let refuse = |reason: &str| format!("{}: {reason}", path.display());
    let read: fn(&str) -> Result<Dict, String> = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml,
        Some("yaml" | "yml") => yaml,
        _ => return Err(refuse("its name must end in .toml, .yaml or .yml")),
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error.to_string()))?;
    let values = read(&text).map_err(|reason| refuse(&reason))?;
    Ok(Layer::file(path, values))
}

fn toml(text: &str) -> Result<Dict, String> {
    Toml::from_str(text).map_err(|error| one_line(&error.to_string()))
}

fn yaml(text: &str) -> Result<Dict, String> {
    // A file of nothing but comments is no document, and says as much as an empty one.
    serde_saphyr::from_str::<Option<Dict>>(text).map(Option::unwrap_or_default).map_err(|error| one_line(&error.to_string()))
}

/// What a parser says, without the picture of the line at fault that it draws below.
fn one_line(text: &str) -> String {
    let drawn = |line: &str| line.starts_with("-->") || line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|');
    let said: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty() && !drawn(line)).collect();
    let said = said.join("; ");
    said.strip_prefix("error: ").unwrap_or(&said).to_owned()
}
