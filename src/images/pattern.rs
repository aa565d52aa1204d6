//! Patterns of image names (Go `path.Match`, as github.com/distribution/reference uses it in `FamiliarMatch`).

use domain::{Error, ImageRef, Result};

/// Refuses patterns that are not well formed.
pub(super) fn check<'a>(mut patterns: impl Iterator<Item = &'a str>) -> Result<()> {
    if patterns.any(|pattern| parse(pattern).is_none()) {
        return Err(Error::Invalid("syntax error in pattern".to_owned()));
    }
    Ok(())
}

/// Whether a pattern matches a name as Docker shows it, with or without tag or digest.
pub(super) fn matches(pattern: &str, name: &ImageRef) -> bool {
    parse(pattern).is_some_and(|pattern| matches_text(&pattern, &name.familiar()) || matches_text(&pattern, &name.familiar_name()))
}

/// One part of a pattern.
#[derive(Debug)]
enum Part {
    /// `*`: any number of characters but `/`.
    Many,
    /// `?`: one character but `/`.
    One,
    /// `[a-z]` or `[^a-z]`.
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// The character itself.
    Literal(char),
}

fn parse(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(next) = chars.next() {
        parts.push(match next {
            '*' => Part::Many,
            '?' => Part::One,
            '\\' => Part::Literal(chars.next()?),
            '[' => class(&mut chars)?,
            other => Part::Literal(other),
        });
    }
    Some(parts)
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Part> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
            return Some(Part::Class { negated, ranges });
        }
        let low = member(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() { member(chars)? } else { low };
        ranges.push((low, high));
    }
}

fn member(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        other => Some(other),
    }
}

/// Goes back to the last `*` only, which is enough and keeps it from taking for ever.
fn matches_text(pattern: &[Part], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut part) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(part) {
            Some(Part::Many) => {
                star = Some((part, at));
                part += 1;
                continue;
            }
            Some(one) if fits(one, text[at]) => {
                (at, part) = (at + 1, part + 1);
                continue;
            }
            _ => {}
        }
        match star {
            Some((star_part, from)) if text[from] != '/' => {
                star = Some((star_part, from + 1));
                (at, part) = (from + 1, star_part + 1);
            }
            _ => return false,
        }
    }
    pattern[part..].iter().all(|part| matches!(part, Part::Many))
}

fn fits(part: &Part, c: char) -> bool {
    match part {
        Part::Many => false,
        Part::One => c != '/',
        Part::Class { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        Part::Literal(literal) => *literal == c,
    }
}

#[cfg(test)]
mod tests {
    use domain::ImageRef;
    use proptest::prelude::{any, proptest};

    use super::{check, matches, matches_text, parse};

    #[test]
    fn matches_as_go_does() {
        for (pattern, name, expected) in [
            ("busybox", "busybox:1", true),
            ("busybox:*", "busybox:1", true),
            ("busy*", "busybox:1", true),
            ("*", "busybox:1", true),
            ("*", "eng/bb:1", false),
            ("eng/*", "eng/bb:1", true),
            ("*/*", "eng/bb:1", true),
            ("*b", "eng/bb:1", false),
            ("bb", "eng/bb:1", false),
            ("*/b?", "eng/bb:1", true),
            ("busybox:[0-9]", "busybox:1", true),
            ("busybox:[^0-9]", "busybox:1", false),
            ("busybox\\:1", "busybox:1", true),
            ("*:*1", "busybox:1.1", true),
            ("docker.io/library/busybox", "busybox:1", false),
            ("UPPER", "upper:1", false),
        ] {
            assert_eq!(matches(pattern, &ImageRef::parse(name).unwrap()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn broken_patterns_are_refused() {
        for bad in ["[bad", "[]a]", "[-]", "a\\", "[a-]", "["] {
            assert!(check([bad].into_iter()).is_err(), "{bad}");
        }
        assert!(check(["[a-z]*?\\[", ""].into_iter()).is_ok());
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = parse(&"*a".repeat(200)).unwrap();
        assert!(!matches_text(&pattern, &"a".repeat(199)));
        assert!(matches_text(&pattern, &"a".repeat(200)));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(pattern in any::<String>(), text in any::<String>()) {
            if let Some(pattern) = parse(&pattern) {
                matches_text(&pattern, &text);
            }
        }
    }
}
