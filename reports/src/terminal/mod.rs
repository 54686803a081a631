//! The report on a terminal: a table of families, then what broke, worst first.

mod causes;
mod failures;
mod findings;
mod page;
mod summary;
mod wire_log;

use page::Page;

use crate::{Ending, Report, TargetReport};

/// How to render.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether to use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
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
    if let Ending::Unreachable(reason) = &target.ended {
        page.unreachable(target, "no case was run", reason);
    } else if let Ending::NoEndpoint(reason) = &target.ended {
        page.unreachable(target, "nothing can be judged", reason);
    } else {
        page.header(target);
        page.families(target);
        let causes = report.causes_of(target);
        page.causes(report, target, &causes);
        page.failures(report, target, &causes);
        page.tolerated(target);
        page.broken_baseline(target);
        page.summary(report, target, &causes);
    }
    page.out
}
