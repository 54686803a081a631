//! The text under construction, and how it is wrapped and coloured.

use std::fmt::{self, Write as _};

use owo_colors::{OwoColorize, Style};

use super::Options;
use crate::{Verdict, text};

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
        self.paragraph(&heading, 2);
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

    /// Wraps a text whose further lines are indented by `indent` columns, at most 14.
    pub(super) fn wrap(&self, indent: usize) -> textwrap::Options<'static> {
        const SPACES: &str = "              ";
        text::wrapping(self.width()).subsequent_indent(&SPACES[..indent])
    }

    /// Adds `text`, wrapped; further lines are indented by `indent` columns, at most 14.
    pub(super) fn paragraph(&mut self, text: &str, indent: usize) {
        let filled = textwrap::fill(text, self.wrap(indent));
        self.line(filled);
    }

    /// Columns to use.
    pub(super) fn width(&self) -> usize {
        self.options.width.max(40)
    }

    /// The mark of a verdict in its colour, before `text`.
    pub(super) fn marked(&self, verdict: Verdict, text: impl fmt::Display) -> String {
        self.paint(format!("{} {text}", verdict.mark()), verdict_style(verdict))
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
