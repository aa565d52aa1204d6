//! Which image of an index is for a platform (moby `distribution/pull_v2.go`, `filterManifests`).

use domain::Platform;

use crate::manifest::{EntryPlatform, IndexEntry};

/// The images of an index that run on `wanted`, the best first.
pub(crate) fn choose<'a>(entries: &'a [IndexEntry], wanted: &Platform) -> Vec<&'a IndexEntry> {
    let admitted = wanted.admitted();
    let rank = |entry: &IndexEntry| match platform(entry) {
        // It may be anything; it is tried when nothing better is there.
        silent if silent == Platform::default() => Some(admitted.len()),
        said => admitted.iter().position(|one| *one == said.normal()),
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
