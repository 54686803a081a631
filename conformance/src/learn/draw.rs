//! A learned machine as a drawing, as DOT for Graphviz, and as a page with both.
//!
//! In the drawing, a state is a box with a row for each thing that can happen in it and its inputs, and
//! an arrow from each row that leads to another state. So every label has a place, whatever the arrows
//! cross.

use std::fmt::Write as _;

use wsspec_reports::escape;

use super::report::{DifferenceReport, JudgementReport, Report, StateReport, shown};

/// Size of the drawing, in pixels.
const BOX_WIDTH: usize = 430;
const GAP: usize = 90;
const LINE: usize = 18;
const MARGIN: usize = 20;

/// Characters of a line in a box.
const COLUMNS: usize = 58;

/// Colours, light and dark.
const STYLE: &str = "\
text{font:12px ui-monospace,monospace;fill:#1a1a1a}\
.name{font-weight:bold}.box{fill:#fff;stroke:#666}.edge{fill:none;stroke:#888}.head{fill:#888}\
.breach{fill:#b00020;font-weight:bold}.other{fill:#8a5a00}\
@media(prefers-color-scheme:dark){text{fill:#e6e6e6}.box{fill:#1e1e1e;stroke:#999}\
.edge{stroke:#aaa}.head{fill:#aaa}.breach{fill:#ff8a80}.other{fill:#ffcc66}}";

/// A thing that can happen in a state: its inputs lead to the same state with the same output.
struct Row {
    to: usize,
    lines: Vec<String>,
    class: &'static str,
}

/// A state in the drawing.
struct Placed {
    x: usize,
    y: usize,
    height: usize,
    rows: Vec<Row>,
}

/// The machine as an SVG document.
pub fn svg(report: &Report) -> String {
    let placed = place(report);
    let right = placed.iter().map(|state| state.x + BOX_WIDTH).max();
    let bottom = placed.iter().map(|state| state.y + state.height).max();
    let (width, height) = (right.unwrap_or(0) + GAP, bottom.unwrap_or(0) + MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\
         <title>State machine of {}</title><style>{STYLE}</style>\
         <defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
        escape(&report.url)
    );
    for (number, state) in placed.iter().enumerate() {
        draw_box(&mut out, number, &report.states[number], state);
    }
    for state in &placed {
        draw_edges(&mut out, state, &placed);
    }
    out.push_str("</svg>\n");
    out
}

/// Puts each state in the column of its distance from the first, and below those found before it.
fn place(report: &Report) -> Vec<Placed> {
    let mut bottoms: Vec<usize> = Vec::new();
    let states = report.states.iter().enumerate();
    states
        .map(|(number, state)| {
            let column = state.access.len();
            if bottoms.len() <= column {
                bottoms.resize(column + 1, MARGIN);
            }
            let rows = boxed(report, number);
            let lines: usize = rows.iter().map(|row| row.lines.len()).sum();
            let placed = Placed {
                x: MARGIN + column * (BOX_WIDTH + GAP),
                y: bottoms[column],
                height: (lines + 2) * LINE,
                rows,
            };
            bottoms[column] += placed.height + MARGIN * 2;
            placed
        })
        .collect()
}

/// What can happen in a state, a line each: inputs, output and next state.
pub fn rows(report: &Report, number: usize) -> Vec<String> {
    let groups = groups(report, number).into_iter();
    groups.map(|group| group.text(number)).collect()
}

/// The edges of a state that lead to the same state with the same output.
struct Group<'a> {
    to: usize,
    output: &'a str,
    class: &'static str,
    inputs: Vec<&'a str>,
}

impl Group<'_> {
    fn text(&self, from: usize) -> String {
        let target = if self.to == from {
            String::new()
        } else {
            format!(" → s{}", self.to)
        };
        format!("{} / {}{target}", self.inputs.join(", "), self.output)
    }
}

fn groups(report: &Report, number: usize) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for edge in &report.states[number].edges {
        let class = class_of(report, number, edge.input);
        let place = groups.iter().position(|group| {
            (group.to, group.output, group.class) == (edge.to, edge.output.as_str(), class)
        });
        match place {
            Some(place) => groups[place].inputs.push(edge.input),
            None => groups.push(Group {
                to: edge.to,
                output: &edge.output,
                class,
                inputs: vec![edge.input],
            }),
        }
    }
    groups
}

fn boxed(report: &Report, number: usize) -> Vec<Row> {
    let rows = groups(report, number).into_iter().map(|group| Row {
        to: group.to,
        lines: wrapped(&group.text(number)),
        class: group.class,
    });
    rows.collect()
}

/// How an edge is coloured.
fn class_of(report: &Report, from: usize, input: &str) -> &'static str {
    let mut of_edge = report
        .differences
        .iter()
        .filter(|difference| difference.from == from && difference.input == input)
        .peekable();
    if of_edge.peek().is_none() {
        return "";
    }
    if of_edge.any(|difference| difference.judgement == JudgementReport::Breach) {
        "breach"
    } else {
        "other"
    }
}

/// Breaks a text into lines at its spaces.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut();
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines
}

fn draw_box(out: &mut String, number: usize, state: &StateReport, placed: &Placed) {
    let Placed { x, y, height, rows } = placed;
    let _ = writeln!(
        out,
        "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{height}\" rx=\"6\"/>\
         <text class=\"name\" x=\"{}\" y=\"{}\">s{number}: {}</text>",
        x + 8,
        y + LINE,
        escape(&shown(&state.access))
    );
    let mut line_y = y + 2 * LINE;
    for row in rows {
        for line in &row.lines {
            let _ = writeln!(
                out,
                "<text class=\"{}\" x=\"{}\" y=\"{line_y}\" xml:space=\"preserve\">{}</text>",
                row.class,
                x + 8,
                escape(line)
            );
            line_y += LINE;
        }
    }
}

fn draw_edges(out: &mut String, from: &Placed, placed: &[Placed]) {
    let mut y = from.y + 2 * LINE - LINE / 3;
    for row in &from.rows {
        let to = &placed[row.to];
        if !std::ptr::eq(to, from) {
            let start = from.x + BOX_WIDTH;
            let end_y = to.y + LINE;
            // To a later column from its left; to the same or an earlier one, round its right.
            let (end, bend) = if to.x > from.x {
                (to.x, to.x - GAP / 2)
            } else {
                (to.x + BOX_WIDTH, start + GAP)
            };
            let _ = writeln!(
                out,
                "<path class=\"edge\" marker-end=\"url(#to)\" d=\"M{start} {y}C{} {y} {bend} {end_y} {end} {end_y}\"/>",
                start + GAP / 2
            );
        }
        y += row.lines.len() * LINE;
    }
}

/// The machine in the language of Graphviz.
pub fn dot(report: &Report) -> String {
    let mut out = String::from("digraph learned {\n  rankdir=LR;\n  node [shape=box];\n");
    for (number, state) in report.states.iter().enumerate() {
        let name = shown(&state.access);
        let _ = writeln!(out, "  s{number} [label=\"s{number}: {name}\"];");
        for row in boxed(report, number) {
            let label = row.lines.join("\\n");
            let color = match row.class {
                "breach" => ", color=red",
                "other" => ", color=orange",
                _ => "",
            };
            let _ = writeln!(
                out,
                "  s{number} -> s{} [label=\"{label}\"{color}];",
                row.to
            );
        }
    }
    out.push_str("}\n");
    out
}

/// A page with the drawing and the differences.
pub fn page(report: &Report) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{url}</title>\
         <style>:root{{color-scheme:light dark}}body{{font:15px system-ui,sans-serif;margin:2em}}\
         table{{border-collapse:collapse}}td,th{{border:1px solid #888;padding:.3em .6em;text-align:left;vertical-align:top}}\
         code{{font-family:ui-monospace,monospace}}.drawing{{overflow:auto}}</style></head><body>\
         <h1>State machine of {url}</h1><p>{}</p>\n<div class=\"drawing\">{}</div>\n",
        escape(&summary(report)),
        svg(report),
        url = escape(&report.url)
    );
    out.push_str("<h2>Differences from the reference endpoint</h2>\n");
    if report.differences.is_empty() {
        out.push_str("<p>None.</p>\n");
    } else {
        out.push_str(
            "<table><tr><th>Judgement<th>After<th>Input<th>Reference<th>Server<th>Requirement<th>Bytes</tr>\n",
        );
        for difference in &report.differences {
            row_of(&mut out, difference);
        }
        out.push_str("</table>\n");
    }
    out.push_str("<h2>Inputs</h2>\n<table><tr><th>Name<th>What it is<th>Bytes</tr>\n");
    for input in &report.inputs {
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code><td>{}<td><code>{}</code></tr>",
            input.name,
            escape(input.about),
            cut(input.bytes.as_deref().unwrap_or_default())
        );
    }
    out.push_str("</table></body></html>\n");
    out
}

fn row_of(out: &mut String, difference: &DifferenceReport) {
    let bytes: Vec<String> = difference.bytes.iter().map(|bytes| cut(bytes)).collect();
    let requirement = difference.requirement.as_deref().unwrap_or_default();
    let reason = difference.reason.as_deref().unwrap_or_default();
    let _ = writeln!(
        out,
        "<tr><td>{}<td><code>{}</code><td><code>{}</code><td>{}<td>{}<td>{} {}<td><code>{}</code></tr>",
        difference.judgement,
        shown(&difference.access),
        difference.input,
        escape(&difference.reference),
        escape(&difference.seen),
        escape(requirement),
        escape(reason),
        bytes.join("<br>")
    );
}

/// The first bytes of a long frame.
fn cut(hex: &str) -> String {
    match hex.get(..48) {
        Some(first) if hex.len() > 48 => format!("{first}…"),
        _ => hex.to_owned(),
    }
}

/// What was learned, in one line.
pub fn summary(report: &Report) -> String {
    let complete = match &report.stopped {
        None => "every test stood".to_owned(),
        Some(stopped) => format!("not complete: {stopped}"),
    };
    format!(
        "{} states, {} queries, {} inputs, {:.1} s; {complete}",
        report.states.len(),
        report.queries,
        report.inputs_sent,
        report.seconds
    )
}
