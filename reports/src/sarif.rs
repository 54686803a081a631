//! SARIF 2.1.0, for code scanning: a rule is a requirement, a result is a case in which it was broken.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::causes::impact;
use crate::{
    CaseResult, Clause, Impact, Report, TargetReport, Verdict, markdown, plain_text, site, text,
};

/// The report as SARIF, without passes, skipped cases and errors. A known failure is a suppressed
/// result; the key of a reason is in the property bag of its result.
pub(crate) fn sarif(report: &Report) -> Value {
    // The index of each rule, and its results.
    let mut rules: BTreeMap<&str, (usize, Vec<&CaseResult>)> = BTreeMap::new();
    let mut results = Vec::new();
    for target in &report.targets {
        for case in &target.cases {
            let Some(level) = level(case.verdict) else {
                continue;
            };
            let rule = Some(case.breaks())
                .filter(|id| !id.is_empty())
                .unwrap_or("wsspec");
            let count = rules.len();
            let (index, rows) = rules.entry(rule).or_insert((count, Vec::new()));
            rows.push(case);
            results.push(result(report, target, case, level, (rule, *index)));
        }
    }
    let mut rules: Vec<(&str, (usize, Vec<&CaseResult>))> = rules.into_iter().collect();
    rules.sort_by_key(|(_, (index, _))| *index);
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(id, (_, rows))| rule(id, report.requirements.get(id), impact(rows.into_iter())))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool,
                "version": report.version,
                "semanticVersion": report.version,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [invocation(report)],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

/// Whether the run came to its end, and if not, why.
fn invocation(report: &Report) -> Value {
    let troubles = report.troubles();
    let mut invocation =
        json!({"executionSuccessful": troubles.is_empty(), "startTimeUtc": report.started});
    if !troubles.is_empty() {
        let notifications = troubles
            .iter()
            .map(|(name, trouble)| json!({"level": "error", "message": {"text": format!("{name}: {trouble}.")}}));
        invocation["toolExecutionNotifications"] = notifications.collect();
    }
    invocation
}

fn level(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Fail => Some("error"),
        Verdict::Flaky | Verdict::NonStrict => Some("warning"),
        Verdict::Informational => Some("note"),
        Verdict::Pass | Verdict::Skipped | Verdict::Error => None,
    }
}

/// The severity that code scanning reads, from 0 to 10.
fn severity(impact: Impact) -> &'static str {
    match impact {
        Impact::Security => "8.0",
        Impact::Data => "6.0",
        Impact::Interop => "4.0",
        Impact::Pedantic => "1.0",
    }
}

fn rule(id: &str, clause: Option<&Clause>, worst: Impact) -> Value {
    // Code scanning takes the severity of a result from its rule.
    let properties = json!({"security-severity": severity(worst), "tags": [worst.name()]});
    let Some(Clause {
        clause,
        level,
        text,
        ..
    }) = clause
    else {
        let help = format!("This report does not have the text of requirement {id}.");
        return json!({"id": id, "help": {"text": help}, "properties": properties});
    };
    let link = text::link(clause);
    let plain = link
        .as_ref()
        .map_or(clause.clone(), |link| format!("{clause} <{link}>"));
    let linked = link
        .as_ref()
        .map_or(clause.clone(), |link| format!("[{clause}]({link})"));
    let mut rule = json!({
        "id": id,
        "name": name(text),
        "shortDescription": {"text": format!("{clause} {level}")},
        "fullDescription": {"text": text},
        "help": {
            "text": format!("{plain} {level}: {text}"),
            "markdown": format!("{linked} **{level}**: {}", markdown::text(text)),
        },
        "properties": properties,
    });
    if let Some(link) = link {
        rule["helpUri"] = link.into();
    }
    rule
}

/// The first words of a requirement, as a name: `AClientMasksAllFrames`.
fn name(text: &str) -> String {
    const WORDS: usize = 10;
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS);
    words
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..].to_ascii_lowercase())
        .collect()
}

fn result(
    report: &Report,
    target: &TargetReport,
    case: &CaseResult,
    level: &str,
    (rule, index): (&str, usize),
) -> Value {
    // Code scanning wants a file: that of the vector, or for a passive rule, which has none, that
    // of the requirements.
    let file = if case.is_passive() {
        "vectors/requirements.json".to_owned()
    } else {
        format!("vectors/exchange/{}.json", case.family())
    };
    let reason = if case.reason.is_empty() {
        &case.about
    } else {
        &case.reason
    };
    let mut properties = json!({
        "verdict": case.verdict.name(),
        "impact": case.impact.name(),
        "requirements": case.requirements,
        "page": format!("{}{}", site::ADDRESS, site::case_page(case.family(), &case.id)),
        "wire": plain_text::case(report, target, case),
    });
    if !case.reason_key.is_empty() {
        properties["reasonKey"] = case.reason_key.clone().into();
    }
    if !case.cause_key.is_empty() {
        properties["causeKey"] = case.cause_key.clone().into();
    }
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": format!("{}: {}: {reason}", target.name, case.id)},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": file}},
            "logicalLocations": [{"fullyQualifiedName": format!("{}#{}", target.url, case.id), "kind": "resource"}],
        }],
        "partialFingerprints": {"target/v1": target.url, "case/v1": case.id},
        "properties": properties,
    });
    if let Some(known) = &case.known {
        result["suppressions"] = json!([{"kind": "external", "justification": known}]);
    }
    result
}
