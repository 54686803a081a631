//! Where a machine differs from that of the reference endpoint, and whether it may.
//!
//! A difference is no breach by itself: the application may answer differently, and the standard leaves
//! much open. The conversation that leads along the edge is a vector whose allowed outcomes follow from
//! the standard as those of `wsspec fuzz` do; what the judge says of it counts.

use std::collections::{HashSet, VecDeque};

use wsspec_core::{Role, Violation};
use wsspec_reports::Verdict;

use super::alphabet::{ALPHABET, Act};
use super::learner::joined;
use super::machine::{Input, Machine, Word};
use super::output::Output;
use super::tables;
use crate::fuzz::conversation::Conversation;
use crate::fuzz::judgement::Explanation;
use crate::fuzz::plan::{Plan, SendStep};
use crate::fuzz::reference::reference_fails;

/// Most differences that are looked into.
const MOST: usize = 200;

/// An edge that the reference endpoint does not have.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The state it begins in.
    pub from: usize,
    /// A word that leads there.
    pub access: Word,
    /// Its input.
    pub input: Input,
    /// What the reference endpoint does.
    pub expected: Output,
    /// What the peer does.
    pub seen: Output,
    /// The rule that we break with this input, if it is one.
    pub rule: Option<Violation>,
    /// Whether the peer may.
    pub judgement: Judgement,
}

/// Whether a difference is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The standard leaves it open.
    Free,
    /// The standard advises against it (SHOULD), or it is a variant that is tolerated.
    NonStrict,
    /// It breaks this requirement.
    Breach {
        /// The id of the requirement.
        requirement: String,
        /// What the judge says.
        reason: String,
    },
    /// The conversation could not be judged.
    Unjudged,
}

/// What the judge says of a conversation.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Why it is a breach, if it is one.
    pub(super) breach: Option<Explanation>,
}

/// Plays a conversation to the peer and judges what it does; `None` where it cannot be judged, or does not do
/// the same twice.
pub(super) trait Judge {
    fn judge(&self, conversation: &Conversation) -> impl Future<Output = Option<Judged>>;
}

/// The edges of `peer` that differ from those of `reference`, found from the first state on. What follows
/// one that is not allowed, or was not judged, is not compared: the two have parted there.
pub(super) async fn compare(
    peer: &Machine<Output>,
    reference: &Machine<Output>,
    judge: &impl Judge,
) -> Vec<Difference> {
    let mut differences: Vec<Difference> = Vec::new();
    let mut pairs = HashSet::from([(0, 0)]);
    let mut known = HashSet::new();
    let mut queue = VecDeque::from([(0, 0, Word::new())]);
    while let Some((p, r, access)) = queue.pop_front() {
        for input in 0..peer.inputs() {
            let (ours, theirs) = (&reference.states[r][input], &peer.states[p][input]);
            if !theirs.output.same_events(&ours.output) {
                if differences.len() >= MOST || !known.insert((p, input, &ours.output)) {
                    continue;
                }
                let (judgement, rule) = judged(&access, input, judge).await;
                let parted = !matches!(judgement, Judgement::Free | Judgement::NonStrict);
                differences.push(Difference {
                    from: p,
                    access: access.clone(),
                    input,
                    expected: ours.output.clone(),
                    seen: theirs.output.clone(),
                    rule,
                    judgement,
                });
                if parted {
                    continue;
                }
            }
            if pairs.insert((theirs.to, ours.to)) {
                queue.push_back((theirs.to, ours.to, joined(&access, &[input])));
            }
        }
    }
    differences
}

impl Difference {
    /// Whether it breaks the standard.
    pub fn is_breach(&self) -> bool {
        matches!(self.judgement, Judgement::Breach { .. })
    }

    /// The word along the edge.
    pub fn word(&self) -> Word {
        joined(&self.access, &[self.input])
    }
}

/// Whether an edge is allowed, and the rule that its word breaks.
async fn judged(
    access: &[Input],
    input: Input,
    judge: &impl Judge,
) -> (Judgement, Option<Violation>) {
    let word = joined(access, &[input]);
    if word.iter().any(|input| ALPHABET[*input].act == Act::End) {
        // No clause says what a server does where TCP ends without a Close frame.
        return (Judgement::Free, None);
    }
    let Some(conversation) = conversation(&word, "learned") else {
        return (Judgement::Unjudged, None);
    };
    let rule = conversation.modelled.broken;
    if reference_fails(&conversation, Role::Server) {
        return (Judgement::Unjudged, rule);
    }
    let Some(judged) = judge.judge(&conversation).await else {
        return (Judgement::Unjudged, rule);
    };
    let judgement = match (judged.breach, judged.verdict) {
        (Some(explanation), _) => Judgement::Breach {
            requirement: explanation
                .requirement
                .unwrap_or(conversation.modelled.requirement)
                .to_owned(),
            reason: explanation.reason,
        },
        (None, Verdict::Pass | Verdict::Informational) => Judgement::Free,
        (None, Verdict::NonStrict) => Judgement::NonStrict,
        (None, _) => Judgement::Unjudged,
    };
    (judgement, rule)
}

/// The conversation of a word of frames, as a vector of this family. What follows the frame that ends it
/// for the reference endpoint is sent together with that frame: there, nothing is awaited in between.
pub(super) fn conversation(word: &[Input], family: &str) -> Option<Conversation> {
    let reference = tables::machine();
    let mut plan = Plan::default();
    let mut state = 0;
    let mut over = false;
    for input in word {
        let symbol = &ALPHABET[*input];
        let Act::Send(frame) = symbol.act else {
            return None;
        };
        let step = SendStep::of(frame.spec());
        match plan.sends.last_mut().filter(|_| over) {
            Some(last) => last.frames.extend(step.frames),
            None => plan.sends.push(step),
        }
        let edge = &reference.states[state][*input];
        over |= edge.output.over;
        state = edge.to;
    }
    Conversation::new(plan, Role::Server, family)
}
