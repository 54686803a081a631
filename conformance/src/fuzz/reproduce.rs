//! Runs a suspected finding again, alone.

use super::cause::FindingCause;
use super::conversation::Conversation;
use super::judgement::Explanation;
use super::targets::{Pace, Targets};

/// Attempts to reproduce a conversation that shows its cause only now and then.
pub(crate) const ATTEMPTS: usize = 4;

/// Runs a conversation alone: what is wrong in it, and why.
pub(crate) async fn reproduce(
    targets: &Targets,
    conversation: &Conversation,
    pace: Pace,
) -> Option<(FindingCause, Explanation)> {
    let observation = targets.observe(conversation, pace).await;
    let cause = observation.cause(conversation)?;
    let explanation = observation.explain(conversation, &cause);
    Some((cause, explanation))
}

/// Runs a conversation until something is wrong in it, at most [`ATTEMPTS`] times.
pub(crate) async fn reproduce_once(
    targets: &Targets,
    conversation: &Conversation,
) -> Option<Explanation> {
    for _ in 0..ATTEMPTS {
        if let Some((_, explanation)) = reproduce(targets, conversation, Pace::Patient).await {
            return Some(explanation);
        }
    }
    None
}
