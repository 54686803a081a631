//! The rules that the sides of a connection broke.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;

use wsspec_core::Role;
use wsspec_core::http2;
use wsspec_core::violation::{Clause, Fault, Violation};
use wsspec_reports::Verdict;

use crate::binding::CarrierRule;
use crate::run::{broken_rule, requirement_of_carried};

/// A rule that a side may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Of WebSocket.
    WebSocket(Violation),
    /// Of HTTP/2, which carries it.
    Carrier(CarrierRule),
}

impl Rule {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::WebSocket(violation) => violation.name(),
            Rule::Carrier(rule) => rule.name(),
        }
    }

    /// The clause it is in.
    pub const fn clause(self) -> Clause {
        match self {
            Rule::WebSocket(violation) => violation.clause(),
            Rule::Carrier(rule) => rule.clause(),
        }
    }

    /// What is wrong where it is broken, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Rule::WebSocket(violation) => violation.meaning(),
            Rule::Carrier(rule) => rule.meaning(),
        }
    }
}

/// A rule that one side broke, and the bytes that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Who sent the bytes.
    pub side: Role,
    /// The rule.
    pub rule: Rule,
    /// The stream of HTTP/2 that it is about.
    pub stream: Option<u32>,
    /// Where in what the side sent: on the connection, or, for a rule of WebSocket over HTTP/2, in the
    /// data of the stream.
    pub offset: u64,
    /// The id of the requirement on that side.
    pub requirement: &'static str,
    /// How grave it is: [`Verdict::Fail`] or [`Verdict::NonStrict`].
    pub verdict: Verdict,
    /// The header of the frame it is in; empty if it is in the head of a request or response.
    pub header: Vec<u8>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(stream) = self.stream {
            write!(f, "stream {stream}: ")?;
        }
        let (meaning, clause) = (self.rule.meaning(), self.rule.clause());
        write!(f, "{meaning} ({clause}) at byte {}", self.offset)
    }
}

/// Where a rule of WebSocket was broken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    /// The stream of HTTP/2.
    pub(super) stream: Option<u32>,
    /// The header of the frame.
    pub(super) header: &'a [u8],
    /// The requirement that was broken, where it is not the usual one of the rule.
    pub(super) narrower: Option<&'static str>,
}

/// A rule that was broken, and how often.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) first: Found,
    pub(super) count: usize,
}

/// The rules that were broken on a connection, each once.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    broken: BTreeMap<(bool, Rule), Broken>,
    fresh: Vec<Found>,
}

impl Ledger {
    /// Notes a fault of this side, if the rule binds it.
    pub(super) fn note(&mut self, side: Role, fault: Fault, place: Place<'_>) {
        let rule = Rule::WebSocket(fault.violation);
        if self.counts(side, rule) {
            return;
        }
        let Some((requirement, verdict)) = broken_rule(fault.violation, side) else {
            return;
        };
        self.add(Found {
            side,
            rule,
            stream: place.stream,
            offset: fault.offset,
            requirement: place.narrower.unwrap_or(requirement),
            verdict,
            header: place.header.to_vec(),
        });
    }

    /// Notes a rule of HTTP/2 that this side broke.
    pub(super) fn note_http2(&mut self, side: Role, found: http2::Found) {
        let rule = CarrierRule::H2(found.violation);
        if self.counts(side, Rule::Carrier(rule)) {
            return;
        }
        self.add(Found {
            side,
            rule: Rule::Carrier(rule),
            stream: found.stream,
            offset: found.at,
            requirement: requirement_of_carried(rule),
            verdict: Verdict::Fail,
            header: Vec::new(),
        });
    }

    /// Counts a rule that was broken before; false if it was not.
    fn counts(&mut self, side: Role, rule: Rule) -> bool {
        let known = self.broken.get_mut(&(side == Role::Server, rule));
        known.is_some_and(|broken| {
            broken.count += 1;
            true
        })
    }

    fn add(&mut self, first: Found) {
        self.fresh.push(first.clone());
        let key = (first.side == Role::Server, first.rule);
        self.broken.insert(key, Broken { first, count: 1 });
    }

    /// Takes what was noted for the first time since the last call.
    pub(super) fn take_fresh(&mut self) -> Vec<Found> {
        mem::take(&mut self.fresh)
    }

    /// Every rule that was broken.
    pub(super) fn broken(&self) -> impl Iterator<Item = &Broken> {
        self.broken.values()
    }
}
