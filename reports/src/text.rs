//! Small pieces of text that several formats need.

/// A number with its noun: `1 case`, `2 cases`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
