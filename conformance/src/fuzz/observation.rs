//! What one or two targets did in a conversation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec_reports::Verdict;

use super::cause::{BrokenRule, FindingCause};
use super::conversation::Conversation;
use super::coverage::Trace;
use super::judgement::{self, Explanation};
use crate::exchange::Conclusion;

/// Bounds the conversations written to a finding about a target that stopped serving.
pub(crate) const MAX_SUSPECTS: usize = 64;

/// What was observed of one conversation.
pub(crate) struct Observation {
    pub(crate) conclusion: Conclusion,
    /// What the second target did, where there is one.
    pub(crate) other: Option<Conclusion>,
    /// What it reached of an instrumented target.
    pub(crate) trace: Option<Trace>,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
}

/// A conversation, its number, and what was observed of it.
pub(crate) struct Observed {
    pub(crate) number: u64,
    pub(crate) conversation: Arc<Conversation>,
    pub(crate) observation: Observation,
}

impl Observed {
    /// Whether the target could not be reached, or not be judged.
    pub(crate) fn broke_down(&self) -> bool {
        self.observation.conclusion.verdict == Verdict::Error
    }
}

impl Observation {
    /// What is wrong: with the target, or between the two.
    pub(crate) fn cause(&self, conversation: &Conversation) -> Option<FindingCause> {
        judgement::cause(conversation, &self.conclusion)
            .or_else(|| self.difference(conversation.modelled.broken))
    }

    fn difference(&self, broken: Option<wsspec_core::Violation>) -> Option<FindingCause> {
        let one = behaviour(&self.conclusion);
        let two = behaviour(self.other.as_ref()?);
        (one != two).then(|| FindingCause {
            rule: BrokenRule::Difference(broken),
            reaction: format!("{one} / {two}"),
        })
    }

    /// Why the conversation is a finding with this cause.
    pub(crate) fn explain(&self, conversation: &Conversation, cause: &FindingCause) -> Explanation {
        match (cause.rule, &self.other) {
            (BrokenRule::Difference(_), Some(other)) => Explanation {
                reason: format!(
                    "one: {}; the other: {}",
                    behaviour(&self.conclusion),
                    behaviour(other)
                ),
                ..judgement::explain(conversation, &self.conclusion)
            },
            _ => judgement::explain(conversation, &self.conclusion),
        }
    }
}

/// What a target did, in few words, without what may differ from one run to the next.
fn behaviour(conclusion: &Conclusion) -> String {
    if !conclusion.opening.opens {
        return "does not open".into();
    }
    let messages = match conclusion.messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    let close = match &conclusion.close {
        Some(close) => close.code.map_or_else(
            || "closes without a code".to_owned(),
            |code| format!("closes with {code}"),
        ),
        None if conclusion.timed_out => "goes silent".into(),
        None => "sends no Close".into(),
    };
    format!("{messages}, {close}")
}

/// The conversations in progress, or ended at most `lag` before, when the target stopped serving; at
/// least one.
pub(crate) fn suspects(observed: &[Observed], lag: Duration) -> Vec<&Conversation> {
    let stopped = observed
        .iter()
        .map(|observed| &observed.observation)
        .filter(|observation| !observation.conclusion.heard())
        .map(|observation| observation.began)
        .min();
    let mut suspects: Vec<&Conversation> = observed
        .iter()
        .filter(|observed| stopped.is_none_or(|at| was_near(&observed.observation, at, lag)))
        .map(|observed| observed.conversation.as_ref())
        .take(MAX_SUSPECTS)
        .collect();
    if suspects.is_empty() {
        suspects.extend(observed.first().map(|first| first.conversation.as_ref()));
    }
    suspects
}

fn was_near(observation: &Observation, stopped: Instant, lag: Duration) -> bool {
    observation.began < stopped && observation.ended + lag > stopped
}
