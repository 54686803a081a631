//! Why cases were skipped: one group for each thing that they needed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::{CaseResult, Verdict};

/// What the key of every reason for skipping a case begins with.
const NEEDS: &str = "needs.";

/// Skipped cases that lack the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped<'a> {
    /// What they need, such as `deflate`: the first word of the key after `needs.`; in reports of
    /// version 0.1.0, which lack keys, empty.
    pub needs: &'a str,
    /// Why they were skipped, in one sentence that holds for all of them.
    pub why: &'a str,
    /// The cases, in the order of the report; at least one.
    pub cases: Vec<&'a CaseResult>,
}

/// The skipped ones among `cases` by what they needed, the largest group first.
///
/// Reports of version 0.1.0 lack keys; there, only cases with the very same reason share a group.
pub fn skipped(cases: &[CaseResult]) -> Vec<Skipped<'_>> {
    let mut groups: BTreeMap<(&str, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.verdict == Verdict::Skipped) {
        let needs = needs(&case.reason_key);
        let why = sentence(needs).unwrap_or(match needs {
            "" => &case.reason,
            // The first reason stands for all with this key.
            _ => "",
        });
        groups.entry((needs, why)).or_default().push(case);
    }
    let mut groups: Vec<Skipped<'_>> = groups
        .into_iter()
        .filter_map(|((needs, why), cases)| {
            let first: &CaseResult = cases.first()?;
            let why = if why.is_empty() { &first.reason } else { why };
            Some(Skipped { needs, why, cases })
        })
        .collect();
    groups.sort_by_key(|group| Reverse(group.cases.len()));
    groups
}

/// The first word of a key after `needs.`; the key itself where it is another.
fn needs(key: &str) -> &str {
    let what = key.strip_prefix(NEEDS).unwrap_or(key);
    what.split(['.', '/']).next().unwrap_or_default()
}

/// Why cases that need this are skipped, where one sentence holds for all; a key that is not here has
/// the reason of its first case.
fn sentence(needs: &str) -> Option<&'static str> {
    Some(match needs {
        "server" => "they test a server",
        "client" => "they test a client",
        "echo" => "the target does not echo",
        "pongs" => "the target does not answer pings",
        "deflate" => "the target agrees on no permessage-deflate",
        "deflate-terms" => "the target agrees on other terms of permessage-deflate",
        "deflate-answer" => "the target answers the offer of permessage-deflate wrongly",
        "premise" => "a plainer conversation already goes wrong, so they cannot be judged",
        "time" => "the time of the run was over before they could be judged",
        "fewer-failures" => "the run ended at the number of failures it was to end at",
        "answer-taken" => "the client does not take the answer they begin with",
        "offer" => "the client does not offer what they are about",
        "told-application" => "the application cannot be told what to do",
        "extended-connect" => "the server announces no extended CONNECT",
        "tls-only" => "the server is not known to accept nothing but TLS",
        "other-transport" => "they are for another transport",
        "subprotocols-argument" => "the command does not take {subprotocols}",
        "launch-per-case" => "they need a client that is started for each case",
        "host-name" => "a host name does not lead to our address",
        "connections" => "they need more connections at once than there may be",
        "one-set-of-values" => "--each fills in new values for every connection",
        "parallel-dials" => "the client cannot be told to dial several times at once",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Impact;

    fn row(id: &str, key: &str, reason: &str) -> CaseResult {
        let mut case = CaseResult::new(id.into(), "a", Impact::Data, Verdict::Skipped);
        case.reason_key = key.into();
        case.reason = reason.into();
        case
    }

    #[test]
    fn groups_are_by_what_is_needed_and_the_largest_comes_first() {
        let cases = [
            row("a", "needs.premise", "because of one thing"),
            row("b", "needs.deflate-answer.host-invalid", "x"),
            row("c", "needs.deflate-answer.key-missing", "y"),
            row("d", "needs.deflate-answer.key-missing", "y"),
            row("e", "needs.premise", "because of another"),
            CaseResult::new("f".into(), "a", Impact::Data, Verdict::Pass),
        ];
        let found = skipped(&cases);
        let found: Vec<(&str, usize)> = found.iter().map(|g| (g.needs, g.cases.len())).collect();
        assert_eq!(found, [("deflate-answer", 3), ("premise", 2)]);
    }

    #[test]
    fn what_is_not_known_here_has_the_reason_of_its_first_case() {
        let cases = [
            row("a", "needs.new-thing", "first"),
            row("b", "needs.new-thing", "second"),
            row("c", "", "old"),
            row("d", "", "older"),
        ];
        let found = skipped(&cases);
        let found: Vec<(&str, &str)> = found.iter().map(|g| (g.needs, g.why)).collect();
        assert_eq!(found, [("new-thing", "first"), ("", "old"), ("", "older")]);
    }
}
