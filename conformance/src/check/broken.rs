//! A vector that does not hold.

use std::fmt;

/// A vector that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenVector {
    /// Its id.
    pub id: String,
    /// The role and chunking, or wire, with which it does not hold.
    pub circumstances: String,
    /// What happened instead of what it says.
    pub reason: String,
}

impl fmt::Display for BrokenVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.circumstances, self.reason)
    }
}
