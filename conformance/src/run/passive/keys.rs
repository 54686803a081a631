//! What a client draws anew each time: a nonce for each connection (RFC 6455 §4.1), a masking key
//! for each frame (§5.3). No single connection proves much; the whole run does.
//!
//! Of n random masking keys on one connection two are equal with a chance of about n² in 2³³. So
//! one repeat is a hint; two in a run are none of chance.

use std::collections::{HashMap, HashSet};

use std::sync::Arc;

use wsspec_reports::{Impact, Transcript, Verdict};

use super::Row;
use crate::exchange::{Observed, Reason};

/// What is wrong with keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Habit {
    NonceRepeated,
    KeyRepeated,
    KeyCounts,
    KeysBeginAlike,
}

const HABITS: &[(Habit, Row)] = &[
    (
        Habit::NonceRepeated,
        Row {
            name: "nonce-repeated",
            requirement: "RFC6455-4.1-23",
            impact: Impact::Security,
            about: "A client draws a new nonce for the Sec-WebSocket-Key of each connection.",
        },
    ),
    (
        Habit::KeyRepeated,
        Row {
            name: "key-repeated",
            requirement: "RFC6455-5.3-2",
            impact: Impact::Security,
            about: "A client picks a new masking key for each frame.",
        },
    ),
    (
        Habit::KeyCounts,
        Row {
            name: "key-counts",
            requirement: "RFC6455-5.3-3",
            impact: Impact::Security,
            about: "The masking keys of a client do not count up or down.",
        },
    ),
    (
        Habit::KeysBeginAlike,
        Row {
            name: "keys-begin-alike",
            requirement: "RFC6455-5.3-3",
            impact: Impact::Security,
            about: "The masking keys of one connection do not foretell those of the next.",
        },
    ),
];

impl Habit {
    fn row(self) -> &'static Row {
        let mut rows = HABITS.iter().filter(|(habit, _)| *habit == self);
        rows.next().map_or(&HABITS[0].1, |(_, row)| row)
    }
}

/// What the rows are.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    HABITS.iter().map(|(_, row)| row)
}

/// How often a habit has to be seen, and what it is called then.
fn grade(habit: Habit, count: usize) -> Verdict {
    match (habit, count) {
        (_, 0) | (Habit::KeysBeginAlike, 1) => Verdict::Pass,
        // The requirement asks for unpredictability, of which the wire can only show the lack.
        (Habit::KeysBeginAlike, _) | (Habit::KeyRepeated | Habit::KeyCounts, 1) => {
            Verdict::NonStrict
        }
        _ => Verdict::Fail,
    }
}

/// What was seen of keys so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    nonces: HashSet<String>,
    beginnings: HashSet<[u8; 4]>,
    seen: HashMap<Habit, super::Seen>,
}

impl Keys {
    /// Takes the keys of the connections of one case.
    pub(super) fn note(&mut self, case: &str, observed: &Observed, transcript: &Arc<Transcript>) {
        for nonce in &observed.nonces {
            if !self.nonces.insert(nonce.clone()) {
                let words = format!("{case} began with the key {nonce:?} of an earlier connection");
                self.saw(Habit::NonceRepeated, case, transcript, words, 1);
            }
        }
        for keys in &observed.masking_keys {
            self.note_connection(case, keys, transcript);
        }
    }

    fn note_connection(&mut self, case: &str, keys: &[[u8; 4]], transcript: &Arc<Transcript>) {
        let repeats = keys.len() - keys.iter().collect::<HashSet<_>>().len();
        if repeats > 0 {
            let words = format!(
                "in {case}, {repeats} of {} frames had a masking key of a frame before",
                keys.len()
            );
            self.saw(Habit::KeyRepeated, case, transcript, words, repeats);
        }
        let counts = steps(keys, u32::from_be_bytes).max(steps(keys, u32::from_le_bytes));
        if counts > 0 {
            let words = format!(
                "in {case}, {counts} masking keys followed from the two before by counting on"
            );
            self.saw(Habit::KeyCounts, case, transcript, words, counts);
        }
        if let Some(first) = keys.first()
            && !self.beginnings.insert(*first)
        {
            let words =
                format!("the first masking key of {case} was that of an earlier connection");
            self.saw(Habit::KeysBeginAlike, case, transcript, words, 1);
        }
    }

    fn saw(
        &mut self,
        habit: Habit,
        case: &str,
        transcript: &Arc<Transcript>,
        observed: String,
        count: usize,
    ) {
        let rule = habit.row().name;
        self.seen
            .entry(habit)
            .or_default()
            .note(case, transcript, count, || Reason::Predictable {
                rule,
                observed,
            });
    }

    /// A row for each habit.
    pub(super) fn rows(mut self) -> impl Iterator<Item = wsspec_reports::CaseResult> {
        HABITS.iter().map(move |(habit, row)| {
            let seen = self.seen.remove(habit).unwrap_or_default();
            row.result(grade(*habit, seen.count), seen)
        })
    }
}

/// How many keys are as far from the one before as that was from the one before it, but not the
/// same.
fn steps(keys: &[[u8; 4]], number: fn([u8; 4]) -> u32) -> usize {
    let step = |a: [u8; 4], b: [u8; 4]| number(b).wrapping_sub(number(a));
    keys.windows(3)
        .filter(|k| k[0] != k[1] && step(k[0], k[1]) == step(k[1], k[2]))
        .count()
}
