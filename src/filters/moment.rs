//! Points in time as clients write them (moby `api/types/time`, `GetTimestamp`).

use domain::Timestamp;

const SECOND: i128 = 1_000_000_000;

/// Units of Go's durations, in nanoseconds.
const UNITS: [(&str, i128); 8] =
    [("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", SECOND), ("m", 60 * SECOND), ("h", 3600 * SECOND)];

/// Reads a duration before `now`, a date of RFC 3339 (parts may be missing from the end, and the zone), or seconds since 1970.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let nanos = match duration(text) {
        Some(ago) => i128::from(now.as_nanos()).checked_sub(ago)?,
        None if text.contains('-') => date(text)?,
        None => unix(text)?,
    };
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// `1h30m`, `1.5h`, `-10s` and `0` (Go `time.ParseDuration`).
fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    match rest {
        "" => return None,
        "0" => return Some(0),
        _ => {}
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(decimal(number, *unit)?)?;
        rest = tail;
    }
    (total <= i128::from(i64::MAX)).then_some(sign * total)
}

/// Seconds, perhaps with a fraction.
fn unix(text: &str) -> Option<i128> {
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| decimal(text, SECOND)).flatten()
}

/// A number with or without a fraction, times `unit`.
fn decimal(text: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.len() <= 18 && part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let number = |part: &str| if part.is_empty() { Some(0) } else { part.parse::<i128>().ok() };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    Some(number(whole)? * unit + number(fraction)? * unit / scale)
}

/// `2006-01-02`, `2006-01-02T15`, `…:04`, `…:05`, `….999`, each perhaps with `Z` or `+07:00`; without a zone it is UTC.
fn date(text: &str) -> Option<i128> {
    let (local, offset) = zone(text)?;
    let (day, time) = local.split_once('T').unwrap_or((local, "00"));
    let mut parts = day.splitn(3, '-');
    let (year, month, day) = (fixed(parts.next()?, 4)?, fixed(parts.next()?, 2)?, fixed(parts.next()?, 2)?);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = clock.split(':');
    let hour = fixed(parts.next()?, 2)?;
    let minute = parts.next().map_or(Some(0), |part| fixed(part, 2))?;
    let second = parts.next().map_or(Some(0), |part| fixed(part, 2))?;
    let valid = (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 59 || parts.next().is_some() {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(i128::from(seconds) * SECOND + decimal(&format!("0.{fraction}"), SECOND)?)
}

/// What comes before the zone, and the zone's distance from UTC in seconds.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, 0));
    }
    // A sign after the day belongs to the zone.
    let Some(at) = text.get(10..).and_then(|rest| rest.rfind(['+', '-'])).map(|at| at + 10) else { return Some((text, 0)) };
    let (hours, minutes) = text[at + 1..].split_once(':')?;
    let distance = fixed(hours, 2)? * 3600 + fixed(minutes, 2)? * 60;
    Some((&text[..at], if text[at..].starts_with('-') { -distance } else { distance }))
}

fn fixed(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 in the Gregorian calendar; years begin in March so that the leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use proptest::prelude::{any, proptest};

    use super::parse;

    fn nanos(text: &str) -> Option<i64> {
        parse(text, Timestamp::from_nanos(10_000_000_000_000)).map(Timestamp::as_nanos)
    }

    #[test]
    fn durations_count_back_from_now() {
        for (text, seconds) in [("10m", 9400), ("1h30m", 4600), ("1.5h", 4600), ("0", 10_000), ("-10s", 10_010), (".5h", 8200)] {
            assert_eq!(nanos(text), Some(seconds * 1_000_000_000), "{text}");
        }
        assert_eq!(nanos("1ms2us3ns"), Some(10_000_000_000_000 - 1_002_003));
    }

    #[test]
    fn dates_may_be_short() {
        for (text, seconds) in [
            ("1970-01-02", 86_400),
            ("2000-02-29", 951_782_400),
            ("2024-03-01T00", 1_709_251_200),
            ("1970-01-01T01:02", 3720),
            ("1970-01-01T01:02:03Z", 3723),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T23:00:00-01:00", 0),
        ] {
            assert_eq!(nanos(text), Some(seconds * 1_000_000_000), "{text}");
        }
        assert_eq!(nanos("1970-01-01T00:00:01.25Z"), Some(1_250_000_000));
    }

    #[test]
    fn numbers_are_seconds() {
        assert_eq!(nanos("1"), Some(1_000_000_000));
        assert_eq!(nanos("1.000000005"), Some(1_000_000_005));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "x",
            "-",
            "1x",
            "h",
            "1h2",
            ".",
            "2020-13-01",
            "2021-02-29",
            "2020-01-01T24",
            "2020-01-01T1",
            "2020-1-1",
            "1-",
            "99999999999999999999",
            "999999999999h",
            "2020-01-01T00:00:00+1",
            "2020-01-01T00:00:00:00",
            "9999-12-31",
        ] {
            assert_eq!(nanos(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = nanos(&text);
        }

        #[test]
        fn almost_dates_do_not_make_it_panic(text in "[0-9T:.Zµ+-]{0,32}") {
            let _ = nanos(&text);
        }
    }
}
