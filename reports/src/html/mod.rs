//! A page that loads no other file, for thousands of cases on dozens of targets.
//!
//! The page holds an index of all cases and verdicts, and for each target the details of its cases,
//! compressed; the browser decompresses those of a target when one of its cases is opened. What a
//! peer sent is in the page only as JSON, and is shown only as text. A content security policy
//! allows our own script and no other, and no loading at all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::wire::Caret;
use crate::{
    CaseResult, Cause, Impact, Report, Skipped, TargetReport, Timeline, Transcript, Verdict, Who,
    skipped, text, wire,
};

mod plain;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Lines of a wire log that are shown: the first and the last matter most.
const FIRST_LINES: usize = 40;
const LAST_LINES: usize = 160;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
    index: String,
    details: Vec<String>,
    legend: Vec<plain::Word>,
    /// What is read without JavaScript.
    plain: Vec<plain::Target<'a>>,
}

/// Writes the page.
pub(crate) fn write(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let mut cases: BTreeMap<&str, &CaseResult> = BTreeMap::new();
    for case in report.targets.iter().flat_map(|target| &target.cases) {
        cases.entry(&case.id).or_insert(case);
    }
    let page = Page {
        report,
        style: STYLE,
        script: SCRIPT,
        style_hash: hash(STYLE),
        script_hash: hash(SCRIPT),
        index: in_script(&index(report, &cases)),
        details: report
            .targets
            .iter()
            .map(|target| details(target, &cases))
            .collect::<io::Result<_>>()?,
        legend: plain::legend(),
        plain: report
            .targets
            .iter()
            .map(|target| plain::Target::new(report, target))
            .collect(),
    };
    page.write_into(to)
}

/// The source expression with which a content security policy allows `text`.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// JSON that cannot end the script element it is in.
fn in_script(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}

/// Everything but the details of the cases.
fn index(report: &Report, cases: &BTreeMap<&str, &CaseResult>) -> Value {
    let listed: Vec<Value> = cases.values().map(|case| listed(case)).collect();
    let mut requirements = Map::new();
    for (id, c) in &report.requirements {
        requirements.insert(
            id.clone(),
            json!([c.clause, c.level, c.text, text::link(&c.clause)]),
        );
    }
    let impacts = [
        Impact::Security,
        Impact::Data,
        Impact::Interop,
        Impact::Pedantic,
    ];
    let targets: Vec<Value> = report
        .targets
        .iter()
        .map(|target| of_target(report, target, cases))
        .collect();
    json!({
        "tool": report.tool,
        "version": report.version,
        "started": report.started,
        "seconds": report.duration_ms as f64 / 1000.0,
        "seed": report.seed,
        "complete": report.complete,
        "verdicts": Verdict::ALL.map(Verdict::name),
        "marks": Verdict::ALL.map(Verdict::mark),
        "impacts": impacts.map(Impact::name),
        "requirements": requirements,
        "cases": listed,
        "targets": targets,
    })
}

/// What the index has of a case, whatever the target.
fn listed(case: &CaseResult) -> Value {
    json!([
        case.id,
        case.group(),
        case.about,
        case.autobahn,
        case.requirements,
        case.impact.name()
    ])
}

/// What the index has of a target.
fn of_target(report: &Report, target: &TargetReport, cases: &BTreeMap<&str, &CaseResult>) -> Value {
    let results = by_id(target);
    let grid: String = cases
        .keys()
        .map(|id| results.get(id).map_or('.', |case| mark(case)))
        .collect();
    let number: BTreeMap<&str, usize> = cases.keys().copied().zip(0..).collect();
    let causes: Vec<Value> = report
        .causes_of(target)
        .iter()
        .map(|cause| cause_of_target(target, cause, &number))
        .collect();
    let skips: Vec<Value> = skipped(&target.cases)
        .iter()
        .map(|group| skipped_of_target(group, &number))
        .collect();
    let probe = &target.probe;
    json!({
        "name": target.name,
        "url": target.url,
        "role": target.role,
        "server": probe.server,
        "extensions": probe.extensions,
        "peer": probe.was_asked().then_some(probe.peer),
        "roundTrip": probe.was_asked().then_some(probe.round_trip_us),
        "trouble": probe.trouble,
        "ended": target.ended.trouble(),
        "causes": causes,
        "skipped": skips,
        "baseline": target.broken_baseline,
        "usage": target.usage.as_ref().map(usage),
        "grid": grid,
    })
}

/// What the processes took, in the index: in words, and a row for each moment.
fn usage(timeline: &Timeline) -> Value {
    let moments = timeline.moments.iter();
    let rows = moments.map(|moment| json!([moment.at_ms, moment.memory_kib, moment.cpu_ms]));
    json!({"text": timeline.to_string(), "moments": rows.collect::<Vec<_>>()})
}

/// A cause in the index; `number` is the place of a case in the index.
fn cause_of_target(target: &TargetReport, cause: &Cause, number: &BTreeMap<&str, usize>) -> Value {
    // The smallest case first.
    let others = cause.cases.iter().filter(|id| **id != cause.case);
    let rows: Vec<usize> = [&cause.case]
        .into_iter()
        .chain(others)
        .filter_map(|id| number.get(id.as_str()).copied())
        .collect();
    let smallest = target.cases.iter().find(|case| case.id == cause.case);
    json!({
        "verdict": cause.verdict as u8,
        "impact": cause.impact.name(),
        "requirement": cause.requirement,
        "key": cause.key,
        "reason": cause.reason,
        "cases": rows,
        "rests": cause.rests,
        "known": cause.known,
        "again": smallest.map(|case| target.rerun(case)),
    })
}

/// Skipped cases that lack the same thing, in the index.
fn skipped_of_target(group: &Skipped<'_>, number: &BTreeMap<&str, usize>) -> Value {
    let ids = group.cases.iter().map(|case| case.id.as_str());
    let rows: Vec<usize> = ids.filter_map(|id| number.get(id).copied()).collect();
    json!({"needs": group.needs, "why": group.why, "cases": rows})
}

/// The verdict as one character: a digit, or for a known failure a letter.
fn mark(case: &CaseResult) -> char {
    let first = if case.known.is_some() { b'a' } else { b'0' };
    char::from(first + case.verdict as u8)
}

fn by_id(target: &TargetReport) -> BTreeMap<&str, &CaseResult> {
    target
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect()
}

/// The details of the cases of a target, in the order of the index: gzip in base64.
fn details(target: &TargetReport, cases: &BTreeMap<&str, &CaseResult>) -> io::Result<String> {
    let results = by_id(target);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(b"[")?;
    for (i, id) in cases.keys().enumerate() {
        if i > 0 {
            packed.write_all(b",")?;
        }
        let detail = results.get(id).map(|case| detail(target, case));
        serde_json::to_writer(&mut packed, &detail)?;
    }
    packed.write_all(b"]")?;
    Ok(STANDARD.encode(packed.finish()?))
}

/// What the page shows of the result of a case; keys without a value are left out.
fn detail(target: &TargetReport, case: &CaseResult) -> Value {
    let failed = case.verdict != Verdict::Pass;
    let seen = (!case.seen_in_cases.is_empty()).then_some(&case.seen_in_cases);
    let mut detail = json!({
        "reason": failed.then_some(&case.reason),
        "key": (!case.reason_key.is_empty()).then_some(&case.reason_key),
        "cause": (!case.cause_key.is_empty()).then_some(&case.cause_key),
        "broken": case.broken,
        "on": case.rests_on,
        "again": failed.then(|| target.rerun(case)),
        "known": case.known,
        "like": case.answers_like(),
        "sent": case.sent,
        "expected": case.expected,
        "received": case.received,
        "stderr": (!case.stderr.is_empty()).then(|| case.stderr.join("\n")),
        "usage": case.usage.map(|usage| usage.to_string()),
        "growth": case.growth.as_ref().map(ToString::to_string),
        "count": case.count,
        "seen": seen,
        "wire": case.transcript.as_deref().map(wire_log),
        "alone": case.transcript_alone.as_deref().map(wire_log),
    });
    if let Some(detail) = detail.as_object_mut() {
        detail.retain(|_, value| !value.is_null());
        detail.insert("ms".into(), json!(case.duration_ms));
        detail.insert("close".into(), json!(case.close));
    }
    detail
}

/// The wire log, a row for each line. A number in place of a row stands for that many lines left
/// out.
fn wire_log(transcript: &Transcript) -> Vec<Value> {
    let lines = wire::lines(transcript);
    let left_out = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
    let mut rows: Vec<Value> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if left_out > 0 && i == FIRST_LINES {
            rows.push(left_out.into());
        }
        if left_out == 0 || i < FIRST_LINES || i >= FIRST_LINES + left_out {
            rows.push(row(line));
        }
    }
    rows
}

/// Time, side, offset, hex, meaning and faults of a line.
fn row(line: &wire::Line) -> Value {
    let faults: Vec<Value> = line
        .carets()
        .into_iter()
        .map(|(caret, violation)| {
            let (in_hex, column) = match caret {
                Caret::Hex(column) => (true, column),
                Caret::Meaning(column) => (false, column),
            };
            let clause = violation.clause().to_string();
            json!([
                violation.meaning(),
                clause,
                text::link(&clause),
                in_hex,
                column
            ])
        })
        .collect();
    json!([
        line.at_us,
        u8::from(line.who == Who::Target),
        line.offset,
        line.hex,
        line.meaning,
        faults
    ])
}
