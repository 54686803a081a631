//! What tells one fault of a target from another, so that each is told once.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use wsspec_core::Violation;

/// What tells one fault of a target from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cause {
    /// The rule that the conversation breaks; empty where it is legal.
    pub(crate) rule: String,
    /// What the target did, without what differs from one conversation to the next.
    pub(crate) reaction: String,
}

impl Cause {
    /// The target's own bytes break this rule.
    pub(crate) fn own(violation: Violation) -> Cause {
        Cause {
            rule: OWN.into(),
            reaction: violation.name().into(),
        }
    }

    /// Whether this says what `other` says, or says it of a legal conversation, which is worse.
    pub(crate) fn says(&self, other: &Cause) -> bool {
        self.reaction == other.reaction && (self.rule == other.rule || self.rule.is_empty())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.reaction)
    }
}

/// In place of a rule, where it is the target that breaks one.
const OWN: &str = "passive";

/// A fault and what kind of conversation shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kind {
    rule: String,
    reaction: String,
    shape: BTreeSet<String>,
}

/// Findings of one rule in conversations that are alike, whatever the target did: the rest have their cause.
const ALIKE: usize = 2;

/// So many words make a shape that is found again in larger ones.
const DISTINCT: usize = 3;

impl Kind {
    pub(crate) fn new(cause: &Cause, shape: BTreeSet<&'static str>) -> Kind {
        let Cause { rule, reaction } = cause.clone();
        // Of the target's own bytes it does not matter what brought them about.
        let shape = if rule == OWN {
            BTreeSet::new()
        } else {
            shape.into_iter().map(str::to_owned).collect()
        };
        Kind {
            rule,
            reaction,
            shape,
        }
    }

    /// Whether it was found before, or enough that is like it.
    pub(crate) fn is_among(&self, known: &[Kind]) -> bool {
        let alike = known
            .iter()
            .filter(|kind| self.rule != OWN && self.is_like(kind));
        known.iter().any(|kind| self.is_same(kind)) || alike.count() >= ALIKE
    }

    /// Whether it is `known`, or the same rule broken with the same result in a conversation that has more in it. Of a
    /// legal one it may be what it has more that matters.
    fn is_same(&self, known: &Kind) -> bool {
        let more = !self.rule.is_empty() && known.shape.is_subset(&self.shape);
        self.rule == known.rule
            && self.reaction == known.reaction
            && (more || self.shape == known.shape)
    }

    /// Whether it has all that `known` has.
    fn is_like(&self, known: &Kind) -> bool {
        let within = known.shape.len() >= DISTINCT && known.shape.is_subset(&self.shape);
        self.rule == known.rule && (self.shape == known.shape || within)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Kind};

    #[test]
    fn what_is_alike_is_told_twice_and_what_is_not_is_told() {
        let kind = |rule: &str, reaction: &str, shape: &[&'static str]| {
            Kind::new(
                &Cause {
                    rule: rule.into(),
                    reaction: reaction.into(),
                },
                shape.iter().copied().collect(),
            )
        };
        let shape = ["compressed", "data", "interleaved"];
        let known = [
            kind("", "ended TCP", &shape),
            kind("", "reset TCP", &shape),
            kind("", "was silent", &["data"]),
        ];
        let larger = ["compressed", "cut", "data", "interleaved"];
        assert!(known[2].is_among(&known) && kind("", "sent Close", &larger).is_among(&known));
        assert!(!kind("", "sent Close", &larger).is_among(&known[1..]));
        assert!(!kind("", "sent Close", &["data", "long"]).is_among(&known));
        assert!(!kind("rsv1-misplaced", "ended TCP", &shape).is_among(&known));
        let known = [
            kind("text-not-utf8", "delivered", &["data"]),
            kind("", "lost", &["data"]),
        ];
        assert!(kind("text-not-utf8", "delivered", &["data", "fragmented"]).is_among(&known));
        assert!(!kind("", "lost", &["data", "fragmented"]).is_among(&known));
    }
}
