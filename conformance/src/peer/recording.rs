//! What the conforming peer read and sent in a conversation, to tell whether a planted fault would
//! change any of it.
//!
//! A fault that changes nothing needs no run of its own: every byte would be the same.

use wsspec_core::violation::{Violation, ViolationSet};
use wsspec_reports::Transport;

use super::mutators::{Mutation, Mutator};
use super::{Carried, Party};

/// A conversation with the conforming peer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Recording {
    pieces: Vec<Piece>,
    violations: ViolationSet,
    /// The peer wanted to end TCP.
    ended: bool,
    /// The peer serves no other connection after this one.
    dead: bool,
    /// What the conversation was over.
    over: Transport,
    /// A client reached us as its proxy.
    proxied: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Read(Vec<u8>),
    Sent(Vec<u8>),
}

impl Recording {
    /// Records bytes that the peer read.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.pieces.push(Piece::Read(bytes.to_vec()));
    }

    /// Records bytes that the peer sent.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::Sent(bytes.to_vec()));
        }
    }

    /// Records how the connection stands at the end.
    pub(crate) fn finish(&mut self, party: Option<&Party>) {
        if let Some(party) = party {
            self.stands(party.violations(), party.wants_end(), party.serves_others());
            self.proxied = party.as_proxied().is_some();
        }
    }

    /// Records how a connection of streams stands at the end.
    pub(crate) fn finish_carried(&mut self, peer: &Carried) {
        self.stands(peer.violations(), peer.wants_end(), peer.serves_others());
    }

    fn stands(&mut self, violations: ViolationSet, ended: bool, serves_others: bool) {
        self.violations = violations;
        self.ended = ended;
        self.dead = !serves_others;
    }

    /// Whether the peer saw this violation.
    pub(super) fn has_violation(&self, violation: Violation) -> bool {
        self.violations.contains(violation)
    }

    /// Whether the connection carried streams.
    pub(super) fn is_over_streams(&self) -> bool {
        self.over.has_streams()
    }

    /// Records what the conversation is over.
    pub(crate) fn begin(&mut self, over: Transport) {
        self.over = over;
    }

    /// Whether the conversation was over this.
    pub(super) fn is_over(&self, over: Transport) -> bool {
        self.over == over
    }

    /// Whether a client reached us as its proxy.
    pub(super) fn is_through_proxy(&self) -> bool {
        self.proxied
    }

    /// Whether the peer saw any violation.
    pub(super) fn has_any_violation(&self) -> bool {
        self.violations != ViolationSet::NONE
    }

    /// Whether the peer sent this text in one piece.
    pub(super) fn sent_text(&self, text: &str) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Sent(bytes) => String::from_utf8_lossy(bytes).contains(text),
            Piece::Read(_) => false,
        })
    }

    /// Whether `mutation` changes any byte, or when TCP ends.
    pub(super) fn changes_under(&self, mutation: Mutation) -> bool {
        let mut mutator = Mutator::new(mutation);
        let changes = self.pieces.iter().any(|piece| match piece {
            Piece::Read(bytes) => mutator.incoming(bytes) != *bytes,
            Piece::Sent(bytes) => mutator.outgoing(bytes) != *bytes,
        });
        changes || mutator.ends(self.ended) != self.ended
    }
}
