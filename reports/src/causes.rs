//! What the failures have in common: one fault of a target has many consequences, and most of them say the same.

use std::collections::BTreeMap;

use crate::{TargetReport, Verdict};

/// What fewer failures say is no cause worth naming.
const LEAST: usize = 8;

/// So many causes are named.
const MOST: usize = 3;

/// What many failures say, and how many of them; the most frequent first, no more than three. Empty where the failures
/// are few or have nothing in common.
pub fn causes(target: &TargetReport) -> Vec<(String, usize)> {
    let mut groups: BTreeMap<String, (&str, bool, usize)> = BTreeMap::new();
    let failed = target
        .cases
        .iter()
        .filter(|c| c.verdict == Verdict::Fail && !c.is_passive());
    for case in failed {
        // The part of the reason that is the same for many, before any detail.
        let said = case
            .reason
            .split([':', '"', ';', ','])
            .next()
            .unwrap_or_default()
            .trim_end();
        let (first, alike, count) = groups
            .entry(without_numbers(said))
            .or_insert((said, true, 0));
        *alike &= *first == said;
        *count += 1;
    }
    let named = groups
        .into_iter()
        .filter(|(_, (_, _, count))| *count >= LEAST);
    let mut named: Vec<(String, usize)> = named
        .map(|(general, (first, alike, count))| {
            (if alike { first.to_owned() } else { general }, count)
        })
        .collect();
    named.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    named.truncate(MOST);
    named
}

fn without_numbers(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        if word.contains(|c: char| c.is_ascii_digit()) {
            "…"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CaseResult, Probe, Summary};

    fn causes_of(reasons: &[(&str, usize)]) -> Vec<(String, usize)> {
        let case = |reason: &str| -> CaseResult {
            serde_json::from_value(serde_json::json!({
                "id": "message.x", "about": "", "autobahn": [], "requirements": [], "impact": "data",
                "verdict": "fail", "reason": reason, "duration_ms": 0.0,
            }))
            .unwrap()
        };
        let cases = reasons
            .iter()
            .flat_map(|(reason, count)| (0..*count).map(|_| case(reason)))
            .collect();
        let (name, url, again) = (String::new(), String::new(), String::new());
        let (role, probe, summary) = (
            crate::TargetRole::Server,
            Probe::default(),
            Summary::default(),
        );
        let (ended, broken_baseline) = (crate::Ending::Complete, Vec::new());
        causes(&TargetReport {
            name,
            url,
            again,
            role,
            probe,
            ended,
            shards: None,
            summary,
            broken_baseline,
            cases,
        })
    }

    #[test]
    fn what_many_say_is_said_once() {
        let said = [
            ("the echo differs from byte 17: a instead of b", 9),
            ("the echo differs from byte 4: c instead of d", 1),
            ("the target answered 101 Switching Protocols", 8),
            ("no pong with \"x\"", 7),
        ];
        let named = [
            ("the echo differs from byte …", 10),
            ("the target answered 101 Switching Protocols", 8),
        ];
        assert_eq!(
            causes_of(&said),
            named.map(|(cause, count)| (cause.to_owned(), count))
        );
        assert_eq!(causes_of(&[("no pong", 7)]), []);
    }
}
