//! What the right peer read and said in a conversation, to tell whether a planted fault would change any of it.
//!
//! A fault that changes nothing of a conversation needs no run of its own: every byte of it would be the same.

use wsspec_core::violation::ViolationSet;

use super::Party;
use super::mutators::Tampering;
use super::planted::Kind;

/// A conversation as the right peer had it.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pieces: Vec<Piece>,
    /// The rules it saw broken.
    broken: ViolationSet,
    /// It wanted to end TCP.
    ended: bool,
}

#[derive(Debug)]
enum Piece {
    Read(Vec<u8>),
    Said(Vec<u8>),
}

impl Recording {
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.pieces.push(Piece::Read(bytes.to_vec()));
    }

    pub(crate) fn said(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::Said(bytes.to_vec()));
        }
    }

    pub(crate) fn done(&mut self, party: &Party) {
        self.broken = party.broken;
        self.ended = party.wants_end();
    }

    /// Whether a fault of this kind may change anything.
    pub(super) fn shows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Reaction(violation, _) => self.broken.contains(violation),
            Kind::Everything(_) => self.broken != ViolationSet::NONE,
            Kind::Tamper(tamper) => self.spoilt(Tampering::new(tamper)),
            Kind::Request(from, _) => self.pieces.iter().any(|piece| match piece {
                Piece::Said(bytes) => String::from_utf8_lossy(bytes).contains(from),
                Piece::Read(_) => false,
            }),
            Kind::Output(_) | Kind::App(_) | Kind::Key(_) | Kind::Limit(..) | Kind::Outgrown(_) => {
                true
            }
        }
    }

    fn spoilt(&self, mut tampering: Tampering) -> bool {
        let changes = self.pieces.iter().any(|piece| match piece {
            Piece::Read(bytes) => tampering.incoming(bytes) != *bytes,
            Piece::Said(bytes) => tampering.outgoing(bytes) != *bytes,
        });
        changes || tampering.ends(self.ended) != self.ended
    }
}
