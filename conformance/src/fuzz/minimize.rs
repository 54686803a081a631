//! Searches for the smallest conversation that shows a cause.

use std::time::{Duration, Instant};

use super::cause::FindingCause;
use super::conversation::Conversation;
use super::reference::reference_fails;
use super::reproduce::{ATTEMPTS, reproduce};
use super::shrink;
use super::targets::{Pace, Targets};

/// Bounds the smaller conversations tried for one finding.
const MAX_TRIED: usize = 400;

/// Bounds the time spent on making one finding smaller.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Consecutive runs that must show the cause before it counts as steady.
const STEADY: usize = 3;

/// The search for a smaller conversation.
struct Search<'a> {
    targets: &'a Targets,
    /// Runs of each candidate: more where the cause shows only now and then, depending on how TCP
    /// cuts the bytes.
    attempts: usize,
    began: Instant,
    tried: usize,
}

/// The smallest conversation found that shows the same as `conversation`, and its cause.
pub(crate) async fn smallest(
    targets: &Targets,
    mut conversation: Conversation,
    mut cause: FindingCause,
) -> (Conversation, FindingCause) {
    let began = Instant::now();
    let attempts = if is_steady(targets, &conversation, &cause).await {
        1
    } else {
        ATTEMPTS
    };
    let mut search = Search {
        targets,
        attempts,
        began,
        tried: 0,
    };
    while let Some(smaller) = search.smaller(&conversation, &cause).await {
        (conversation, cause) = smaller;
    }
    (conversation, cause)
}

impl Search<'_> {
    /// A conversation that is simpler in one way and shows the cause; `None` where there is none,
    /// or the limits of the search are reached.
    async fn smaller(
        &mut self,
        conversation: &Conversation,
        cause: &FindingCause,
    ) -> Option<(Conversation, FindingCause)> {
        let family = &conversation.case.family;
        let target = self.targets.role();
        for plan in shrink::simpler(&conversation.plan) {
            let Some(simpler) = Conversation::new(plan, target, family) else {
                continue;
            };
            if simpler.modelled.steps.len() > conversation.modelled.steps.len() {
                continue;
            }
            self.tried += 1;
            if self.tried > MAX_TRIED || self.began.elapsed() > MAX_TIME {
                return None;
            }
            for _ in 0..self.attempts {
                if let Some(found) = shows(self.targets, &simpler, cause).await
                    && !reference_fails(&simpler, target)
                {
                    return Some((simpler, found));
                }
            }
        }
        None
    }
}

async fn is_steady(targets: &Targets, conversation: &Conversation, cause: &FindingCause) -> bool {
    for _ in 0..STEADY {
        if shows(targets, conversation, cause).await.is_none() {
            return false;
        }
    }
    true
}

/// What is wrong in a conversation, if that covers `cause`.
async fn shows(
    targets: &Targets,
    conversation: &Conversation,
    cause: &FindingCause,
) -> Option<FindingCause> {
    let (found, _) = reproduce(targets, conversation, Pace::Usual).await?;
    found.covers(cause).then_some(found)
}
