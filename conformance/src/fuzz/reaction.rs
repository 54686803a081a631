//! The reaction of a target in a form that is the same for every conversation that shows it.

use crate::exchange::Conclusion;

/// A key of the reason that does not depend on bytes, sizes or numbers.
pub(crate) fn reaction_key(conclusion: &Conclusion) -> String {
    interim::general(&conclusion.reason)
}

/// Whether the expectation that was decided is the one for a violation: that the connection is
/// failed.
pub(crate) fn expects_failure(conclusion: &Conclusion) -> bool {
    conclusion
        .expected
        .as_ref()
        .is_some_and(|expected| expected.contains("is failed"))
}

/// Until reasons are typed.
mod interim {
    const LENGTH: &str = "\" (";

    pub(super) fn general(reason: &str) -> String {
        let mut unquoted = String::new();
        let mut rest = reason;
        while let Some((before, quoted)) = rest.split_once('"') {
            unquoted.push_str(before);
            let end = quoted
                .find(LENGTH)
                .or_else(|| quoted.find('"'))
                .unwrap_or(quoted.len());
            rest = quoted.get(end + 1..).unwrap_or_default();
        }
        unquoted.push_str(rest);
        let words = unquoted
            .split_whitespace()
            .filter(|word| !is_number(word) && !is_kind(word));
        words.collect::<Vec<_>>().join(" ")
    }

    fn is_number(word: &str) -> bool {
        word.trim_matches(|c: char| c.is_ascii_punctuation())
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
    }

    fn is_kind(word: &str) -> bool {
        matches!(
            word,
            "an" | "empty" | "text" | "binary" | "message" | "bytes)" | "…"
        )
    }
}
