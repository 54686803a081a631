//! What conversations are made from: the vectors, and earlier conversations that showed something
//! new.

use std::collections::BTreeSet;
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::SplitMix64;

use super::conversation::Conversation;
use super::features::fingerprint;
use super::generator::Generator;
use super::observation::Observed;
use super::plan::Plan;
use super::vectors;

/// Conversations kept as material.
const MAX_POOL: usize = 2000;

/// The plans that reached new code last, which are changed as often as all others.
const LAST: usize = 4;

/// Plans tried before a conversation is given up whose outcomes cannot be determined.
const MAX_ATTEMPTS: usize = 32;

/// Spreads consecutive numbers over all seeds (the increment of SplitMix64).
const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;

/// A conversation and its number.
pub(crate) type Numbered = (u64, Arc<Conversation>);

/// The material of a run.
pub(crate) struct Material {
    vectors: Vec<Plan>,
    /// Plans that showed something new, oldest first.
    pool: Vec<Plan>,
    /// Plans that reached new code of an instrumented target, oldest first.
    frontier: Vec<Plan>,
    /// Fingerprints of all conversations so far.
    fingerprints: BTreeSet<String>,
    /// Openings are made up as well: those of HTTP/1.1 are.
    openings: bool,
}

impl Material {
    /// The vectors for `target`, which is reached over this, without those whose id matches one of the patterns.
    ///
    /// # Errors
    /// A message about a pattern that is invalid.
    pub(crate) fn new(
        target: Role,
        over: Transport,
        without: &[String],
    ) -> Result<Material, String> {
        Ok(Material {
            openings: !matches!(over, Transport::H2 | Transport::H3),
            vectors: vectors::plans(target, &patterns(without)?),
            pool: Vec::new(),
            frontier: Vec::new(),
            fingerprints: BTreeSet::new(),
        })
    }

    /// `size` conversations, numbered after `last`.
    pub(crate) fn batch(
        &self,
        size: usize,
        seed: u64,
        last: u64,
        target: Role,
        deflate: bool,
    ) -> Vec<Numbered> {
        let conversations = (last..).filter_map(|index| {
            let conversation = self.conversation(seed, index, target, deflate)?;
            Some((index + 1, Arc::new(conversation)))
        });
        conversations.take(size).collect()
    }

    fn conversation(
        &self,
        seed: u64,
        index: u64,
        target: Role,
        deflate: bool,
    ) -> Option<Conversation> {
        let mut random = SplitMix64(conversation_seed(seed, index));
        let mut generator = Generator::new(random.next(), deflate, target);
        let family = format!("fuzz-{}", index + 1);
        (0..MAX_ATTEMPTS).find_map(|_| {
            let swept = self.next_to_sweep(&mut random);
            let mut plan = swept
                .and_then(|plan| generator.sweep(plan))
                .unwrap_or_else(|| {
                    let from_pool = random.next() >> 63 == 0;
                    generator.plan(if from_pool { &self.pool } else { &self.vectors })
                });
            if !self.openings {
                plan.opening = None;
            }
            Conversation::new(plan, target, &family)
        })
    }

    /// A plan that reached new code, in one of three cases: as often one of the last as one of all.
    fn next_to_sweep(&self, random: &mut SplitMix64) -> Option<&Plan> {
        // Without coverage, the choices are those that they would be without this.
        if self.frontier.is_empty() || !random.next().is_multiple_of(3) {
            return None;
        }
        let last = self.frontier.len().saturating_sub(LAST);
        let among = match random.next() >> 63 {
            0 => &self.frontier[last..],
            _ => &self.frontier,
        };
        among.get((random.next() >> 11) as usize % among.len())
    }

    /// Keeps a conversation that showed something new, or had new counts in the coverage of the target;
    /// whether it did.
    pub(crate) fn learn(&mut self, observed: &Observed, new_counts: bool) -> bool {
        let conclusion = &observed.observation.conclusion;
        let is_new = self
            .fingerprints
            .insert(fingerprint(&observed.conversation, conclusion));
        if is_new || new_counts {
            keep(&mut self.pool, observed.conversation.plan.clone());
        }
        is_new || new_counts
    }

    /// Keeps a plan that reached new code.
    pub(crate) fn reached(&mut self, plan: Plan) {
        keep(&mut self.pool, plan.clone());
        keep(&mut self.frontier, plan);
    }
}

fn keep(pool: &mut Vec<Plan>, plan: Plan) {
    if pool.len() >= MAX_POOL {
        pool.remove(0);
    }
    pool.push(plan);
}

/// The seed of one conversation of a run.
pub(crate) fn conversation_seed(seed: u64, index: u64) -> u64 {
    seed ^ index.wrapping_mul(GOLDEN_RATIO)
}

fn patterns(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| format!("{pattern:?} is not a valid pattern: {error}"))?;
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}
