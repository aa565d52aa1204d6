//! The query of a request, read as dockerd reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::IntErrorKind;

use domain::{Filters, TermSize};
use percent_encoding::percent_decode;
use serde::Deserialize;

use crate::error::ApiError;

/// The decoded pairs of a query, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a raw query.
    ///
    /// # Errors
    /// 400 for a broken escape.
    pub(crate) fn parse(raw: &str) -> Result<Self, ApiError> {
        if raw.is_empty() {
            return Ok(Self::default());
        }
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescape(key)?, unescape(value)?))
        };
        raw.split('&').filter(|part| !part.is_empty()).map(pair).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The first value of `key`, which may be empty; `None` if it was not given.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// Every value of `key`.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The first value of `key`; empty if it was not given.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.get(key).unwrap_or_default()
    }

    /// The yes or no of `key`: empty, `0`, `no`, `false` and `none` are no, anything else is yes (moby `httputils.BoolValue`).
    pub(crate) fn flag(&self, key: &str) -> bool {
        let value = self.text(key).trim();
        !["", "0", "no", "false", "none"].iter().any(|no| value.eq_ignore_ascii_case(no))
    }

    /// The number of `key`; `None` if it was not given or is empty.
    ///
    /// # Errors
    /// 400 with the text of Go's `strconv.Atoi`.
    pub(crate) fn int(&self, key: &str) -> Result<Option<i64>, ApiError> {
        match self.text(key) {
            "" => Ok(None),
            text => atoi(text).map(Some),
        }
    }

    /// The parameters `h` and `w`.
    ///
    /// # Errors
    /// 400 if one of them is missing or is no number of character cells.
    pub(crate) fn term_size(&self) -> Result<TermSize, ApiError> {
        let cells = |key| {
            let text = self.text(key);
            let out_of_range = |_| ApiError::invalid(format!("strconv.Atoi: parsing {text:?}: value out of range"));
            atoi(text).and_then(|cells| u16::try_from(cells).map_err(out_of_range))
        };
        Ok(TermSize { height: cells("h")?, width: cells("w")? })
    }

    /// The parameter `filters` in both of its forms, `{"key":["value"]}` and `{"key":{"value":true}}` (moby `filters.FromJSON`).
    ///
    /// # Errors
    /// 400 for anything else.
    pub(crate) fn filters(&self) -> Result<Filters, ApiError> {
        let text = self.text("filters");
        if text.is_empty() {
            return Ok(Filters::default());
        }
        let read: Option<BTreeMap<String, FilterValues>> = serde_json::from_str(text).map_err(|_| ApiError::invalid("invalid filter"))?;
        Ok(read.unwrap_or_default().into_iter().map(|(key, values)| (key, values.into_set())).collect())
    }
}

/// The values of one filter.
#[derive(Deserialize)]
#[serde(untagged)]
enum FilterValues {
    /// The form since API 1.22.
    Map(BTreeMap<String, bool>),
    /// The form before.
    List(BTreeSet<String>),
}

impl FilterValues {
    fn into_set(self) -> BTreeSet<String> {
        match self {
            Self::Map(values) => values.into_keys().collect(),
            Self::List(values) => values,
        }
    }
}

/// A number with the errors of Go's `strconv.Atoi`, which clients see in messages.
///
/// # Errors
/// 400 if it is none, or does not fit.
pub(crate) fn atoi(text: &str) -> Result<i64, ApiError> {
    text.parse::<i64>().map_err(|error| {
        let why = match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        ApiError::invalid(format!("strconv.Atoi: parsing {text:?}: {why}"))
    })
}

/// Decodes `+` and `%XX`; bytes that are not UTF-8 are replaced.
fn unescape(text: &str) -> Result<String, ApiError> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        if !matches!(bytes.get(at + 1..at + 3), Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()) {
            let escape = String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 3)]);
            return Err(ApiError::invalid(format!("invalid URL escape {escape:?}")));
        }
    }
    Ok(percent_decode(text.replace('+', " ").as_bytes()).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use domain::TermSize;

    use super::Query;

    #[test]
    fn booleans() {
        for no in ["x=", "x=0", "x=No", "x=FALSE", "x=none", "x=+0+", "y=1", ""] {
            assert!(!Query::parse(no).unwrap().flag("x"), "{no}");
        }
        for yes in ["x=1", "x=true", "x=maybe", "x=t&x=0"] {
            assert!(Query::parse(yes).unwrap().flag("x"), "{yes}");
        }
    }

    #[test]
    fn numbers() {
        let query = Query::parse("a=5&b=-1&c=&d=abc&e=99999999999999999999&f=%22").unwrap();
        assert_eq!(query.int("a"), Ok(Some(5)));
        assert_eq!(query.int("b"), Ok(Some(-1)));
        assert_eq!(query.int("c"), Ok(None));
        assert_eq!(query.int("z"), Ok(None));
        assert_eq!(query.int("d").unwrap_err().message, "strconv.Atoi: parsing \"abc\": invalid syntax");
        assert_eq!(query.int("e").unwrap_err().message, "strconv.Atoi: parsing \"99999999999999999999\": value out of range");
        assert_eq!(query.int("f").unwrap_err().message, "strconv.Atoi: parsing \"\\\"\": invalid syntax");
    }

    #[test]
    fn sizes_of_terminals() {
        assert_eq!(Query::parse("h=24&w=80").unwrap().term_size(), Ok(TermSize { height: 24, width: 80 }));
        for (bad, says) in [
            ("w=1", r#"strconv.Atoi: parsing "": invalid syntax"#),
            ("h=1&w=a", r#"strconv.Atoi: parsing "a": invalid syntax"#),
            ("h=-1&w=1", r#"strconv.Atoi: parsing "-1": value out of range"#),
            ("h=1&w=65536", r#"strconv.Atoi: parsing "65536": value out of range"#),
        ] {
            assert_eq!(Query::parse(bad).unwrap().term_size().unwrap_err().message, says, "{bad}");
        }
    }

    #[test]
    fn escapes() {
        let query = Query::parse("a=b+c%2Fd&e=%ff&%66=1").unwrap();
        assert_eq!(query.text("a"), "b c/d");
        assert_eq!(query.text("e"), "\u{fffd}");
        assert_eq!(query.text("f"), "1");
        for (bad, says) in [("%zz=1", "\"%zz\""), ("a=%", "\"%\""), ("a=%4", "\"%4\""), ("a=%é", "\"%é\"")] {
            assert_eq!(Query::parse(bad).unwrap_err().message, format!("invalid URL escape {says}"));
        }
    }

    #[test]
    fn both_forms_of_filters() {
        for text in [r#"{"label":["a=b","c"]}"#, r#"{"label":{"a=b":true,"c":false}}"#] {
            let query = Query(vec![("filters".to_owned(), text.to_owned())]);
            assert_eq!(query.filters().unwrap().values("label").collect::<Vec<_>>(), ["a=b", "c"], "{text}");
        }
        for text in ["null", "{}", ""] {
            assert!(Query(vec![("filters".to_owned(), text.to_owned())]).filters().unwrap().is_empty(), "{text}");
        }
        for text in ["abc", "[]", "1", r#"{"a":1}"#, r#"{"a":{"b":1}}"#, "{"] {
            let error = Query(vec![("filters".to_owned(), text.to_owned())]).filters().unwrap_err();
            assert_eq!(error.message, "invalid filter", "{text}");
        }
    }
}
