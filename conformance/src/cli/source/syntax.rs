//! Where a text ceases to be JSON, and what may be meant there.

use std::ops::Range;

use super::Problem;

/// The mistake that made a text unreadable as JSON.
pub(in crate::cli) fn problem(text: &str, error: &serde_json::Error) -> Problem {
    let start = offset(text, error.line(), error.column());
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&place).unwrap_or(&message);
    Problem {
        span: start..start + text[start..].chars().next().map_or(0, char::len_utf8),
        message: format!("not JSON: {message}"),
        help: habit(text, start).map(|habit| habit.advice().to_owned()),
        case: None,
    }
}

/// The offset of a line and column, both from 1, columns in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: Range<usize> = 0..line.saturating_sub(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(before.len())
        .map(str::len)
        .sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What people write in files that look like JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    Comment,
    TrailingComma,
    SingleQuotes,
    BareKey,
}

impl Habit {
    fn advice(self) -> &'static str {
        match self {
            Habit::Comment => "JSON has no comments: remove it",
            Habit::TrailingComma => "JSON has no comma after the last element: remove it",
            Habit::SingleQuotes => "texts are in double quotes",
            Habit::BareKey => "keys are in double quotes",
        }
    }
}

/// What is written at `at`, where JSON ends.
fn habit(text: &str, at: usize) -> Option<Habit> {
    let here = &text[at..];
    let before = text[..at].trim_end();
    let first = here.chars().next()?;
    if here.starts_with("//") || here.starts_with("/*") || first == '#' {
        Some(Habit::Comment)
    } else if matches!(first, '}' | ']') && before.ends_with(',') {
        Some(Habit::TrailingComma)
    } else if first == '\'' {
        Some(Habit::SingleQuotes)
    } else if first.is_alphabetic() && before.ends_with(['{', ',']) && in_object(before) {
        Some(Habit::BareKey)
    } else {
        None
    }
}

/// Whether the innermost bracket that is open is that of an object. Brackets in texts count too,
/// which is good enough for advice.
fn in_object(before: &str) -> bool {
    let mut open = Vec::new();
    for c in before.chars() {
        match c {
            '{' | '[' => open.push(c),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    open.last() == Some(&'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a text ceases to be JSON, and what is said to be meant there.
    fn read(text: &str) -> (Range<usize>, Option<Habit>) {
        let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
        let span = problem(text, &error).span;
        let habit = habit(text, span.start);
        (span, habit)
    }

    #[test]
    fn habits_from_other_languages_are_recognized() {
        for (text, at, meant) in [
            ("{\"a\": 1, // why\n}", 9, Habit::Comment),
            ("# why\n{}", 0, Habit::Comment),
            ("[1 /* why */]", 3, Habit::Comment),
            ("{\"a\": [1,\n ]}", 11, Habit::TrailingComma),
            ("{\"a\": 'b'}", 6, Habit::SingleQuotes),
            ("{\n  a: 1}", 4, Habit::BareKey),
        ] {
            let (span, habit) = read(text);
            assert_eq!((span.start, habit), (at, Some(meant)), "{text}");
        }
    }

    #[test]
    fn every_place_is_within_the_text() {
        for text in ["", "\n", "{", "\"é", "{\"é\" é", "[\u{feff}", "\u{feff}{}"] {
            let (span, habit) = read(text);
            assert!(text.get(span).is_some(), "{text}");
            assert_eq!(habit, None, "{text}");
        }
    }
}
