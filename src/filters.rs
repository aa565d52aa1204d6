//! What the filters of lists and prunes have in common.

mod moment;

use domain::{Error, Filters, Result, Timestamp};
use regex::{Regex, RegexBuilder};

/// How much memory one pattern may take once it is compiled.
const PATTERN_LIMIT: usize = 1 << 20;

/// Texts of a filter that are compared with names: as they are, or as regular expressions that may match anywhere
/// (moby `api/types/filters`, `Args.Match`).
pub(crate) struct Patterns<'a> {
    exact: Vec<&'a str>,
    patterns: Vec<Regex>,
}

impl<'a> Patterns<'a> {
    /// The values of `key`. One that is no regular expression matches itself alone.
    pub(crate) fn new(filters: &'a Filters, key: &str) -> Self {
        let exact: Vec<&str> = filters.values(key).collect();
        let compile = |text: &&str| RegexBuilder::new(text).size_limit(PATTERN_LIMIT).build().ok();
        Self { patterns: exact.iter().filter_map(compile).collect(), exact }
    }

    /// Whether `text` is wanted; everything is if the filter was not given.
    pub(crate) fn accept(&self, text: &str) -> bool {
        self.exact.is_empty() || self.exact.contains(&text) || self.patterns.iter().any(|pattern| pattern.is_match(text))
    }
}

/// The point in time that the one value of `until` means.
pub(crate) fn until(filters: &Filters, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut values = filters.values("until");
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Error::Invalid("more than one until filter specified".to_owned())),
        (Some(text), None) => moment(text, now).map(Some),
        (None, None) => Ok(None),
    }
}

/// A point in time as a duration before `now` (`1h30m`), a date, or seconds since 1970.
pub(crate) fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    moment::parse(text, now).ok_or_else(|| Error::Invalid(format!("failed to parse value as time or duration: \"{text}\"")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Filters, Patterns, Timestamp, until};

    fn filters(key: &str, values: &[&str]) -> Filters {
        [(key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<BTreeSet<_>>())].into_iter().collect()
    }

    #[test]
    fn patterns_match_anywhere_and_broken_ones_only_themselves() {
        let some = filters("name", &["we.$", "(", "^x"]);
        let patterns = Patterns::new(&some, "name");
        for (text, wanted) in [("web", true), ("xy", true), ("(", true), ("ax", false), ("web2", false), ("((", false)] {
            assert_eq!(patterns.accept(text), wanted, "{text}");
        }
        assert!(Patterns::new(&some, "id").accept("anything"));
    }

    #[test]
    fn a_pattern_that_would_be_huge_is_ignored() {
        let some = filters("name", &["(a{1000}){1000}"]);
        assert!(!Patterns::new(&some, "name").accept("a"));
    }

    #[test]
    fn until_is_one_moment() {
        let now = Timestamp::from_nanos(100_000_000_000);
        assert_eq!(until(&filters("until", &["40s"]), now), Ok(Some(Timestamp::from_nanos(60_000_000_000))));
        assert_eq!(until(&Filters::default(), now), Ok(None));
        let text = |values: &[&str]| until(&filters("until", values), now).unwrap_err().to_string();
        assert_eq!(text(&["1", "2"]), "more than one until filter specified");
        assert_eq!(text(&["x"]), "failed to parse value as time or duration: \"x\"");
    }
}
