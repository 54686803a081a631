//! A line of the wire log as text: what was sent or received, its bytes, and a caret for each rule
//! that is broken.

use super::{Caret, Line};
use crate::Who;

/// A row of text.
pub(crate) struct Row {
    pub(crate) text: String,
    /// Whether it says what is wrong.
    pub(crate) is_fault: bool,
}

/// The rows of `line` after `label`, of at most `width` columns unless a word is longer.
///
/// The bytes are on the row of their meaning if nothing is wrong with them and there is room, so that
/// no row is broken by the terminal and each caret is under its byte.
pub(crate) fn rows(line: &Line, label: &str, width: usize) -> Vec<Row> {
    let arrow = match line.who {
        Who::Suite => "→",
        Who::Target => "←",
    };
    let ms = line.at_us as f64 / 1000.0;
    let head = format!("{label} {ms:>8.3} {arrow} ");
    let margin = " ".repeat(head.chars().count());
    let carets = line.carets();
    let on_one_row = format!("{head}{}  [{}]", line.meaning, line.hex);
    if carets.is_empty() && !line.hex.is_empty() && on_one_row.chars().count() <= width {
        return vec![Row::plain(on_one_row)];
    }
    let in_hex = |caret: &Caret| matches!(caret, Caret::Hex(_));
    let mut rows = wrapped(&line.meaning, &head, &margin, width, false);
    for (caret, violation) in carets.iter().filter(|(caret, _)| !in_hex(caret)) {
        rows.extend(fault(*caret, *violation, &margin, width));
    }
    if !line.hex.is_empty() {
        rows.push(Row::plain(format!("{margin}{}", line.hex)));
    }
    for (caret, violation) in carets.iter().filter(|(caret, _)| in_hex(caret)) {
        rows.extend(fault(*caret, *violation, &margin, width));
    }
    rows
}

impl Row {
    fn plain(text: String) -> Row {
        Row {
            text,
            is_fault: false,
        }
    }
}

/// A caret, and what is wrong there.
fn fault(caret: Caret, violation: wsspec_core::Violation, margin: &str, width: usize) -> Vec<Row> {
    let (Caret::Hex(column) | Caret::Meaning(column)) = caret;
    let (meaning, clause) = (violation.meaning(), violation.clause());
    let head = format!("{margin}{}^ ", " ".repeat(column));
    // Where no room is left beside the caret, the text begins below it.
    let room = width.saturating_sub(head.chars().count());
    let text = format!("{meaning} ({clause})");
    if room >= 24.min(text.chars().count()) {
        let below = " ".repeat(head.chars().count());
        return wrapped(&text, &head, &below, width, true);
    }
    let mut rows = vec![Row {
        text: head.trim_end().to_owned(),
        is_fault: true,
    }];
    rows.extend(wrapped(&text, margin, margin, width, true));
    rows
}

fn wrapped(text: &str, head: &str, margin: &str, width: usize, is_fault: bool) -> Vec<Row> {
    let options = crate::text::wrapping(width)
        .initial_indent(head)
        .subsequent_indent(margin);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|row| Row {
            text: row.into_owned(),
            is_fault,
        })
        .collect()
}
