//! What conversations reach of an instrumented target, and the shortest that reaches the same.

use wsspec_reports::Verdict;

use super::conversation::Conversation;
use super::coverage::{Entry, New, Seen, Trace};
use super::plan::Plan;
use super::shrink::{shorter, smaller};
use super::targets::{Pace, Targets};

/// Bounds the shorter conversations tried for one that reached new code.
const MAX_TRIED: usize = 64;

/// All that was reached in a run.
#[derive(Default)]
pub(super) struct Reach(Seen);

/// A plan that reaches new code, made shorter.
pub(super) struct Shortened {
    pub(super) plan: Plan,
    /// A conversation with which the target broke down meanwhile.
    pub(super) broke_down: Option<Conversation>,
}

impl Reach {
    /// Adds what a conversation reached; what of it is new.
    pub(super) fn learn(&mut self, trace: Option<&Trace>) -> Option<New> {
        self.0.learn(trace?)
    }

    /// The number of counters reached.
    pub(super) fn counters(&self) -> usize {
        self.0.counters()
    }
}

/// The conversation without the steps and the ends of payloads that these entries do not need.
pub(super) async fn shorten(
    targets: &Targets,
    conversation: &Conversation,
    entries: &[Entry],
) -> Shortened {
    let mut plan = conversation.plan.clone();
    let mut tried = 0;
    'shorter: loop {
        let longer = plan.clone();
        for candidate in shorter(&longer).chain(smaller(&longer)) {
            if tried == MAX_TRIED || candidate.sends.is_empty() {
                break 'shorter;
            }
            let family = &conversation.case.family;
            let Some(tried_one) = Conversation::new(candidate, targets.role(), family) else {
                continue;
            };
            tried += 1;
            let observation = targets.observe(&tried_one, Pace::Usual).await;
            if observation.conclusion.verdict == Verdict::Error {
                return Shortened {
                    plan,
                    broke_down: Some(tried_one),
                };
            }
            if observation
                .trace
                .is_some_and(|trace| trace.reaches(entries))
            {
                plan = tried_one.plan;
                continue 'shorter;
            }
        }
        break;
    }
    Shortened {
        plan,
        broke_down: None,
    }
}
