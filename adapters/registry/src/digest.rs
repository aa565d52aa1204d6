//! Digests of what registries give.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// The digest of `content` by which Docker knows it, `sha256:…`.
pub(crate) fn sha256(content: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(content)))
}

/// Whether `content` has this digest; never if its algorithm is unknown.
pub(crate) fn matches(digest: &str, content: &[u8]) -> bool {
    match digest.split_once(':') {
        Some(("sha256", digits)) => digits == hex(&Sha256::digest(content)),
        Some(("sha384", digits)) => digits == hex(&Sha384::digest(content)),
        Some(("sha512", digits)) => digits == hex(&Sha512::digest(content)),
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{matches, sha256};

    #[test]
    fn digests_match_their_content_only() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
        assert!(matches(empty, b"") && !matches(empty, b"x"));
        let sha384 = "sha384:38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b";
        let sha512 = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        assert!(matches(sha384, b"") && matches(sha512, b"") && !matches(sha512, b"x"));
        assert!(!matches("md5:d41d8cd98f00b204e9800998ecf8427e", b"") && !matches("", b""));
    }
}
