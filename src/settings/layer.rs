//! One layer of the settings, and where its values come from.

use std::path::Path;

use figment::error::Kind;
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};
use serde::Serialize;

/// Values by key, and how to name their origin.
pub(super) struct Layer {
    values: Dict,
    metadata: Metadata,
}

impl Layer {
    /// The flags that were given. A value's origin is its flag.
    pub(super) fn flags(flags: &impl Serialize) -> Self {
        let values = Value::serialize(flags).ok().and_then(Value::into_dict).expect("invariant: flags are a struct of texts");
        let flag = |_: &Profile, key: &[&str]| format!("--{}", key.last().copied().unwrap_or_default());
        Self { values, metadata: Metadata::named("flag").interpolater(flag) }
    }

    /// Environment variables. A value's origin is its variable, which `name` knows for a key.
    pub(super) fn environment(values: Dict, name: fn(&str) -> &'static str) -> Self {
        let variable = move |_: &Profile, key: &[&str]| format!("environment variable {}", name(&key.join(".")));
        Self { values, metadata: Metadata::named("environment").interpolater(variable) }
    }

    /// A file. A value's origin is the file and the key.
    pub(super) fn file(path: &Path, values: Dict) -> Self {
        let file = path.display().to_string();
        let place = move |_: &Profile, key: &[&str]| match key {
            [] => file.clone(),
            key => format!("{file}: {}", key.join(".")),
        };
        Self { values, metadata: Metadata::named("file").interpolater(place) }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// One line: where the value stands and what is wrong with it.
pub(super) fn complaint(error: Error) -> String {
    let reason = match &error.kind {
        Kind::UnknownField(_, known) => format!("unknown key; the known ones are {}", known.join(", ")),
        Kind::UnknownVariant(value, known) => format!("\"{value}\" is not one of {}", known.join(", ")),
        kind => kind.to_string(),
    };
    match (&error.profile, &error.metadata) {
        (Some(profile), Some(metadata)) => format!("{}: {reason}", metadata.interpolate(profile, &error.path)),
        _ => reason,
    }
}
