//! Users by number.

/// A user and perhaps a group, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserIds {
    /// The user's number.
    pub uid: i64,
    /// The group's number.
    pub gid: Option<i64>,
}

impl UserIds {
    /// Reads `uid`, `uid:gid`, and `root` for 0. Other names need the container's own files: `None`, as for an empty text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |name: &str| match name {
            "root" => Some(0),
            _ => name.parse::<u32>().ok().map(i64::from),
        };
        match text.split_once(':') {
            Some((uid, gid)) => Some(Self { uid: number(uid)?, gid: Some(number(gid)?) }),
            None => Some(Self { uid: number(text)?, gid: None }),
        }
    }
}
