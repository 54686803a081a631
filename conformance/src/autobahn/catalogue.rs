//! The 517 cases: their numbers, what our case for each is about, and how its connection has to end.

use std::collections::HashMap;
use std::sync::Arc;

use wsspec_reports::autobahn::Closing;

use crate::exchange::describe_outcomes;
use crate::serve::can_serve;
use wsspec_vectors::{Case, Step, autobahn};

/// One case of the incumbent, and ours.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `6.4.1`.
    pub id: String,
    /// Its number among all, from 1.
    pub index: usize,
    /// What it does, in our words.
    pub description: String,
    /// Our cases that stand for it.
    pub cases: Vec<Arc<Case>>,
}

/// All of them, in order; those that none of `cases` stands for have no case.
pub fn entries(cases: &[Arc<Case>]) -> Vec<Entry> {
    let mut ours: HashMap<&str, Vec<Arc<Case>>> = HashMap::new();
    for case in cases {
        for id in &case.autobahn {
            ours.entry(id).or_default().push(case.clone());
        }
    }
    let entry = |(i, id): (usize, String)| {
        let cases = ours.remove(id.as_str()).unwrap_or_default();
        let description = cases
            .first()
            .map_or_else(String::new, |case| format!("{} [{}]", case.about, case.id));
        Entry {
            id,
            index: i + 1,
            description,
            cases,
        }
    };
    autobahn::ids().enumerate().map(entry).collect()
}

/// Those for clients. Several offers at once, which is what 13.7 is about, only a client can make; there it is given 13.1
/// once more, so that the numbers stay what they are.
pub fn for_clients(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries
        .iter_mut()
        .for_each(|entry| entry.cases.retain(|case| can_serve(case)));
    let plain = |entry: &Entry| {
        Some((
            format!("13.7.{}", entry.id.strip_prefix("13.1.")?),
            entry.clone(),
        ))
    };
    let plain: HashMap<String, Entry> = entries.iter().filter_map(plain).collect();
    for entry in entries.iter_mut().filter(|entry| entry.cases.is_empty()) {
        if let Some(Entry {
            description, cases, ..
        }) = plain.get(&entry.id)
        {
            (entry.description, entry.cases) = (description.clone(), cases.clone());
        }
    }
    entries.retain(|entry| !entry.cases.is_empty());
    entries
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

/// What the case demands of the end of its connection, and what else is particular to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How the connection has to end.
    pub closing: Closing,
    /// How far the verdict on messages is tied to it.
    pub kind: Kind,
    /// It is about permessage-deflate.
    pub compression: bool,
}

/// What is particular to the verdict of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Plain,
    /// Never judged.
    Informational,
    /// The violation is a Close frame of ours, which is not what closes.
    WrongClose,
    /// Without the echo of what came before the violation, it is non-strict.
    EchoBefore,
    /// A fault that is only seen when the message is over is non-strict.
    Early,
}

/// Cases whose target has to fail the connection with 1002: sub-group, numbers.
const PROTOCOL_ERRORS: &[(&str, &[u32])] = &[
    ("2", &[5]),
    ("3", &[1, 2, 3, 4, 5, 6, 7]),
    ("4.1", &[1, 2, 3, 4, 5]),
    ("4.2", &[1, 2, 3, 4, 5]),
    ("5", &[1, 2, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
];

/// Cases whose target has to fail the connection with 1007.
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

/// Cases in which a legal message goes before the violation, in the same breath.
const ECHO_BEFORE: &[(&str, &[u32])] = &[
    ("3", &[2, 3, 4]),
    ("4.1", &[3, 4, 5]),
    ("4.2", &[3, 4, 5]),
    ("5", &[15]),
];

/// Close codes sent in 7.7.1 to 7.7.13: each may come back.
const LEGAL_CODES: [u16; 13] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
];

impl Rule {
    /// The rule of a case.
    pub fn of(id: &str) -> Rule {
        let (group, number) = id.rsplit_once('.').unwrap_or((id, ""));
        let number: u32 = number.parse().unwrap_or_default();
        let among = |table: &[(&str, &[u32])]| {
            table
                .iter()
                .any(|(g, ns)| *g == group && ns.contains(&number))
        };
        let closing = |by_suite, codes: &[u16], clean| Closing {
            by_suite,
            codes: codes.to_vec(),
            clean,
        };
        let legal = LEGAL_CODES
            .get(number.saturating_sub(1) as usize)
            .copied()
            .unwrap_or(1000);
        let closing = match (group, number) {
            _ if among(PROTOCOL_ERRORS) => closing(false, &[1002], false),
            _ if among(NOT_UTF8) => closing(false, &[1007], false),
            ("7.3", 2 | 6) | ("7.9", _) => closing(true, &[1002], false),
            ("7.5", _) => closing(true, &[1002, 1007], false),
            ("7.7", 2..) => closing(true, &[1000, legal], true),
            ("7.13", 1) => closing(true, &[1000, 1002, 5000], false),
            ("7.13", _) => closing(true, &[1000, 1002, 65535], false),
            _ => closing(true, &[1000], true),
        };
        let kind = match (group, number) {
            ("7.1", 6) | ("7.13", _) => Kind::Informational,
            ("3", 7) => Kind::WrongClose,
            ("6.4", _) => Kind::Early,
            _ if among(ECHO_BEFORE) => Kind::EchoBefore,
            _ => Kind::Plain,
        };
        Rule {
            closing,
            kind,
            compression: group.starts_with("12.") || group.starts_with("13."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::Corpus;

    #[test]
    fn every_number_is_there_for_servers_and_for_clients() {
        let entries = entries(&Corpus::embedded().unwrap().cases);
        assert!(entries.iter().all(|entry| !entry.cases.is_empty()));
        let clients = for_clients(entries.clone());
        let ids = |entries: &[Entry]| {
            entries
                .iter()
                .map(|entry| entry.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&clients), ids(&entries));
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
                count(Kind::EchoBefore),
                count(Kind::Early),
                count(Kind::Informational)
            ),
            (10, 4, 3)
        );
        assert_eq!(rules.iter().filter(|r| r.compression).count(), 216);
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
