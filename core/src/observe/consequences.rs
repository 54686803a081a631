//! Faults that only follow from an earlier one.

use crate::frame::{FrameHeader, Opcode};
use crate::violation::{Fault, Violation};

/// Drops the faults of a stream that only follow from an earlier one, frame by frame.
///
/// - After a length that is not in its shortest form, what begins with reserved bits or a reserved
///   opcode is probably no header, but payload: a sender that writes the length in a wrong number of
///   bytes means another one. Nothing is judged from there on.
/// - A message with a reserved bit that has no meaning may be encoded in any way, so its text need
///   not be UTF-8. Usually it is compressed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Consequences {
    wrong_length: bool,
    lost: bool,
    encoded: bool,
}

impl Consequences {
    /// Takes the faults of the next frame and drops those that follow from an earlier one. They may
    /// come in parts: those of its header together with that, those of its payload without one.
    pub fn drop_from(&mut self, header: Option<&FrameHeader>, faults: &mut Vec<Fault>) {
        let has = |violation| faults.iter().any(|fault| fault.violation == violation);
        let reserved = has(Violation::RsvSet);
        self.lost |= self.wrong_length && (reserved || has(Violation::OpcodeReserved));
        if self.lost {
            faults.clear();
            return;
        }
        self.wrong_length |= has(Violation::LengthNotMinimal) || has(Violation::LengthTopBit);
        if let Some(header) = header.filter(|header| !header.opcode.is_control()) {
            self.encoded = reserved || self.encoded && header.opcode == Opcode::CONTINUATION;
        }
        if self.encoded {
            faults.retain(|fault| fault.violation != Violation::TextNotUtf8);
        }
    }

    /// Whether what came last is probably no frame, so that nothing more is judged.
    pub fn has_lost_framing(&self) -> bool {
        self.lost
    }
}
