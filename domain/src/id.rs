//! Identities: 64 hexadecimal digits, as dockerd makes them.

use std::fmt;

/// How many digits the short form of an id has.
const SHORT: usize = 12;

/// 32 bytes as 64 lower-case hexadecimal digits.
fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).expect("invariant: a nibble is a hexadecimal digit"));
        }
        text
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// An id from 32 random bytes.
            ///
            /// Its short form never consists of decimal digits alone, so that it can be used where a number would be
            /// taken for one (moby `stringid.GenerateRandomID`): the first digit is forced to a letter in that case.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                let mut text = hex(bytes);
                if text[..SHORT].bytes().all(|digit| digit.is_ascii_digit()) {
                    text.replace_range(..1, "a");
                }
                Self(text)
            }

            /// The id written as `text`, if that is 64 lower-case hexadecimal digits.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let valid = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                valid.then(|| Self(text.to_owned()))
            }

            /// All 64 digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first twelve digits.
            #[must_use]
            pub fn short(&self) -> &str {
                &self.0[..SHORT]
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Identifies a container for its whole life.
    ContainerId
);
id!(
    /// Identifies an exec instance.
    ExecId
);
id!(
    /// Identifies a network.
    NetworkId
);

#[cfg(test)]
mod tests {
    use super::ContainerId;

    #[test]
    fn short_form_is_never_a_number() {
        let id = ContainerId::from_bytes([0x11; 32]);
        assert_eq!(id.as_str().len(), 64);
        assert_eq!(id.short(), "a11111111111");
        assert_eq!(ContainerId::from_bytes([0xab; 32]).short(), "abababababab");
    }

    #[test]
    fn only_64_lower_case_digits_parse() {
        let text = "ab".repeat(32);
        assert_eq!(ContainerId::parse(&text).map(|id| id.to_string()), Some(text.clone()));
        for bad in ["", "ab", &text.to_uppercase(), &text.replace('a', "g")] {
            assert_eq!(ContainerId::parse(bad), None, "{bad}");
        }
    }
}
