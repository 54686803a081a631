//! A wire log as rows of a page.

use wsspec_core::dissect::printable;

use crate::wire::{self, Caret, Line};
use crate::{Transcript, Who, text};

/// Lines of a wire log that are shown: the first and the last matter most.
const FIRST_LINES: usize = 12;
const LAST_LINES: usize = 28;

/// Longest meaning of a line, in bytes.
const LONGEST: usize = 600;

/// A wire log.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) first: Vec<Row>,
    /// Lines that are left out.
    pub(super) left_out: usize,
    pub(super) last: Vec<Row>,
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Whether the target sent it.
    pub(super) of_target: bool,
    pub(super) offset: String,
    pub(super) hex: String,
    /// Carets below the hex; empty if there are none.
    pub(super) carets: String,
    pub(super) meaning: String,
    pub(super) faults: Vec<Fault>,
}

/// A rule that a line breaks.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// Spaces up to the place in the meaning where it is broken.
    pub(super) indent: String,
    pub(super) meaning: &'static str,
    pub(super) clause: String,
    pub(super) link: String,
}

impl Log {
    pub(super) fn of(transcript: &Transcript) -> Log {
        let lines = wire::lines(transcript);
        let left_out = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
        let (first, last) = if left_out == 0 {
            (&lines[..], &lines[lines.len()..])
        } else {
            (&lines[..FIRST_LINES], &lines[FIRST_LINES + left_out..])
        };
        Log {
            first: first.iter().map(Row::of).collect(),
            left_out,
            last: last.iter().map(Row::of).collect(),
        }
    }

    /// All rows that are shown.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.first.iter().chain(&self.last)
    }
}

impl Row {
    fn of(line: &Line) -> Row {
        let carets = line.carets();
        let mut below = String::new();
        let mut faults = Vec::new();
        for (caret, violation) in carets {
            let indent = match caret {
                Caret::Hex(column) => {
                    let missing = (column + 1).saturating_sub(below.chars().count() + 1);
                    below.push_str(&" ".repeat(missing));
                    below.push('▲');
                    0
                }
                Caret::Meaning(column) => column,
            };
            let clause = violation.clause().to_string();
            faults.push(Fault {
                indent: " ".repeat(indent),
                meaning: violation.meaning(),
                link: text::link(&clause).unwrap_or_default(),
                clause,
            });
        }
        Row {
            of_target: line.who == Who::Target,
            offset: line.offset.map(|at| at.to_string()).unwrap_or_default(),
            hex: line.hex.clone(),
            carets: below,
            meaning: cut(&line.meaning, LONGEST),
            faults,
        }
    }
}

/// Text of a peer without control characters, and not longer than this.
pub(super) fn cut(text: &str, longest: usize) -> String {
    let end = (0..=longest.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let end = end.unwrap_or(0);
    let mut shown = printable(&text.as_bytes()[..end]);
    if end < text.len() {
        shown.push('…');
    }
    shown
}
