//! A property of the model: a conforming peer, in any variant, never causes a finding.

use std::collections::BTreeSet;

use globset::GlobSet;
use wsspec_core::Role;

use super::conversation::Conversation;
use super::features::fingerprint;
use super::generator::Generator;
use super::judgement::{cause, explain};
use super::material::conversation_seed;
use super::reference::run_in_memory;
use super::vectors;
use crate::peer::ReferencePeer;
use crate::wire::memory::Chunking;

/// Runs `count` conversations with a conforming `peer` in memory, and describes the first that is a
/// finding.
pub fn find_false_positive(
    seed: u64,
    count: u64,
    target: Role,
    peer: &ReferencePeer,
) -> Option<String> {
    let vectors = vectors::plans(target, &GlobSet::empty());
    let mut pool = Vec::new();
    let mut fingerprints = BTreeSet::new();
    for number in 0..count {
        let mut generator = Generator::new(conversation_seed(seed, number), true, target);
        let plan = generator.plan(if number % 2 == 0 { &vectors } else { &pool });
        let Some(conversation) = Conversation::new(plan, target, "fuzz") else {
            continue;
        };
        let chunking = if number % 3 == 0 {
            Chunking::Random(number)
        } else {
            Chunking::Whole
        };
        let conclusion = run_in_memory(&conversation, target, peer, chunking);
        if cause(&conversation, &conclusion).is_some() {
            let steps = serde_json::to_string(&conversation.modelled.steps).unwrap_or_default();
            let reason = explain(&conversation, &conclusion).reason;
            return Some(format!("conversation {number}: {reason}\n{steps}"));
        }
        if fingerprints.insert(fingerprint(&conversation, &conclusion)) {
            pool.push(conversation.plan);
        }
    }
    None
}
