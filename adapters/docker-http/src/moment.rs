//! Points in time as clients write them in a query.

use domain::Timestamp;

use crate::error::ApiError;

const SECOND: i64 = 1_000_000_000;

/// The units of Go's durations in nanoseconds, longer names first where one begins with another.
const UNITS: [(&str, f64); 8] = [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// A point in time in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// This one.
    At(Timestamp),
    /// So many nanoseconds before the present.
    Ago(i64),
}

impl Moment {
    /// Reads seconds since the epoch with an optional fraction (all that dockerd takes), a date as in RFC 3339, or a duration of Go's
    /// (both of which `docker` translates itself). `None` if the text is empty.
    ///
    /// # Errors
    /// 400 for anything else, with the text of Go's `strconv.ParseInt`.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, ApiError> {
        if text.is_empty() {
            return Ok(None);
        }
        let moment = seconds(text).map(Self::At).or_else(|| date(text).map(Self::At)).or_else(|| duration(text).map(Self::Ago));
        moment.map(Some).ok_or_else(|| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let why =
                if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) { "value out of range" } else { "invalid syntax" };
            ApiError::invalid(format!("strconv.ParseInt: parsing {text:?}: {why}"))
        })
    }

    /// The point in time, as seen from `now`.
    pub(crate) fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(nanos) => Timestamp::from_nanos(now.as_nanos().saturating_sub(nanos)),
        }
    }
}

/// Seconds and a fraction of any length, of which nine digits count: exact, because clients ask for "since the last line I have".
fn seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    Some(Timestamp::from_nanos(whole.saturating_mul(SECOND).saturating_add(nanos)))
}

/// A date with or without time, in the zone it names or in UTC.
fn date(text: &str) -> Option<Timestamp> {
    let zoned = || text.parse::<jiff::Timestamp>().ok();
    let plain = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    // A bare number is not a date, although jiff would read 20200101 as one.
    let looks_like_one = text.as_bytes().get(4) == Some(&b'-');
    let at = looks_like_one.then(|| zoned().or_else(plain)).flatten()?;
    i64::try_from(at.as_nanosecond()).ok().map(Timestamp::from_nanos)
}

/// A duration as Go writes it, `1h30m` or `-1.5s`, in nanoseconds.
fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let (unit, nanos) = UNITS.iter().find(|(unit, _)| rest[digits..].starts_with(unit) && !is_longer(&rest[digits..], unit))?;
        total += number * nanos;
        rest = &rest[digits + unit.len()..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest integer, as wanted")]
    Some((sign * total) as i64)
}

/// Whether `m` is the beginning of `ms`.
fn is_longer(text: &str, unit: &str) -> bool {
    unit == "m" && text.starts_with("ms")
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::Moment;

    fn nanos(text: &str) -> i64 {
        let now = Timestamp::from_nanos(1_000_000_000_000_000_000);
        Moment::parse(text).unwrap().unwrap().resolve(now).as_nanos()
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(nanos("1795501972.942882636"), 1_795_501_972_942_882_636);
        assert_eq!(nanos("1.5"), 1_500_000_000);
        assert_eq!(nanos("1.0000000019"), 1_000_000_001);
        assert_eq!(nanos("-1"), -1_000_000_000);
        assert_eq!(nanos("0"), 0);
        assert_eq!(nanos("9223372036854775807"), i64::MAX);
    }

    #[test]
    fn dates_and_durations() {
        assert_eq!(nanos("2020-01-01T00:00:00Z"), 1_577_836_800_000_000_000);
        assert_eq!(nanos("2020-01-01T01:00:00.5+01:00"), 1_577_836_800_500_000_000);
        assert_eq!(nanos("2020-01-01"), 1_577_836_800_000_000_000);
        assert_eq!(nanos("2020-01-01T00:00:01"), 1_577_836_801_000_000_000);
        assert_eq!(nanos("1h30m"), 1_000_000_000_000_000_000 - 5_400_000_000_000);
        assert_eq!(nanos("1.5s"), 1_000_000_000_000_000_000 - 1_500_000_000);
        assert_eq!(nanos("5ms"), 1_000_000_000_000_000_000 - 5_000_000);
        assert_eq!(nanos("-2m"), 1_000_000_000_000_000_000 + 120_000_000_000);
    }

    #[test]
    fn everything_else_is_refused() {
        assert_eq!(Moment::parse(""), Ok(None));
        for bad in ["abc", "1.5.6", "1h30", "h", "1y", ".", "-", "2020-13-01", "1.é", "é", "12é4-", "\0"] {
            let error = Moment::parse(bad).unwrap_err();
            assert_eq!(error.message, format!("strconv.ParseInt: parsing {bad:?}: invalid syntax"));
        }
        let error = Moment::parse("99999999999999999999").unwrap_err();
        assert_eq!(error.message, "strconv.ParseInt: parsing \"99999999999999999999\": value out of range");
    }
}
