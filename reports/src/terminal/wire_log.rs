//! The wire log on a terminal.

use owo_colors::Style;

use super::page::Page;
use crate::Who;
use crate::wire::{Line, rows::rows};

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
        let style = match line.who {
            Who::Suite => Style::new().dimmed(),
            Who::Target => Style::new(),
        };
        let width = self.options.width.max(60);
        for row in rows(line, &format!("    {label:<4}"), width) {
            let style = if row.is_fault {
                Style::new().yellow()
            } else {
                style
            };
            let painted = self.paint(row.text, style);
            self.line(painted);
        }
    }
}
