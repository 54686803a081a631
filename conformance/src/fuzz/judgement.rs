//! What is wrong in a conversation, and why it is a finding.

use wsspec_core::{Fault, Violation};
use wsspec_reports::Verdict;

use super::cause::{BrokenRule, FindingCause};
use super::conversation::Conversation;
use super::model::opening_requirement;
use crate::exchange::{Conclusion, Reason};
use crate::run::failed_passively;

/// Why a conversation is a finding.
#[derive(Debug, Clone)]
pub(crate) struct Explanation {
    pub(crate) reason: String,
    /// The rule that the target's own bytes break, where that is the finding.
    pub(crate) by_target: Option<Violation>,
    /// The requirement of the finding, where it is not that of the conversation.
    pub(crate) requirement: Option<&'static str>,
}

impl From<String> for Explanation {
    fn from(reason: String) -> Explanation {
        Explanation {
            reason,
            by_target: None,
            requirement: None,
        }
    }
}

/// What is wrong in this conversation, if anything is.
pub(crate) fn cause(conversation: &Conversation, conclusion: &Conclusion) -> Option<FindingCause> {
    if conclusion.verdict != Verdict::Fail {
        let (fault, _) = passive_fault(conversation, conclusion)?;
        return Some(FindingCause::by_target(fault.violation));
    }
    // A failure before the violation was sent has nothing to do with it.
    let rule = conversation
        .modelled
        .broken
        .filter(|_| conclusion.expected_failure())
        .map_or(BrokenRule::None, BrokenRule::BySuite);
    Some(FindingCause {
        rule,
        reaction: conclusion.reason_key(),
    })
}

/// A rule that the target's own bytes break, and its requirement, where breaking it is a failure.
fn passive_fault(
    conversation: &Conversation,
    conclusion: &Conclusion,
) -> Option<(Fault, &'static str)> {
    let target = *conversation.case.roles.first()?;
    conclusion
        .observed
        .faults
        .iter()
        .find_map(|fault| Some((*fault, failed_passively(fault.violation, target)?)))
}

/// Why this conversation is a finding.
pub(crate) fn explain(conversation: &Conversation, conclusion: &Conclusion) -> Explanation {
    if conclusion.verdict != Verdict::Fail
        && let Some((fault, requirement)) = passive_fault(conversation, conclusion)
    {
        return Explanation {
            reason: format!("the target's own bytes: {fault}"),
            by_target: Some(fault.violation),
            requirement: Some(requirement),
        };
    }
    if let Some(Reason::FramingLost(lost)) = &conclusion.reason {
        return Explanation {
            requirement: Some(lost.requirement()),
            ..conclusion.explanation().into()
        };
    }
    let target = conversation.case.roles.first();
    Explanation {
        requirement: target
            .filter(|_| !conclusion.opening.opens)
            .map(|role| opening_requirement(*role)),
        ..conclusion.explanation().into()
    }
}
