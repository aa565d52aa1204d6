//! Signals.

use std::fmt;

use crate::{Error, Result};

/// Names of the signals of Linux on x86 and ARM, by number (moby `sys/signal`, `signal_linux.go`).
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
    "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Other names of the same signals.
const ALIASES: [(&str, u8); 4] = [("IOT", 6), ("CLD", 17), ("POLL", 29), ("UNUSED", 31)];

/// The first and the last real-time signal, as the C library numbers them.
const RTMIN: u8 = 34;
const RTMAX: u8 = 64;

/// A signal of Linux, 1 to 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(u8);

impl Signal {
    /// Hang up.
    pub const HUP: Self = Self(1);
    /// Interrupt from the keyboard.
    pub const INT: Self = Self(2);
    /// Quit from the keyboard.
    pub const QUIT: Self = Self(3);
    /// Cannot be caught or ignored.
    pub const KILL: Self = Self(9);
    /// The polite request to end.
    pub const TERM: Self = Self(15);

    /// Reads a number, or a name with or without `SIG`, in any case (moby `signal.ParseSignal`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::Invalid(format!("invalid signal: {text}"));
        if let Ok(number) = text.parse::<i64>() {
            let unknown = || Error::Invalid(format!("the linux daemon does not support signal {number}"));
            return match u8::try_from(number) {
                Ok(0) => Err(invalid()),
                Ok(number @ 1..=RTMAX) => Ok(Self(number)),
                _ => Err(unknown()),
            };
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        number(name).map(Self).ok_or_else(invalid)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The exit code of a process that this signal ended: 128 plus its number.
    #[must_use]
    pub fn exit_code(self) -> i32 {
        128 + i32::from(self.0)
    }
}

fn number(name: &str) -> Option<u8> {
    if let Some(index) = NAMES.iter().position(|known| *known == name) {
        return u8::try_from(index + 1).ok();
    }
    if let Some((_, number)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return Some(*number);
    }
    let offset = |rest: &str| if rest.is_empty() { Some(0) } else { rest[1..].parse::<u8>().ok() };
    match name {
        _ if name.starts_with("RTMIN") && matches!(name.as_bytes().get(5), None | Some(b'+')) => {
            offset(&name[5..]).filter(|n| *n <= 15).map(|n| RTMIN + n)
        }
        _ if name.starts_with("RTMAX") && matches!(name.as_bytes().get(5), None | Some(b'-')) => {
            offset(&name[5..]).filter(|n| *n <= 14).map(|n| RTMAX - n)
        }
        _ => None,
    }
}

impl fmt::Display for Signal {
    /// `SIGTERM`, or `SIGRTMIN+3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(usize::from(self.0) - 1) {
            Some(name) => write!(f, "SIG{name}"),
            None if self.0 < RTMIN => write!(f, "{}", self.0),
            None => write!(f, "SIGRTMIN+{}", self.0 - RTMIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn names_and_numbers() {
        for (text, number) in
            [("KILL", 9), ("sigterm", 15), ("9", 9), ("SIGHUP", 1), ("SIGRTMIN+3", 37), ("RTMAX-1", 63), ("64", 64), ("POLL", 29)]
        {
            assert_eq!(Signal::parse(text).map(Signal::number), Ok(number), "{text}");
        }
        for bad in ["", "0", "65", "-1", "FOO", "SIG", "RTMIN+16", "RTMIN-1", "RTMIN+é", "99999999999999999999"] {
            assert!(Signal::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_number_reads_back_from_its_name() {
        for number in 1..=64_u8 {
            let signal = Signal::parse(&number.to_string()).unwrap();
            if number <= 49 {
                assert_eq!(Signal::parse(&signal.to_string()), Ok(signal));
            }
        }
    }
}
