//! What kind of failure is it, as far as the control may explain it?

use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Outcome, Step, Word};

use crate::exchange::{Conclusion, Ending, MessageReason, Reason, verdict_of};

/// Whether a verdict may be another in the light of the control.
pub(crate) fn is_doubtful(conclusion: &Conclusion) -> bool {
    match conclusion.verdict {
        Verdict::Fail => true,
        Verdict::NonStrict => matches!(conclusion.reaction.ending, Ending::Closed(_)),
        _ => false,
    }
}

/// Whether an application may end a conversation so, for what it sees of it or for a limit of its
/// own.
pub(super) fn may_be_a_limit(ending: Ending) -> bool {
    ending.is_of_application() || ending == Ending::Closed(Some(1009))
}

/// Whether an application may react so to a plain message: it answers with others or not at all, or
/// ends the conversation for reasons of its own.
pub(super) fn is_trait(watched: &Conclusion) -> bool {
    let ending = watched.reaction.ending;
    may_be_a_limit(ending) || ending == Ending::Open && watched.verdict < Verdict::NonStrict
}

/// Whether a case wants the connection failed.
pub(super) fn wants_failure(case: &Case) -> bool {
    case.steps.iter().any(|step| match step.bare() {
        Step::Expect(alternatives) => alternatives.iter().any(is_of_failure),
        _ => false,
    })
}

/// What a case says of a target that takes its fault, where that is no failure: that its messages
/// come back, or that the conversation goes on.
pub(super) fn stated_of_acceptance(case: &Case) -> Option<Verdict> {
    let expected = case.steps.iter().filter_map(|step| match step.bare() {
        Step::Expect(alternatives) if alternatives.iter().any(is_of_failure) => Some(alternatives),
        _ => None,
    });
    let stated = expected
        .flat_map(|alternatives| alternatives.iter())
        .filter(|outcome| is_of_going_on(&outcome.word))
        .filter_map(|outcome| outcome.verdict);
    stated.map(verdict_of).min()
}

fn is_of_failure(outcome: &Outcome) -> bool {
    outcome.verdict.is_none() && matches!(outcome.word, Word::Failed(_))
}

/// Whether a failure is about how the opening was answered.
pub(super) fn is_about_the_opening(conclusion: &Conclusion) -> bool {
    if matches!(conclusion.reason, Some(Reason::Message(_))) {
        return false;
    }
    conclusion.reaction.ending == Ending::NotOpened
        || conclusion.expected.as_deref().is_some_and(|alternatives| {
            alternatives.iter().any(|outcome| {
                matches!(
                    outcome.word,
                    Word::Opened(_) | Word::Refused(_) | Word::Requested(_)
                )
            })
        })
}

/// Whether a failure is about what becomes of messages, or that a conversation goes on.
pub(super) fn is_about_messages(conclusion: &Conclusion) -> bool {
    is_about_messages_alone(conclusion)
        || conclusion
            .expected
            .as_deref()
            .is_none_or(|alternatives| alternatives.iter().any(is_of_messages))
}

fn is_of_messages(outcome: &Outcome) -> bool {
    outcome.verdict.is_none() && is_of_going_on(&outcome.word)
}

fn is_of_going_on(word: &Word) -> bool {
    matches!(
        word,
        Word::Echo | Word::Text(_) | Word::Binary(_) | Word::Pong(_) | Word::Alive
    )
}

/// Whether a message that came or did not is a part of the reason.
pub(super) fn involves_messages(conclusion: &Conclusion) -> bool {
    match &conclusion.reason {
        Some(Reason::None(reasons)) => reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Message(MessageReason::Missing { .. }))),
        _ => false,
    }
}

/// Whether the reason is a message that came or did not.
pub(super) fn is_about_messages_alone(conclusion: &Conclusion) -> bool {
    matches!(conclusion.reason, Some(Reason::Message(_)))
}

/// Whether the reason is a message of an application that came or did not; a pong is none.
pub(super) fn is_of_an_application(conclusion: &Conclusion) -> bool {
    is_about_messages_alone(conclusion)
        && !is_about_a_pong(conclusion)
        && !matches!(
            conclusion.reason,
            Some(Reason::Message(MessageReason::NoPong(_)))
        )
}

/// Whether the reason is a pong with another payload.
pub(super) fn is_about_a_pong(conclusion: &Conclusion) -> bool {
    matches!(
        conclusion.reason,
        Some(Reason::Message(MessageReason::OtherPong { .. }))
    )
}
