//! What distinguishes one fault of a target from another, so that each is reported once.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use wsspec_core::Violation;

/// Findings reported of one rule in conversations that are alike, whatever the target did.
const MAX_ALIKE: usize = 2;

/// Features that a conversation must have before a larger one counts as alike.
const DISTINCTIVE: usize = 3;

/// The rule that a conversation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BrokenRule {
    /// The suite broke no rule, or had not yet done so.
    None,
    /// The suite broke this rule.
    BySuite(Violation),
    /// The target's own bytes break a rule.
    ByTarget,
    /// Two targets react differently, to a legal conversation or to this violation.
    Difference(Option<Violation>),
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokenRule::None => f.write_str("legal"),
            BrokenRule::BySuite(violation) => f.write_str(violation.name()),
            BrokenRule::ByTarget => f.write_str("passive"),
            BrokenRule::Difference(None) => f.write_str("difference: legal"),
            BrokenRule::Difference(Some(violation)) => {
                write!(f, "difference: {}", violation.name())
            }
        }
    }
}

/// One fault of a target: the rule that is broken, and the target's reaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FindingCause {
    pub(crate) rule: BrokenRule,
    /// The key of the reason, the rule that the target breaks, or how two targets differ.
    pub(crate) reaction: String,
}

impl FindingCause {
    /// The target's own bytes break this rule.
    pub(crate) fn by_target(violation: Violation) -> FindingCause {
        FindingCause {
            rule: BrokenRule::ByTarget,
            reaction: violation.name().into(),
        }
    }

    /// Whether this is `other`, or the same reaction to a legal conversation, which is worse.
    pub(crate) fn covers(&self, other: &FindingCause) -> bool {
        self.reaction == other.reaction
            && (self.rule == other.rule || self.rule == BrokenRule::None)
    }

    /// Whether every conversation that shows this cause is the same finding as one of `known`.
    pub(crate) fn is_known(&self, known: &[Signature]) -> bool {
        Signature::new(self, BTreeSet::new()).is_known(known)
    }
}

impl fmt::Display for FindingCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.reaction)
    }
}

/// A cause together with the features of the conversation that shows it, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    rule: String,
    reaction: String,
    features: BTreeSet<String>,
    /// The family of the finding that shows it; files of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finding: Option<String>,
}

impl Signature {
    pub(crate) fn new(cause: &FindingCause, features: BTreeSet<&'static str>) -> Signature {
        // What provokes illegal bytes of the target makes no difference.
        let features = if cause.rule == BrokenRule::ByTarget {
            BTreeSet::new()
        } else {
            features.into_iter().map(str::to_owned).collect()
        };
        Signature {
            rule: cause.rule.to_string(),
            reaction: cause.reaction.clone(),
            features,
            finding: None,
        }
    }

    /// The same, with the family of the finding that shows it.
    pub(crate) fn shown_by(self, family: &str) -> Signature {
        Signature {
            finding: Some(family.to_owned()),
            ..self
        }
    }

    /// Whether the finding of this family shows it.
    pub(crate) fn is_shown_by(&self, family: &str) -> bool {
        self.finding.as_deref() == Some(family)
    }

    /// The number of features of the conversation.
    pub(crate) fn size(&self) -> usize {
        self.features.len()
    }

    /// Whether it is one of `known`, or enough of them are alike.
    pub(crate) fn is_known(&self, known: &[Signature]) -> bool {
        let by_target = self.rule == BrokenRule::ByTarget.to_string();
        let alike = known
            .iter()
            .filter(|known| !by_target && self.is_like(known));
        known.iter().any(|known| self.is_same(known)) || alike.count() >= MAX_ALIKE
    }

    /// Whether it is `known`, or the same rule broken with the same reaction in a larger
    /// conversation. In a legal conversation the additional features may be what matters.
    fn is_same(&self, known: &Signature) -> bool {
        let legal = self.rule == BrokenRule::None.to_string();
        self.rule == known.rule
            && self.reaction == known.reaction
            && (self.features == known.features
                || (!legal && known.features.is_subset(&self.features)))
    }

    /// Whether the conversation has every feature of `known`.
    fn is_like(&self, known: &Signature) -> bool {
        let within =
            known.features.len() >= DISTINCTIVE && known.features.is_subset(&self.features);
        self.rule == known.rule && (self.features == known.features || within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(rule: BrokenRule, reaction: &str, features: &[&'static str]) -> Signature {
        let cause = FindingCause {
            rule,
            reaction: reaction.into(),
        };
        Signature::new(&cause, features.iter().copied().collect())
    }

    #[test]
    fn legal_conversations_that_are_alike_are_reported_twice() {
        let legal = BrokenRule::None;
        let features = ["compressed", "data", "interleaved"];
        let known = [
            signature(legal, "ended.fin", &features),
            signature(legal, "ended.reset", &features),
            signature(legal, "silent", &["data"]),
        ];
        let larger = ["compressed", "cut", "data", "interleaved"];
        assert!(known[2].is_known(&known));
        assert!(signature(legal, "closed", &larger).is_known(&known));
        assert!(!signature(legal, "closed", &larger).is_known(&known[1..]));
        assert!(!signature(legal, "closed", &["data", "long"]).is_known(&known));
        let violation = BrokenRule::BySuite(Violation::Rsv1Misplaced);
        assert!(!signature(violation, "ended.fin", &features).is_known(&known));
    }

    #[test]
    fn the_same_reaction_to_a_violation_in_a_larger_conversation_is_known() {
        let violation = BrokenRule::BySuite(Violation::TextNotUtf8);
        let known = [
            signature(violation, "delivered", &["data"]),
            signature(BrokenRule::None, "missing", &["data"]),
        ];
        let larger = ["data", "fragmented"];
        assert!(signature(violation, "delivered", &larger).is_known(&known));
        assert!(!signature(BrokenRule::None, "missing", &larger).is_known(&known));
    }
}
