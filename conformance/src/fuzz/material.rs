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
            let from_pool = random.next() >> 63 == 0;
            let mut plan = generator.plan(if from_pool { &self.pool } else { &self.vectors });
            if !self.openings {
                plan.opening = None;
            }
            Conversation::new(plan, target, &family)
        })
    }

    /// Keeps a conversation that showed something new; whether it did.
    pub(crate) fn learn(&mut self, observed: &Observed) -> bool {
        let conclusion = &observed.observation.conclusion;
        let is_new = self
            .fingerprints
            .insert(fingerprint(&observed.conversation, conclusion));
        if is_new {
            if self.pool.len() >= MAX_POOL {
                self.pool.remove(0);
            }
            self.pool.push(observed.conversation.plan.clone());
        }
        is_new
    }
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
