//! The rules that the sides of a connection broke.

use std::collections::BTreeMap;
use std::mem;

use wsspec_core::Role;
use wsspec_core::violation::{Fault, Violation};
use wsspec_reports::Verdict;

use crate::run::broken_rule;

/// A rule that one side broke, and the bytes that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Who sent the bytes.
    pub side: Role,
    /// The rule, and where in the stream of that side.
    pub fault: Fault,
    /// The id of the requirement on that side.
    pub requirement: &'static str,
    /// How grave it is: [`Verdict::Fail`] or [`Verdict::NonStrict`].
    pub verdict: Verdict,
    /// The header of the frame it is in; empty if it is in the head of a request or response.
    pub header: Vec<u8>,
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
    broken: BTreeMap<(bool, Violation), Broken>,
    fresh: Vec<Found>,
}

impl Ledger {
    /// Notes a fault of this side, if the rule binds it. `narrower`: the requirement that was broken,
    /// where it is not the usual one of the rule.
    pub(super) fn note(
        &mut self,
        side: Role,
        fault: Fault,
        narrower: Option<&'static str>,
        header: &[u8],
    ) {
        let key = (side == Role::Server, fault.violation);
        if let Some(broken) = self.broken.get_mut(&key) {
            broken.count += 1;
            return;
        }
        let Some((requirement, verdict)) = broken_rule(fault.violation, side) else {
            return;
        };
        let first = Found {
            side,
            fault,
            requirement: narrower.unwrap_or(requirement),
            verdict,
            header: header.to_vec(),
        };
        self.fresh.push(first.clone());
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
