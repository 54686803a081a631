//! A page that needs nothing beside itself, for thousands of cases on dozens of targets.
//!
//! The page holds an index of all cases and verdicts, and for each target what is told of its cases, packed; a
//! browser unpacks that of a target when a case of it is looked at. What a peer sent gets into the page only as
//! JSON, and onto the screen only as text. A content security policy lets nothing run but our own script, and
//! nothing be loaded at all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wsspec_core::dissect;

use crate::{
    CaseResult, Impact, Report, TargetReport, TargetRole, Transcript, Verdict, Who, causes, wire,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Lines of a wire log that are shown; the first and the last matter most.
const FIRST: usize = 40;
const LAST: usize = 160;

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
    };
    page.write_into(to)
}

/// The source expression of a content security policy that allows `text`.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// JSON that nothing in a script element can be ended by.
fn in_script(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}

fn index(report: &Report, cases: &BTreeMap<&str, &CaseResult>) -> Value {
    let listed: Vec<Value> = cases
        .values()
        .map(|c| {
            json!([
                c.id,
                c.family(),
                c.about,
                c.autobahn,
                c.requirements,
                c.impact.name()
            ])
        })
        .collect();
    let clauses = report
        .requirements
        .iter()
        .map(|(id, c)| (id.clone(), json!([c.clause, c.level, c.text])));
    let clauses: serde_json::Map<String, Value> = clauses.collect();
    let impacts = [
        Impact::Security,
        Impact::Data,
        Impact::Interop,
        Impact::Pedantic,
    ]
    .map(Impact::name);
    let verdicts = Verdict::ALL.map(Verdict::name);
    let targets: Vec<Value> = report
        .targets
        .iter()
        .map(|target| of_target(target, cases))
        .collect();
    json!({
        "tool": report.tool,
        "version": report.version,
        "started": report.started,
        "seconds": report.duration_ms as f64 / 1000.0,
        "seed": report.seed,
        "complete": report.complete,
        "verdicts": verdicts,
        "impacts": impacts,
        "requirements": clauses,
        "cases": listed,
        "targets": targets,
    })
}

fn of_target(target: &TargetReport, cases: &BTreeMap<&str, &CaseResult>) -> Value {
    let here: BTreeMap<&str, &CaseResult> = target
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    // A digit a case: its verdict; a letter where that is known; a dot where there is none.
    let grid: String = cases
        .keys()
        .map(|id| {
            here.get(id).map_or('.', |case| {
                let first = if case.known.is_some() { b'a' } else { b'0' };
                char::from(first + case.verdict as u8)
            })
        })
        .collect();
    let probe = &target.probe;
    json!({
        "name": target.name,
        "url": target.url,
        "role": if target.role == TargetRole::Server { "server" } else { "client" },
        "server": probe.server,
        "extensions": probe.extensions,
        "peer": probe.peer,
        "roundTrip": probe.round_trip_us,
        "trouble": probe.trouble,
        "ended": target.ended.trouble(),
        "causes": causes(target),
        "baseline": target.broken_baseline,
        "grid": grid,
    })
}

/// What is told of the cases of a target, in the order of the index: gzip in base64.
fn details(target: &TargetReport, cases: &BTreeMap<&str, &CaseResult>) -> io::Result<String> {
    let here: BTreeMap<&str, &CaseResult> = target
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    let told = cases
        .keys()
        .map(|id| here.get(id).map(|case| told(target, case)));
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(b"[")?;
    for (i, case) in told.enumerate() {
        if i > 0 {
            packed.write_all(b",")?;
        }
        serde_json::to_writer(&mut packed, &case)?;
    }
    packed.write_all(b"]")?;
    Ok(STANDARD.encode(packed.finish()?))
}

fn told(target: &TargetReport, case: &CaseResult) -> Value {
    let mut told = json!({"ms": case.duration_ms, "close": case.close});
    let mut tell = |key: &str, value: Value| {
        if !value.is_null() {
            told[key] = value;
        }
    };
    if case.verdict != Verdict::Pass {
        tell("reason", case.reason.clone().into());
        tell("again", target.rerun(case).into());
    }
    tell("known", json!(case.known));
    tell("sent", json!(case.sent));
    tell("expected", json!(case.expected));
    tell("received", json!(case.received));
    tell("count", json!(case.count));
    if !case.seen_in_cases.is_empty() {
        tell("seen", json!(case.seen_in_cases));
    }
    tell("wire", json!(case.transcript.as_deref().map(log)));
    tell("alone", json!(case.transcript_alone.as_deref().map(log)));
    told
}

/// The wire log: time, who, offset, hex, meaning, faults. A number in place of a line stands for as many.
fn log(transcript: &Transcript) -> Vec<Value> {
    let lines = wire::lines(transcript);
    let left = lines.len().saturating_sub(FIRST + LAST);
    let shown = |i: usize| left == 0 || i < FIRST || i >= FIRST + left;
    let mut told: Vec<Value> = lines
        .iter()
        .enumerate()
        .filter(|(i, _)| shown(*i))
        .map(|(_, line)| row(line))
        .collect();
    if left > 0 {
        told.insert(FIRST, left.into());
    }
    told
}

fn row(line: &wire::Line) -> Value {
    let faults: Vec<String> = dissect::distinct(&line.faults)
        .iter()
        .map(|v| format!("{} ({})", v.meaning(), v.clause()))
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
