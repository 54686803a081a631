//! The report on a terminal: what broke, worst first, then what else there is to know, the families,
//! and the counts on the last lines.

mod causes;
mod failures;
mod families;
mod findings;
mod page;
mod summary;
mod wire_log;

use page::Page;

use wsspec_core::dissect::printable;

use crate::{Report, TargetReport};

/// How to render.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether to use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether the counts are on the last line however long it is, for programs that read it.
    pub whole_last_line: bool,
    /// Most failures shown in full, one for each cause unless verbose.
    pub details: usize,
    /// Whether to show every failure, milder results one by one, and wire logs whole.
    pub verbose: bool,
}

/// Most failures shown in full unless all are asked for.
pub const DETAILS: usize = 12;

/// Renders the results of one target.
pub fn render(report: &Report, target: &TargetReport, options: &Options) -> String {
    let mut page = Page::new(*options);
    if let Some(line) = summary::unreachable(target, &page) {
        page.paragraph(&line, 2);
        return page.out;
    }
    let causes = report.causes_of(target);
    page.header(target);
    page.causes(report, target, &causes);
    page.failures(report, target, &causes);
    page.tolerated(target);
    page.skipped(target);
    page.families(target);
    page.broken_baseline(target);
    if let Some(usage) = &target.usage {
        page.paragraph(&format!("Its processes took {usage}."), 2);
    }
    let counts = summary::counts(report, target, &causes, &page);
    if options.whole_last_line {
        page.line(counts);
    } else {
        page.paragraph(&counts, 2);
    }
    page.out
}

/// The results of one target in one line, however wide the terminal is.
pub fn one_line(report: &Report, target: &TargetReport, options: &Options) -> String {
    let mut page = Page::new(*options);
    let line = summary::unreachable(target, &page).unwrap_or_else(|| {
        let counts = summary::counts(report, target, &report.causes_of(target), &page);
        format!("{}  {counts}", printable(target.url.as_bytes()))
    });
    page.line(line);
    page.out
}
