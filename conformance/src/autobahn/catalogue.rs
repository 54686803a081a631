//! The 517 Autobahn cases: their numbers, what our case for each is about, and how its connection
//! must end.

use std::collections::HashMap;
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::autobahn::Closing;

use crate::exchange::describe_outcomes;
use crate::serve::can_serve;
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Step, autobahn};

/// An Autobahn case, and our cases for it.
#[derive(Debug, Clone)]
pub struct AutobahnCase {
    /// Its id, such as `6.4.1`.
    pub id: String,
    /// Its number among all cases, from 1.
    pub index: usize,
    /// What it does.
    pub description: String,
    /// Our cases that stand for it.
    pub cases: Vec<Arc<Case>>,
}

/// All Autobahn cases, in order. One that none of `cases` stands for has no case of ours.
pub fn all(cases: &[Arc<Case>]) -> Vec<AutobahnCase> {
    let mut ours: HashMap<&str, Vec<Arc<Case>>> = HashMap::new();
    for case in cases {
        for id in &case.autobahn {
            ours.entry(id).or_default().push(case.clone());
        }
    }
    let mut all = Vec::new();
    for (i, id) in autobahn::ids().enumerate() {
        let cases = ours.remove(id.as_str()).unwrap_or_default();
        let description = cases
            .first()
            .map_or_else(String::new, |case| format!("{} [{}]", case.about, case.id));
        all.push(AutobahnCase {
            id,
            index: i + 1,
            description,
            cases,
        });
    }
    all
}

/// The cases for servers: where one of ours is for servers, those for clients do not stand for it.
pub fn for_servers(mut all: Vec<AutobahnCase>) -> Vec<AutobahnCase> {
    for autobahn in &mut all {
        if autobahn.cases.iter().any(|case| is_for_servers(case)) {
            autobahn.cases.retain(|case| is_for_servers(case));
        }
    }
    all
}

fn is_for_servers(case: &Case) -> bool {
    case.roles.contains(&Role::Server)
}

/// The cases for clients, with only those cases of ours that can be served.
///
/// Only a client can make several offers at once, which is what 13.7 is about: there, it runs the
/// case of 13.1 once more, so that the numbers stay the same.
pub fn for_clients(mut all: Vec<AutobahnCase>) -> Vec<AutobahnCase> {
    for autobahn in &mut all {
        autobahn
            .cases
            .retain(|case| can_serve(case, Transport::Tcp));
    }
    let mut single_offers = HashMap::new();
    for autobahn in &all {
        if let Some(number) = autobahn.id.strip_prefix("13.1.") {
            single_offers.insert(format!("13.7.{number}"), autobahn.clone());
        }
    }
    for autobahn in &mut all {
        if let (true, Some(single)) = (
            autobahn.cases.is_empty(),
            single_offers.remove(&autobahn.id),
        ) {
            (autobahn.description, autobahn.cases) = (single.description, single.cases);
        }
    }
    all.retain(|autobahn| !autobahn.cases.is_empty());
    all
}

/// What our case expects, in one line.
pub fn expectation(case: &Case) -> String {
    let expected = case.steps.iter().filter_map(|step| match step.bare() {
        Step::Expect(outcomes) => Some(describe_outcomes(outcomes)),
        _ => None,
    });
    let expected: Vec<String> = expected.collect();
    if expected.is_empty() {
        "the connection stays open and a ping is answered".into()
    } else {
        expected.join("; then ")
    }
}

/// How an Autobahn case is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How the connection must end.
    pub closing: Closing,
    /// What is particular to the verdict on messages.
    pub kind: RuleKind,
    /// Whether the case is about permessage-deflate.
    pub compression: bool,
    /// Whether the duration is part of the result.
    pub timed: bool,
}

/// What is particular to the verdict on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// Nothing.
    Plain,
    /// Never judged.
    Informational,
    /// The violation is a Close frame of ours, which does not count as closing the connection.
    WrongClose,
    /// Without an echo of the message before the violation, the result is non-strict.
    EchoBefore,
    /// If the violation is noticed only at the end of the message, the result is non-strict.
    Early,
}

/// Cases whose target must fail the connection with 1002: sub-group, numbers.
const PROTOCOL_ERRORS: &[(&str, &[u32])] = &[
    ("2", &[5]),
    ("3", &[1, 2, 3, 4, 5, 6, 7]),
    ("4.1", &[1, 2, 3, 4, 5]),
    ("4.2", &[1, 2, 3, 4, 5]),
    ("5", &[1, 2, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
];

/// Cases whose target must fail the connection with 1007.
const NOT_UTF8: &[(&str, &[u32])] = &[
    ("6.3", &[1, 2]),
    ("6.4", &[1, 2, 3, 4]),
    ("6.6", &[1, 3, 4, 6, 8, 10]),
    ("6.8", &[1, 2]),
    ("6.10", &[1, 2, 3]),
    ("6.11", &[5]),
    ("6.12", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("6.13", &[1, 2, 3, 4, 5]),
    ("6.14", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("6.15", &[1]),
    ("6.16", &[1, 2, 3]),
    ("6.17", &[1, 2, 3, 4, 5]),
    ("6.18", &[1, 2, 3, 4, 5]),
    ("6.19", &[1, 2, 3, 4, 5]),
    ("6.20", &[1, 2, 3, 4, 5, 6, 7]),
    ("6.21", &[1, 2, 3, 4, 5, 6, 7, 8]),
];

/// Cases that send a legal message right before the violation.
const ECHO_BEFORE: &[(&str, &[u32])] = &[
    ("3", &[2, 3, 4]),
    ("4.1", &[3, 4, 5]),
    ("4.2", &[3, 4, 5]),
    ("5", &[15]),
];

/// Close codes sent in 7.7.1 to 7.7.13. Each may come back.
const LEGAL_CODES: [u16; 13] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
];

impl Rule {
    /// The rule of the Autobahn case with this id.
    pub fn of(id: &str) -> Rule {
        let (group, number) = id.rsplit_once('.').unwrap_or((id, ""));
        let number: u32 = number.parse().unwrap_or_default();
        let chapter = group.split('.').next().unwrap_or_default();
        Rule {
            closing: closing(group, number),
            kind: kind(group, number),
            compression: matches!(chapter, "12" | "13"),
            timed: matches!(chapter, "9" | "12" | "13"),
        }
    }
}

/// How the connection of a case must end.
fn closing(group: &str, number: u32) -> Closing {
    let legal = LEGAL_CODES
        .get(number.saturating_sub(1) as usize)
        .copied()
        .unwrap_or(1000);
    let (by_suite, codes, clean): (bool, &[u16], bool) = match (group, number) {
        _ if is_in(PROTOCOL_ERRORS, group, number) => (false, &[1002], false),
        _ if is_in(NOT_UTF8, group, number) => (false, &[1007], false),
        ("7.3", 2 | 6) | ("7.9", _) => (true, &[1002], false),
        ("7.5", _) => (true, &[1002, 1007], false),
        ("7.7", 2..) => (true, &[1000, legal], true),
        ("7.13", 1) => (true, &[1000, 1002, 5000], false),
        ("7.13", _) => (true, &[1000, 1002, 65535], false),
        _ => (true, &[1000], true),
    };
    Closing {
        by_suite,
        codes: codes.to_vec(),
        clean,
    }
}

/// What is particular to the verdict on a case.
fn kind(group: &str, number: u32) -> RuleKind {
    match (group, number) {
        ("7.1", 6) | ("7.13", _) => RuleKind::Informational,
        ("3", 7) => RuleKind::WrongClose,
        ("6.4", _) => RuleKind::Early,
        _ if is_in(ECHO_BEFORE, group, number) => RuleKind::EchoBefore,
        _ => RuleKind::Plain,
    }
}

fn is_in(table: &[(&str, &[u32])], group: &str, number: u32) -> bool {
    table
        .iter()
        .any(|(g, numbers)| *g == group && numbers.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::Corpus;

    #[test]
    fn every_number_has_a_case_for_servers_and_for_clients() {
        let servers = all(&Corpus::embedded().unwrap().cases);
        assert!(servers.iter().all(|autobahn| !autobahn.cases.is_empty()));
        let ids: Vec<String> = servers.iter().map(|autobahn| autobahn.id.clone()).collect();
        let clients = for_clients(servers);
        assert!(clients.iter().map(|autobahn| &autobahn.id).eq(&ids));
    }

    #[test]
    fn rules_by_number() {
        let rules: Vec<Rule> = autobahn::ids().map(|id| Rule::of(&id)).collect();
        let failing = |code| {
            rules
                .iter()
                .filter(|r| !r.closing.by_suite && r.closing.codes == [code])
                .count()
        };
        assert_eq!((failing(1002), failing(1007)), (30, 75));
        let count = |kind| rules.iter().filter(|r| r.kind == kind).count();
        assert_eq!(
            (
                count(RuleKind::EchoBefore),
                count(RuleKind::Early),
                count(RuleKind::Informational)
            ),
            (10, 4, 3)
        );
        assert_eq!(rules.iter().filter(|r| r.compression).count(), 216);
        assert_eq!(rules.iter().filter(|r| r.timed).count(), 216 + 54);
        assert_eq!(Rule::of("7.7.13").closing.codes, [1000, 4999]);
        assert_eq!(
            rules
                .iter()
                .filter(|r| r.closing.by_suite && !r.closing.clean)
                .count(),
            14
        );
    }
}
