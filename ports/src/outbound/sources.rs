//! Sources of time and chance.

use domain::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present point in time.
    fn now(&self) -> Timestamp;
}

/// Makes what must be unique.
pub trait Ids: Send + Sync {
    /// 32 bytes that nobody can guess.
    fn bytes(&self) -> [u8; 32];
}
