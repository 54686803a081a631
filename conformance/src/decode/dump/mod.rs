//! Dumps: lines with an offset, bytes, and perhaps the same bytes as text.
//!
//! A line is taken apart by what can be checked: the offset of the next line says how many bytes it
//! has, and the text after the bytes has to show the same bytes. [`UNITS`](unit::UNITS) lists what
//! programs print; the first with which all offsets fit is taken.

mod lines;
mod segments;
mod unit;

use wsspec_core::Role;

use super::outcome::{Broken, Found, Note, Problem, Reading, Side, Stream};

use lines::{Heading, Lines};
use segments::{Bad, Segment, segments};
use unit::{UNITS, Unit};

/// The bases of offsets: hex, as most have; octal and decimal of od.
const BASES: [u32; 3] = [16, 8, 10];

/// A dump read in one unit.
struct Candidate {
    found: Found,
    /// The text beside the bytes shows them.
    shown: bool,
    unit: &'static Unit,
}

/// Reads a dump.
pub(super) fn read(text: &str) -> Reading {
    let lines = Lines::of(text);
    if !lines.are_a_dump() {
        return Ok(Vec::new());
    }
    let mut bad: Option<usize> = None;
    // The text beside the bytes first has to fit; if in no unit it does, it is ignored.
    for strict in [true, false] {
        let mut candidates = Vec::new();
        for unit in UNITS {
            match candidate(&lines, unit, strict) {
                Ok(candidate) => candidates.push(candidate),
                Err(Bad::TooMuch(line)) => return Err(Broken::new(line, Problem::TooMuch)),
                Err(Bad::Line(line)) => bad = bad.max(Some(line)),
                Err(Bad::Unit) => {}
            }
        }
        if !candidates.is_empty() {
            return Ok(decided(candidates, &lines));
        }
    }
    // Without a colon, what looks like offsets may be hex.
    match bad {
        Some(line) if lines.have_colons() || lines.ascend() => {
            Err(Broken::new(line, Problem::BadLine))
        }
        _ => Ok(Vec::new()),
    }
}

/// Reads the lines in a unit, with the first base of offsets that fits.
fn candidate(lines: &Lines<'_>, unit: &'static Unit, strict: bool) -> Result<Candidate, Bad> {
    let mut worst = Bad::Unit;
    for base in BASES {
        match segments(lines, unit, base, strict) {
            Ok(segments) => {
                let shown = segments.iter().any(|segment| segment.shown);
                let found = found(segments, lines, unit);
                return Ok(Candidate { found, shown, unit });
            }
            Err(Bad::Unit) => {}
            Err(Bad::TooMuch(line)) => return Err(Bad::TooMuch(line)),
            Err(Bad::Line(line)) => worst = Bad::Line(line),
        }
    }
    Err(worst)
}

/// Takes the readings that the text beside the bytes confirms, and of these the most usual ones. If
/// they differ, or there is but a line without marks, there is doubt.
fn decided(mut candidates: Vec<Candidate>, lines: &Lines<'_>) -> Vec<Found> {
    if candidates.iter().any(|candidate| candidate.shown) {
        candidates.retain(|candidate| candidate.shown);
    }
    let apart = lines.words_stand_apart();
    let rank = |candidate: &Candidate| candidate.unit.rank(apart);
    let best = candidates.iter().map(rank).min();
    candidates.retain(|candidate| Some(rank(candidate)) == best);
    let mut readings: Vec<Found> = Vec::new();
    for Candidate { found, .. } in candidates {
        if !readings.iter().any(|other| other.content == found.content) {
            readings.push(found);
        }
    }
    let sure = readings.len() == 1 && lines.leave_no_doubt();
    for found in &mut readings {
        found.sure = sure;
    }
    readings
}

/// What the segments are: both sides of a trace, one dump, or several.
fn found(mut segments: Vec<Segment>, lines: &Lines<'_>, unit: &Unit) -> Found {
    let skipped = (lines.skipped > 0).then_some(Note::Skipped(lines.skipped));
    let from = segments.first().map_or(0, |segment| segment.from);
    let begins = (segments.len() == 1 && from > 0).then_some(Note::BeginsAt(from));
    let found = if segments
        .iter()
        .any(|segment| segment.heading.side().is_some())
    {
        let side = |role| {
            let own = segments
                .iter()
                .filter(|segment| segment.heading.side() == Some(role));
            Side {
                sender: Some(role),
                ..Side::new(own.flat_map(|segment| segment.bytes.clone()).collect())
            }
        };
        let sides = [Role::Client, Role::Server].map(side).into_iter();
        let sides = sides.filter(|side| !side.bytes.is_empty());
        Found::sides(sides.collect()).style("the output of curl --trace")
    } else if segments.len() == 1 {
        let bytes = segments.pop().map(|segment| segment.bytes);
        Found::bytes(bytes.unwrap_or_default()).style(unit.name)
    } else if are_two_sides(&segments) {
        // Wireshark indents what the second side sent.
        let sides = segments.into_iter().enumerate().map(|(n, segment)| Side {
            label: format!("side {}", n + 1),
            ..Side::new(segment.bytes)
        });
        Found::sides(sides.collect()).style(unit.name)
    } else {
        let streams = segments.into_iter().map(|segment| Stream {
            label: format!("line {}", segment.line),
            sides: vec![Side::new(segment.bytes)],
        });
        Found::streams(streams.collect()).style(unit.name)
    };
    found.note(skipped).note(begins)
}

fn are_two_sides(segments: &[Segment]) -> bool {
    match segments {
        [first, second] => first.indent != second.indent && first.heading == Heading::None,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
