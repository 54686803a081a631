//! The reference endpoint in memory, which tells a fault of the target from one of the model.

use wsspec_core::Role;

use super::conversation::Conversation;
use super::judgement::cause;
use crate::exchange::{Conclusion, Setup};
use crate::peer::ReferencePeer;
use crate::wire::memory::{self, Chunking};

/// Runs a conversation with `peer` in memory.
pub(crate) fn run_in_memory(
    conversation: &Conversation,
    target: Role,
    peer: &ReferencePeer,
    chunking: Chunking,
) -> Conclusion {
    let mut setup = Setup::new(target, "wsspec.invalid", "/");
    let timing = &mut setup.timing;
    timing.deadline = conversation.deadline(timing.deadline, timing.round_trip);
    memory::run(&conversation.case, &setup, peer, chunking)
}

/// Whether the conforming endpoint fails as well: then the model is wrong.
pub(crate) fn reference_fails(conversation: &Conversation, target: Role) -> bool {
    let conclusion = run_in_memory(
        conversation,
        target,
        &ReferencePeer::conforming(),
        Chunking::Whole,
    );
    cause(conversation, &conclusion).is_some()
}
