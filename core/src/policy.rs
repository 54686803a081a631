//! What an endpoint does about a violation.
//!
//! Parsing says what is wrong; a policy says what follows. The default is the RFC's answer to every
//! violation. A deliberately faulty endpoint is another policy and costs no special case in the parser.

use std::collections::BTreeMap;

use crate::violation::{Violation, ViolationSet};

/// What an endpoint does about one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reaction {
    /// What the RFC asks for: [`Violation::answer`].
    #[default]
    Conforming,
    /// Fails the connection with this close code instead of the right one.
    WrongCode(u16),
    /// Refuses the opening request with this status instead of the right one.
    WrongStatus(u16),
    /// Goes on as though the rule did not exist.
    Ignore,
    /// Ends TCP without a word.
    Drop,
    /// Reads nothing more, answers nothing and keeps the connection.
    Stall,
}

/// The reactions of an endpoint to violations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    fallback: Reaction,
    reactions: BTreeMap<Violation, Reaction>,
}

impl Policy {
    /// The RFC's answer to everything.
    pub fn rfc() -> Self {
        Policy::default()
    }

    /// A policy with the same reaction to every violation.
    pub fn always(reaction: Reaction) -> Self {
        Policy {
            fallback: reaction,
            ..Policy::default()
        }
    }

    /// The policy with another reaction to one violation.
    #[must_use]
    pub fn with(mut self, violation: Violation, reaction: Reaction) -> Self {
        self.reactions.insert(violation, reaction);
        self
    }

    /// What to do about `violation`.
    pub fn reaction(&self, violation: Violation) -> Reaction {
        self.reactions
            .get(&violation)
            .copied()
            .unwrap_or(self.fallback)
    }

    /// The violations that this policy ignores.
    pub fn ignored(&self) -> ViolationSet {
        Violation::ALL
            .iter()
            .copied()
            .filter(|v| self.reaction(*v) == Reaction::Ignore)
            .collect()
    }
}
