//! The wire log on a terminal.

use owo_colors::Style;
use wsspec_core::dissect;

use super::page::Page;
use crate::Who;
use crate::wire::Line;

/// Lines of a wire log that are shown: the first and the last matter most.
const FIRST_LINES: usize = 6;
const LAST_LINES: usize = 14;

impl Page {
    /// The lines of a wire log; the middle of a long one only if verbose.
    pub(super) fn wire_log(&mut self, lines: &[Line]) {
        let mut left_out = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
        if self.options.verbose {
            left_out = 0;
        }
        for (i, line) in lines.iter().enumerate() {
            if left_out > 0 && i == FIRST_LINES {
                self.line(format!("              … {left_out} more …"));
            }
            if left_out == 0 || i < FIRST_LINES || i >= FIRST_LINES + left_out {
                self.wire_line(if i == 0 { "wire" } else { "" }, line);
            }
        }
    }

    fn wire_line(&mut self, label: &str, line: &Line) {
        let arrow = match line.who {
            Who::Suite => "→",
            Who::Target => "←",
        };
        let hex = if line.hex.is_empty() {
            String::new()
        } else {
            format!("  [{}]", line.hex)
        };
        let (ms, meaning) = (line.at_us as f64 / 1000.0, &line.meaning);
        let text = format!("    {label:<4} {ms:>8.3} {arrow} {meaning}{hex}");
        let style = match line.who {
            Who::Suite => Style::new().dimmed(),
            Who::Target => Style::new(),
        };
        let painted = self.paint(cut(text, self.options.width.max(60) * 2), style);
        self.line(painted);
        for violation in dissect::distinct(&line.faults) {
            let (meaning, clause) = (violation.meaning(), violation.clause());
            let note = format!("                  ^ {meaning} ({clause})");
            let painted = self.paint(note, Style::new().yellow());
            self.line(painted);
        }
    }
}

/// `text`, cut to `columns` characters.
fn cut(text: String, columns: usize) -> String {
    if text.chars().count() > columns {
        text.chars().take(columns - 1).chain(['…']).collect()
    } else {
        text
    }
}
