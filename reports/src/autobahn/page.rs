//! HTML pages: a grid of all results, and a page for each case. Each loads no other file.

use std::fmt::Write as _;

use super::index::{Index, Row};
use super::{Behavior, BehaviorClose, CaseReport, CloseFrame};
use crate::text::{counted, escape};
use crate::{Who, wire};

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}\
table{border-collapse:collapse}td,th{padding:.2em .7em;border:1px solid #ccc;text-align:left;vertical-align:top}\
th{background:#f4f4f4}td.pass{background:#bfe8bf}td.strict{background:#f6e39a}td.info{background:#b9d6f2}\
td.fail{background:#f3a8a0}td.none{background:#ddd}a{color:inherit}code,pre{font:12px/1.5 ui-monospace,monospace}\
pre{white-space:pre-wrap;word-break:break-all;background:#f7f7f7;padding:1em}small{color:#444}.bad{color:#b00}";

/// Most lines of the wire log on a page.
const LINES: usize = 500;

/// The grid: a row for each case, a column for each agent.
pub(super) fn index(index: &Index) -> String {
    let mut cases: Vec<(Vec<u32>, &str)> = Vec::new();
    for id in index.values().flat_map(|rows| rows.keys()) {
        cases.push((id.split('.').filter_map(|n| n.parse().ok()).collect(), id));
    }
    cases.sort();
    cases.dedup();
    let mut page = begin("WebSocket test report");
    page.push_str("<table><tr><th>Case</th>");
    for (agent, rows) in index {
        let failed = rows
            .values()
            .filter(|row: &&Row| row.behavior == Behavior::Failed)
            .count();
        let _ = write!(
            page,
            "<th>{}<br><small>{}, {failed} failed</small></th>",
            escape(agent),
            counted(rows.len(), "case")
        );
    }
    page.push_str("</tr>\n");
    for (_, id) in cases {
        let _ = write!(page, "<tr><th>{}</th>", escape(id));
        for rows in index.values() {
            match rows.get(id) {
                Some(row) => cell(&mut page, row),
                None => page.push_str("<td class=none>Missing</td>"),
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></body></html>\n");
    page
}

fn cell(page: &mut String, row: &Row) {
    let code = row
        .remote_close_code
        .map_or_else(|| "None".to_owned(), |code| code.to_string());
    let link = row.reportfile.trim_end_matches(".json");
    let close = match row.behavior_close {
        BehaviorClose::Ok | BehaviorClose::Informational => String::new(),
        bad => format!(" <b>{}</b>", bad.name()),
    };
    let _ = write!(
        page,
        "<td class={}><a href=\"{link}.html\">{}</a> <small>{} ms, close {code}{close}</small></td>",
        class(row.behavior),
        row.behavior.label(),
        row.duration
    );
}

fn class(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Ok => "pass",
        Behavior::NonStrict => "strict",
        Behavior::Informational => "info",
        Behavior::Unimplemented => "none",
        Behavior::Failed => "fail",
    }
}

/// The page of one case.
pub(super) fn case(agent: &str, is_server: bool, case: &CaseReport) -> String {
    let mut page = begin(&format!("Case {}: {agent}", case.id));
    page.push_str("<p><a href=\"index.html\">All cases</a></p>");
    facts(&mut page, is_server, case);
    for (name, head) in [
        ("Opening request", &case.observed.request),
        ("Answer", &case.observed.response),
    ] {
        let lines: Vec<String> = head.lines().map(escape).collect();
        let _ = writeln!(page, "<h2>{name}</h2><pre>{}</pre>", lines.join("\n"));
    }
    wire_log(&mut page, &case.lines);
    page.push_str("</body></html>\n");
    page
}

/// The table of what is known about a case.
fn facts(page: &mut String, is_server: bool, case: &CaseReport) {
    let _ = write!(
        page,
        "<table><tr><th>Result</th><td class={}>{}</td></tr>",
        class(case.behavior),
        case.behavior.label()
    );
    let suite = if is_server { "server" } else { "client" };
    for (name, value) in [
        ("Reason", case.result.as_str()),
        ("Closing", case.behavior_close.name()),
        ("Reason", &case.result_close),
        ("What it does", &case.description),
        ("Expected", &case.expectation),
        (
            "Close of the target",
            &close(case.observed.target.close.as_ref()),
        ),
        (
            "Close of the suite",
            &close(case.observed.suite.close.as_ref()),
        ),
        ("Duration", &format!("{} ms", case.duration_ms)),
        ("Started", &case.started),
        ("Role of the suite", suite),
    ] {
        let _ = write!(page, "<tr><th>{name}</th><td>{}</td></tr>", escape(value));
    }
    page.push_str("</table>\n");
}

fn close(close: Option<&CloseFrame>) -> String {
    match close {
        None => "no Close frame".to_owned(),
        Some(CloseFrame {
            code: Some(code),
            reason,
            ..
        }) => format!("{code} {reason}"),
        Some(CloseFrame { reason, .. }) => format!("no code {reason}"),
    }
}

fn wire_log(page: &mut String, lines: &[wire::Line]) {
    page.push_str("<h2>Wire log</h2><pre>");
    let lines = wire::without_heads(lines.to_vec());
    for line in lines.iter().take(LINES) {
        let arrow = if line.who == Who::Suite { "→" } else { "←" };
        let time = line.at_us as f64 / 1000.0;
        let _ = writeln!(
            page,
            "{time:>10.3} {arrow} {}  <small>{}</small>",
            escape(&line.meaning),
            escape(&line.hex)
        );
        for fault in &line.faults {
            let _ = writeln!(
                page,
                "           <span class=bad>^ {}</span>",
                escape(&fault.to_string())
            );
        }
    }
    if lines.len() > LINES {
        let _ = writeln!(page, "           … and {} more", lines.len() - LINES);
    }
    page.push_str("</pre>");
}

fn begin(title: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>{title}</title><style>{STYLE}</style></head>\
         <body><h1>{title}</h1>\n"
    )
}
