//! Mistakes in files that people write, shown with the lines they are in.

mod place;
mod syntax;

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

pub(super) use place::{Part, Tree};
pub(super) use syntax::problem as syntax;

use super::terminal;

/// Most problems that are shown of one file.
const SHOWN: usize = 20;

/// Distance, in bytes, beyond which the id of the case is not shown.
const FAR: usize = 20_000;

/// What is wrong at a place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Problem {
    /// The bytes of the file that are wrong.
    pub(in crate::cli) span: Range<usize>,
    /// What is wrong.
    pub(in crate::cli) message: String,
    /// What would be right.
    pub(in crate::cli) help: Option<String>,
    /// The bytes of the id of the case that it is in.
    pub(in crate::cli) case: Option<Range<usize>>,
}

/// Shows the problems of a file in the order of the text, each once, and returns their number.
pub(in crate::cli) fn show(name: &str, text: &str, mut problems: Vec<Problem>) -> usize {
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    for problem in problems.iter().take(SHOWN) {
        anstream::eprintln!("{}\n", render(name, text, problem));
    }
    let more = problems.len().saturating_sub(SHOWN);
    if more > 0 {
        anstream::eprintln!("{name}: … and {more} more\n");
    }
    problems.len()
}

/// One problem, with colours.
pub(in crate::cli) fn render(name: &str, text: &str, problem: &Problem) -> String {
    let near = |case: &Range<usize>| problem.span.start.abs_diff(case.start) < FAR;
    let case = problem.case.clone().filter(near);
    // Only the lines from the id of the case to the problem.
    let first = case
        .iter()
        .chain([&problem.span])
        .map(|mark| mark.start)
        .min();
    let last = case
        .iter()
        .chain([&problem.span])
        .map(|mark| mark.end)
        .max();
    let start = line_start(text, first.unwrap_or(0));
    let end = line_end(text, last.unwrap_or(0));
    let within = |span: &Range<usize>| span.start - start..span.end - start;
    let mut snippet = Snippet::source(&text[start..end])
        .path(name)
        .line_start(text[..start].matches('\n').count() + 1)
        .annotation(AnnotationKind::Primary.span(within(&problem.span)));
    if let Some(case) = case.filter(|case| *case != problem.span) {
        let mark = AnnotationKind::Context.span(within(&case));
        snippet = snippet.annotation(mark.label("in this case"));
    }
    let mut group = Level::ERROR
        .primary_title(&*problem.message)
        .element(snippet);
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let renderer = Renderer::styled().term_width(terminal::width());
    renderer.render(&[group])
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline)
}
