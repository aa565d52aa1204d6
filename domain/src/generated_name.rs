//! Names for containers that were given none.

const ADJECTIVES: [&str; 64] = [
    "able", "amber", "ample", "azure", "bold", "brave", "brisk", "calm", "clear", "clever", "cosy", "crisp", "daring", "deft", "eager",
    "early", "fair", "fast", "fine", "fond", "frank", "fresh", "gentle", "glad", "golden", "grand", "happy", "hardy", "honest", "jolly",
    "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mighty", "modest", "neat", "noble", "patient", "placid",
    "polite", "proud", "quick", "quiet", "rapid", "ready", "robust", "serene", "sharp", "silver", "steady", "sturdy", "sunny", "swift",
    "tidy", "trusty", "vivid", "warm", "wise", "witty",
];

const NOUNS: [&str; 64] = [
    "anchor",
    "badger",
    "beacon",
    "birch",
    "bridge",
    "brook",
    "canoe",
    "cedar",
    "clover",
    "comet",
    "compass",
    "coral",
    "crane",
    "dolphin",
    "falcon",
    "fern",
    "ferry",
    "finch",
    "fjord",
    "forest",
    "fox",
    "galley",
    "garden",
    "glacier",
    "harbour",
    "hare",
    "hawk",
    "heron",
    "island",
    "kestrel",
    "lagoon",
    "lantern",
    "lark",
    "lighthouse",
    "lynx",
    "maple",
    "marten",
    "meadow",
    "meteor",
    "mill",
    "moor",
    "oak",
    "orchard",
    "osprey",
    "otter",
    "owl",
    "pebble",
    "pine",
    "plover",
    "quarry",
    "raven",
    "reef",
    "river",
    "robin",
    "sail",
    "seal",
    "sparrow",
    "stork",
    "swan",
    "tern",
    "thistle",
    "tide",
    "valley",
    "willow",
];

/// The `adjective_noun` name that belongs to `number`; after the first tries a digit is appended, as dockerd does, so that a crowded
/// server still finds a free one.
#[must_use]
pub fn generated_name(number: u64, tries: u32) -> String {
    let pick = |list: &[&'static str; 64], shift: u32| list[usize::try_from((number >> shift) & 63).expect("invariant: at most 63")];
    let base = format!("{}_{}", pick(&ADJECTIVES, 0), pick(&NOUNS, 6));
    if tries == 0 { base } else { format!("{base}{}", (number >> 12) % 10_u64.pow(tries.min(18))) }
}

#[cfg(test)]
mod tests {
    use super::generated_name;

    #[test]
    fn has_the_familiar_form() {
        assert_eq!(generated_name(0, 0), "able_anchor");
        assert_eq!(generated_name((7 << 12) | (1 << 6) | 2, 1), "ample_badger7");
        assert!(crate::ContainerName::parse(&generated_name(u64::MAX, 30)).is_ok());
    }
}
