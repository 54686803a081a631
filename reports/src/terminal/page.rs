//! The text under construction, and how it is wrapped and coloured.

use std::fmt::{self, Write as _};

use owo_colors::{OwoColorize, Style};

use super::Options;
use crate::Verdict;

/// The text under construction.
pub(super) struct Page {
    pub(super) out: String,
    pub(super) options: Options,
}

impl Page {
    pub(super) fn new(options: Options) -> Page {
        Page {
            out: String::new(),
            options,
        }
    }

    pub(super) fn line(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.out, "{text}");
    }

    pub(super) fn heading(&mut self, text: &str) {
        let heading = self.paint(text, Style::new().bold());
        self.line(heading);
    }

    pub(super) fn paint(&self, text: impl fmt::Display, style: Style) -> String {
        if self.options.color {
            text.style(style).to_string()
        } else {
            text.to_string()
        }
    }

    /// Adds `text`, wrapped, after a label.
    pub(super) fn labelled(&mut self, label: &str, text: &str) {
        let head = format!("    {label:<10}");
        let filled = textwrap::fill(text, self.wrap(14).initial_indent(&head));
        self.line(filled);
    }

    /// Wraps a text whose further lines are indented by `indent` columns, at most 14. Words stay
    /// whole, so that they can be searched for.
    pub(super) fn wrap(&self, indent: usize) -> textwrap::Options<'static> {
        const SPACES: &str = "              ";
        textwrap::Options::new(self.options.width.max(40))
            .subsequent_indent(&SPACES[..indent])
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
    }
}

/// The colour of a verdict.
pub(super) fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::new().green(),
        Verdict::Informational => Style::new().cyan(),
        Verdict::NonStrict => Style::new().yellow(),
        Verdict::Skipped => Style::new().dimmed(),
        Verdict::Flaky | Verdict::Error => Style::new().magenta(),
        Verdict::Fail => Style::new().red(),
    }
}
