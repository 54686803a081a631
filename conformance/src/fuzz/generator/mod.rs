//! Generates conversations: from nothing, from ones that showed something new, and by crossing two.

mod legal;
mod mutation;
mod payloads;
mod random;
mod sweep;
mod violations;

use wsspec_core::Role;

use super::openings::opening;
use super::plan::{Body, FrameSpec, Piece, Plan, SendStep};
use random::Choices;

/// Bounds the send steps of a conversation generated from nothing, the final one excluded.
const FRESH_SENDS: u64 = 7;

/// Bounds the send steps of a conversation derived from others.
const MAX_SENDS: usize = 24;

/// A source of conversations.
pub(crate) struct Generator {
    choices: Choices,
    target: Role,
}

impl Generator {
    /// A generator seeded with `seed`. `deflate`: the target negotiates permessage-deflate.
    pub(crate) fn new(seed: u64, deflate: bool, target: Role) -> Generator {
        Generator {
            choices: Choices::new(seed, deflate),
            target,
        }
    }

    /// The next conversation: fresh, or derived from one or two of `pool`.
    pub(crate) fn plan(&mut self, pool: &[Plan]) -> Plan {
        if pool.is_empty() || self.choices.once_in(3) {
            return self.fresh();
        }
        let mut plan = self.choices.one(pool).clone();
        if self.choices.once_in(3) {
            self.cross(&mut plan, pool);
        }
        for _ in 0..=self.choices.below(3) {
            mutation::mutate(&mut self.choices, &mut plan);
        }
        plan.sends.truncate(MAX_SENDS);
        plan
    }

    /// All values of one byte of a message of `plan`; `None` if it has no short message.
    pub(crate) fn sweep(&mut self, plan: &Plan) -> Option<Plan> {
        sweep::sweep(&mut self.choices, plan)
    }

    /// Replaces the end of `plan` with the end of another conversation.
    fn cross(&mut self, plan: &mut Plan, pool: &[Plan]) {
        let other = self.choices.one(pool).clone();
        let kept = self.choices.below(plan.sends.len() as u64 + 1) as usize;
        plan.sends.truncate(kept);
        let from = self.choices.below(other.sends.len() as u64) as usize;
        plan.sends.extend(other.sends.into_iter().skip(from));
        plan.terms = plan.terms.or(other.terms);
        plan.opening = plan.opening.take().filter(|_| plan.terms.is_none());
    }

    fn fresh(&mut self) -> Plan {
        let choices = &mut self.choices;
        let terms = (choices.deflate && choices.once_in(2)).then(|| legal::deflate_terms(choices));
        // Compression terms need the usual opening.
        let opening = (terms.is_none() && choices.once_in(5))
            .then(|| opening(&mut choices.random, self.target));
        let mut plan = Plan {
            terms,
            opening,
            sends: Vec::new(),
        };
        let mut within = false;
        for _ in 0..=choices.below(FRESH_SENDS) {
            plan.sends.push(legal::send(choices, &mut within));
        }
        plan.sends.extend(last_send(choices, within));
        plan
    }
}

/// What ends a fresh conversation: in five of eight a violation or a Close, in one raw bytes, in
/// two nothing.
fn last_send(choices: &mut Choices, within: bool) -> Option<SendStep> {
    match choices.below(8) {
        0..4 => Some(violations::send(choices, within)),
        4 => Some(legal::close(choices)),
        5 => {
            let size = 1 + choices.below(40);
            let bytes = (0..size).map(|_| choices.below(256) as u8).collect();
            let step = legal::send_step(choices, FrameSpec::new(9, Body::Bytes(Vec::new())));
            Some(SendStep {
                frames: vec![Piece::Raw(bytes)],
                ..step
            })
        }
        _ => None,
    }
}
