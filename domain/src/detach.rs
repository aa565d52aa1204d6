//! The key sequence that ends an attached session and leaves the process alone.

use crate::{Error, Result};

/// A sequence of key codes, `ctrl-p,ctrl-q` unless the client chose another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachKeys(Vec<u8>);

impl Default for DetachKeys {
    fn default() -> Self {
        Self(vec![16, 17])
    }
}

impl DetachKeys {
    /// Reads `a` or `ctrl-a` (a letter, or one of `@ [ \ ] ^ _`), comma separated (moby `term.ToBytes`); empty is the default sequence.
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text for an unknown key.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(',').map(code).collect::<Result<Vec<u8>>>().map(Self)
    }
}

fn code(key: &str) -> Result<u8> {
    let unknown = || Error::Invalid(format!("Invalid detach keys ({key}) provided"));
    match (key.as_bytes(), key.strip_prefix("ctrl-")) {
        ([byte], _) => Ok(*byte),
        (_, Some(rest)) => match rest.as_bytes() {
            [letter @ b'a'..=b'z'] => Ok(letter - b'a' + 1),
            b"@" => Ok(0),
            [sign @ b'['..=b'_'] => Ok(sign - b'[' + 27),
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

/// Watches a stream of input for the sequence, which may arrive in pieces.
#[derive(Debug, Clone)]
pub struct DetachScan {
    keys: DetachKeys,
    matched: usize,
}

impl DetachScan {
    /// A scan that has seen nothing yet.
    #[must_use]
    pub fn new(keys: DetachKeys) -> Self {
        Self { keys, matched: 0 }
    }

    /// Takes the next input and returns what is to be passed on, and whether the sequence is complete.
    ///
    /// Bytes that may belong to the sequence are held back until it is clear that they do not.
    pub fn feed(&mut self, input: &[u8]) -> (Vec<u8>, bool) {
        let keys = &self.keys.0;
        let mut pass = Vec::with_capacity(input.len());
        for &byte in input {
            while self.matched > 0 && byte != keys[self.matched] {
                // The end of what is held back may still be the beginning of the sequence.
                let shorter = (0..self.matched).rev().find(|length| keys[..self.matched].ends_with(&keys[..*length])).unwrap_or(0);
                pass.extend_from_slice(&keys[..self.matched - shorter]);
                self.matched = shorter;
            }
            if byte != keys[self.matched] {
                pass.push(byte);
                continue;
            }
            self.matched += 1;
            if self.matched == keys.len() {
                self.matched = 0;
                return (pass, true);
            }
        }
        (pass, false)
    }

    /// What is still held back when the input ends.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.keys.0[..self.matched]
    }
}

#[cfg(test)]
mod tests {
    use super::{DetachKeys, DetachScan};

    fn scan(keys: &str, pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut scan = DetachScan::new(DetachKeys::parse(keys).unwrap());
        let mut passed = Vec::new();
        for piece in pieces {
            let (pass, done) = scan.feed(piece);
            passed.extend(pass);
            if done {
                return (passed, true);
            }
        }
        passed.extend_from_slice(scan.rest());
        (passed, false)
    }

    #[test]
    fn finds_the_sequence_across_pieces() {
        assert_eq!(scan("", &[b"ab\x10", b"\x11cd"]), (b"ab".to_vec(), true));
        assert_eq!(scan("ctrl-x,a", &[b"\x18\x18a"]), (b"\x18".to_vec(), true));
        assert_eq!(scan("q", &[b"hello q"]), (b"hello ".to_vec(), true));
    }

    #[test]
    fn passes_everything_else_on() {
        assert_eq!(scan("", &[b"\x10x", b"\x11"]), (b"\x10x\x11".to_vec(), false));
        assert_eq!(scan("", &[b"a\x10"]), (b"a\x10".to_vec(), false));
    }

    #[test]
    fn refuses_unknown_keys() {
        assert!(DetachKeys::parse("ctrl-p,foo").is_err());
        assert!(DetachKeys::parse("ctrl-A").is_err());
        assert_eq!(DetachKeys::parse("ctrl-@,ctrl-_").unwrap(), DetachKeys(vec![0, 31]));
    }
}
