//! Which image of an index is for a platform (github.com/containerd/platforms `Only`, moby `filterManifests`).

use domain::Platform;

use crate::manifest::{EntryPlatform, IndexEntry};

/// The images of an index that run on `wanted`, the best first.
pub(crate) fn choose<'a>(entries: &'a [IndexEntry], wanted: &Platform) -> Vec<&'a IndexEntry> {
    let admitted = admitted(&Normal::new(&wanted.os, &wanted.architecture, &wanted.variant));
    let rank = |entry: &IndexEntry| match normal(entry) {
        Some(platform) => admitted.iter().position(|one| *one == platform),
        // It may be anything; it is tried when nothing better is there.
        None => Some(admitted.len()),
    };
    let mut chosen: Vec<_> = entries.iter().filter(|entry| entry.is_image()).filter_map(|entry| Some((rank(entry)?, entry))).collect();
    chosen.sort_by_key(|(rank, _)| *rank);
    chosen.into_iter().map(|(_, entry)| entry).collect()
}

/// What an entry says it is for; empty where it says nothing.
pub(crate) fn platform(entry: &IndexEntry) -> Platform {
    let said = |part: fn(&EntryPlatform) -> &Option<String>| entry.platform.as_ref().and_then(|all| part(all).clone()).unwrap_or_default();
    Platform { os: said(|all| &all.os), architecture: said(|all| &all.architecture), variant: said(|all| &all.variant) }
}

fn normal(entry: &IndexEntry) -> Option<Normal> {
    let said = platform(entry);
    (said != Platform::default()).then(|| Normal::new(&said.os, &said.architecture, &said.variant))
}

/// A platform by its one name of several (`platforms.Normalize`).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Normal {
    os: String,
    architecture: String,
    variant: String,
}

impl Normal {
    fn new(os: &str, architecture: &str, variant: &str) -> Self {
        let (os, architecture, variant) = (os.to_ascii_lowercase(), architecture.to_ascii_lowercase(), variant.to_ascii_lowercase());
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386" | "386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
            ("aarch64" | "arm64", variant) => ("arm64", variant),
            ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
            ("armel", _) | ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "8") => ("arm", "v8"),
            as_they_are => as_they_are,
        };
        let os = if os == "macos" { "darwin".to_owned() } else { os };
        Self { os, architecture: architecture.to_owned(), variant: variant.to_owned() }
    }

    fn on(&self, architecture: &str, variant: &str) -> Self {
        Self::new(&self.os, architecture, variant)
    }
}

/// What runs on a platform, the best first: itself, then what its processor can do as well (`platformVector`).
fn admitted(platform: &Normal) -> Vec<Normal> {
    let below = |architecture: &str, variant: &str, least: u8| -> Vec<Normal> {
        let number = variant.strip_prefix('v').and_then(|number| number.parse::<u8>().ok()).unwrap_or(0);
        (least..number).rev().map(|number| platform.on(architecture, &format!("v{number}"))).collect()
    };
    let mut all = vec![platform.clone()];
    match platform.architecture.as_str() {
        "amd64" => {
            all.extend(below("amd64", &platform.variant, 1));
            all.push(platform.on("386", ""));
        }
        "arm" => all.extend(below("arm", &platform.variant, 5)),
        "arm64" => {
            let variant = if platform.variant.is_empty() { "v8" } else { &platform.variant };
            all.push(platform.on("arm", variant));
            all.extend(below("arm", variant, 5));
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use domain::Platform;
    use proptest::prelude::{Strategy, prop, proptest};
    use serde_json::json;

    use super::choose;
    use crate::manifest::IndexEntry;

    /// An index of images for these platforms; `-` says nothing about its platform.
    fn index(platforms: &[&str]) -> Vec<IndexEntry> {
        let entry = |text: &&str| {
            let mut parts = text.split('/');
            let platform = json!({"os": parts.next(), "architecture": parts.next(), "variant": parts.next()});
            let platform = if *text == "-" { json!(null) } else { platform };
            serde_json::from_value(json!({"digest": text, "platform": platform})).unwrap()
        };
        platforms.iter().map(entry).collect()
    }

    fn chosen(platforms: &[&str], wanted: &str) -> Vec<String> {
        let wanted = Platform::parse(wanted).unwrap();
        choose(&index(platforms), &wanted).into_iter().map(|entry| entry.digest.clone()).collect()
    }

    #[test]
    fn chooses_as_containerd_does() {
        for (wanted, there, expected) in [
            ("linux/amd64", &["linux/arm64/v8", "linux/amd64"][..], &["linux/amd64"][..]),
            ("linux/amd64", &["linux/386", "linux/amd64"], &["linux/amd64", "linux/386"]),
            ("linux/amd64", &["linux/amd64/v2", "linux/amd64/v1"], &["linux/amd64/v1"]),
            (
                "linux/amd64/v3",
                &["linux/amd64", "linux/amd64/v2", "linux/amd64/v4", "linux/amd64/v3"],
                &["linux/amd64/v3", "linux/amd64/v2", "linux/amd64"],
            ),
            ("linux/arm64", &["linux/arm64/v8"], &["linux/arm64/v8"]),
            ("linux/arm64/v8", &["linux/arm64"], &["linux/arm64"]),
            ("linux/arm64", &["linux/arm/v6", "linux/arm/v7", "linux/arm64"], &["linux/arm64", "linux/arm/v7", "linux/arm/v6"]),
            ("linux/arm64/v9", &["linux/arm64"], &[]),
            ("linux/arm", &["linux/arm/v5", "linux/arm/v6", "linux/arm/v7"], &["linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]),
            ("linux/arm/v6", &["linux/arm/v7", "linux/arm/v5", "linux/arm/v6"], &["linux/arm/v6", "linux/arm/v5"]),
            ("linux/s390x", &["linux/amd64"], &[]),
            ("linux/riscv64", &["linux/riscv64"], &["linux/riscv64"]),
            ("windows/amd64", &["linux/amd64"], &[]),
            ("linux/amd64", &["unknown/unknown", "-", "linux/386"], &["linux/386", "-"]),
            ("linux/amd64", &["Linux/x86_64"], &["Linux/x86_64"]),
        ] {
            assert_eq!(chosen(there, wanted), expected, "{wanted} of {there:?}");
        }
    }

    #[test]
    fn of_equals_the_first_counts() {
        let entries: Vec<IndexEntry> = ["a", "b"]
            .iter()
            .map(|digest| serde_json::from_value(json!({"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}})).unwrap())
            .collect();
        assert_eq!(choose(&entries, &Platform::linux("amd64"))[0].digest, "a");
    }

    proptest! {
        /// Whatever is written there, what is for exactly the platform is the first choice.
        #[test]
        fn the_exact_platform_wins(
            others in prop::collection::vec("[a-z0-9]{0,6}/[a-z0-9]{0,6}(/v[0-9]{1,3})?", 0..6).prop_map(|mut all| {
                all.retain(|text| !text.starts_with("linux/amd64"));
                all
            }),
        ) {
            let mut all: Vec<&str> = others.iter().map(String::as_str).collect();
            all.push("linux/amd64");
            assert_eq!(chosen(&all, "linux/amd64")[0], "linux/amd64");
        }
    }
}
