//! Mistakes in files that people write, shown with the lines they are in.

mod place;
mod syntax;

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

pub(super) use place::{Part, Tree};
pub(super) use syntax::problem as syntax;

use super::terminal;

/// Most problems that are shown of one file.
const SHOWN: usize = 20;

/// Most text, in bytes, that is shown whole for one problem.
const MOST_TEXT: usize = 20_000;

/// The text that is shown on either side of a problem, in bytes, where that would be too much.
const AROUND: usize = 200;

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

/// Shows the problems of a file in the order of the text, each once, and returns their number, with
/// the number of those `beyond`.
pub(in crate::cli) fn show(
    name: &str,
    text: &str,
    mut problems: Vec<Problem>,
    beyond: usize,
) -> usize {
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    for problem in problems.iter().take(SHOWN) {
        anstream::eprintln!("{}\n", render(name, text, problem));
    }
    let all = problems.len() + beyond;
    if all > SHOWN {
        anstream::eprintln!("{name}: … and {} more\n", all - SHOWN);
    }
    all
}

/// One problem, with colours.
fn render(name: &str, text: &str, problem: &Problem) -> String {
    let line = text[..problem.span.start].matches('\n').count() + 1;
    let column = text[line_start(text, problem.span.start)..problem.span.start]
        .chars()
        .count()
        + 1;
    let window = window(text, problem);
    let mut snippet = Snippet::source(&text[window.clone()])
        .line_start(line - text[window.start..problem.span.start].matches('\n').count())
        .annotation(AnnotationKind::Primary.span(within(&window, &problem.span)));
    let case = problem.case.as_ref();
    let case = case.filter(|case| {
        **case != problem.span && window.start <= case.start && case.end <= window.end
    });
    if let Some(case) = case {
        let mark = AnnotationKind::Context.span(within(&window, case));
        snippet = snippet.annotation(mark.label("in this case"));
    }
    let title = Level::ERROR.primary_title(&*problem.message);
    // A part of a line does not tell its column by itself.
    let mut group = if window.start == line_start(text, window.start) {
        title.element(snippet.path(name))
    } else {
        let place = Origin::path(name).line(line).char_column(column);
        title.element(place).element(snippet)
    };
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let renderer = Renderer::styled().term_width(terminal::width());
    renderer.render(&[group])
}

/// A span, counted from the beginning of what is shown and cut at its end.
fn within(window: &Range<usize>, span: &Range<usize>) -> Range<usize> {
    span.start - window.start..span.end.min(window.end) - window.start
}

/// The part of the text that is shown for a problem: the lines from the id of its case to its own,
/// or what is around it if these are long.
fn window(text: &str, problem: &Problem) -> Range<usize> {
    let span = &problem.span;
    let marks = problem.case.iter().chain([span]);
    let first = marks.clone().map(|mark| mark.start).min().unwrap_or(0);
    let last = marks.map(|mark| mark.end).max().unwrap_or(0);
    let whole = line_start(text, first)..line_end(text, last);
    if whole.len() <= MOST_TEXT {
        return whole;
    }
    let own = line_start(text, span.start)..line_end(text, span.end);
    let start = own.start.max(span.start.saturating_sub(AROUND));
    let end = own.end.min(span.end.min(span.start + AROUND) + AROUND);
    boundary(text, start)..boundary(text, end)
}

/// The last place at or before `at` that is not within a character.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline)
}
