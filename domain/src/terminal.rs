//! Terminals.

/// The size of a terminal in character cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermSize {
    /// Rows.
    pub height: u16,
    /// Columns.
    pub width: u16,
}
