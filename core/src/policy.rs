//! What an endpoint does about a violation.
//!
//! Parsing says what is wrong; a policy says what to do about it. The default is what the RFC asks
//! for. An endpoint that reacts wrongly is one with another policy, and needs no special case in
//! the parser.

use std::collections::BTreeMap;

use crate::violation::{Violation, ViolationSet};

/// What an endpoint does about one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reaction {
    /// Does what the RFC asks for: [`Violation::answer`].
    #[default]
    Conforming,
    /// Fails the connection with this close code instead of the required one.
    WrongCode(u16),
    /// Refuses the opening request with this status instead of the required one.
    WrongStatus(u16),
    /// Goes on as if the rule did not exist.
    Ignore,
    /// Ends the transport without an answer.
    Drop,
    /// Stops reading and answering, but keeps the connection.
    Stall,
}

/// The reactions of an endpoint to violations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    fallback: Reaction,
    reactions: BTreeMap<Violation, Reaction>,
}

impl Policy {
    /// Does what the RFC asks for about every violation.
    pub fn rfc() -> Self {
        Policy::default()
    }

    /// Has the same reaction to every violation.
    pub fn always(reaction: Reaction) -> Self {
        Policy {
            fallback: reaction,
            ..Policy::default()
        }
    }

    /// Sets the reaction to one violation.
    #[must_use]
    pub fn with(mut self, violation: Violation, reaction: Reaction) -> Self {
        self.reactions.insert(violation, reaction);
        self
    }

    /// Returns the reaction to `violation`.
    pub fn reaction(&self, violation: Violation) -> Reaction {
        self.reactions
            .get(&violation)
            .copied()
            .unwrap_or(self.fallback)
    }

    /// Returns the violations that this policy ignores.
    pub fn ignored(&self) -> ViolationSet {
        let unnamed = match self.fallback {
            Reaction::Ignore => ViolationSet::ALL,
            _ => ViolationSet::NONE,
        };
        self.reactions
            .iter()
            .fold(unnamed, |set, (violation, reaction)| match reaction {
                Reaction::Ignore => set.with(*violation),
                _ => set.without(*violation),
            })
    }
}
