//! SARIF 2.1.0, for code scanning: a rule is a requirement, a result a case that is not as it asks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{CaseResult, Clause, Impact, Report, TargetReport, Verdict, told};

/// The report as SARIF. Passes, skipped cases and errors are not in it; a known failure is a suppressed result.
pub(crate) fn sarif(report: &Report) -> Value {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for target in &report.targets {
        for case in &target.cases {
            let Some(level) = level(case.verdict) else { continue };
            let rule = case.requirements.first().map_or("wsspec", String::as_str);
            let count = rules.len();
            let index = *rules.entry(rule).or_insert(count);
            results.push(result(report, target, case, level, rule, index));
        }
    }
    let mut rules: Vec<(&str, usize)> = rules.into_iter().collect();
    rules.sort_by_key(|(_, index)| *index);
    let rules: Vec<Value> = rules.into_iter().map(|(id, _)| rule(id, report.requirements.get(id))).collect();
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
            "invocations": [{"executionSuccessful": report.complete, "startTimeUtc": report.started}],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

fn level(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Fail => Some("error"),
        Verdict::Flaky | Verdict::NonStrict => Some("warning"),
        Verdict::Informational => Some("note"),
        Verdict::Pass | Verdict::Skipped | Verdict::Error => None,
    }
}

/// What code scanning takes for how grave a rule is, from 0 to 10.
fn severity(impact: Impact) -> &'static str {
    match impact {
        Impact::Security => "8.0",
        Impact::Data => "6.0",
        Impact::Interop => "4.0",
        Impact::Pedantic => "1.0",
    }
}

fn rule(id: &str, clause: Option<&Clause>) -> Value {
    let Some(Clause { clause, level, text, .. }) = clause else { return json!({"id": id}) };
    // The section of the RFC, if it is one of an RFC: `RFC 6455 §5.1`.
    let link = clause.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §"));
    let link = link.map(|(rfc, section)| format!("https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"));
    let mut rule = json!({
        "id": id,
        "name": id,
        "shortDescription": {"text": format!("{clause} {level}")},
        "fullDescription": {"text": text},
    });
    if let Some(link) = link {
        rule["helpUri"] = link.into();
    }
    rule
}

fn result(report: &Report, target: &TargetReport, case: &CaseResult, level: &str, rule: &str, index: usize) -> Value {
    let reason = if case.reason.is_empty() { &case.about } else { &case.reason };
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": format!("{}: {}: {reason}", target.name, case.id)},
        "locations": [{
            // Code scanning wants a file; the vectors of the family are the one that says what is asked.
            "physicalLocation": {"artifactLocation": {"uri": format!("vectors/exchange/{}.json", case.family())}},
            "logicalLocations": [{"fullyQualifiedName": format!("{}#{}", target.url, case.id), "kind": "resource"}],
        }],
        "partialFingerprints": {"target/v1": target.url, "case/v1": case.id},
        "properties": {
            "verdict": case.verdict.name(),
            "impact": case.impact.name(),
            "security-severity": severity(case.impact),
            "requirements": case.requirements,
            "wire": told::case(report, target, case),
        },
    });
    if let Some(known) = &case.known {
        result["suppressions"] = json!([{"kind": "external", "justification": known}]);
    }
    result
}
