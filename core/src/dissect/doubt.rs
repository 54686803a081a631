//! Faults that would be read out of bytes which are not what they are read as.

use super::Node;
use crate::frame::{FrameHeader, Opcode};
use crate::violation::Violation;

/// What was said of a frame after which framing is lost.
const LOST: &str = ", probably no header: it follows a wrong length";

/// Drops faults that only follow from an earlier one. `nodes` begins with the frames of `headers`.
///
/// - After a length that is not in its shortest form, what begins with reserved bits or a reserved
///   opcode is probably no header, but payload: a sender that writes the length in a wrong number of
///   bytes means another one. Nothing is judged from there on.
/// - A message with a reserved bit that has no meaning may be encoded in any way, so its text need
///   not be UTF-8. Usually it is compressed.
pub(super) fn drop_consequences(nodes: &mut [Node], headers: &[FrameHeader]) {
    let (mut wrong_length, mut lost, mut encoded) = (false, false, false);
    for (n, node) in nodes.iter_mut().enumerate() {
        let has = |violation| node.faults.iter().any(|fault| fault.violation == violation);
        let reserved = has(Violation::RsvSet);
        if wrong_length && !lost && (reserved || has(Violation::OpcodeReserved)) {
            node.meaning.push_str(LOST);
            lost = true;
        }
        if lost {
            node.faults.clear();
            continue;
        }
        wrong_length |= has(Violation::LengthNotMinimal) || has(Violation::LengthTopBit);
        if let Some(header) = headers.get(n).filter(|header| !header.opcode.is_control()) {
            encoded = reserved || encoded && header.opcode == Opcode::CONTINUATION;
        }
        if encoded {
            node.faults
                .retain(|fault| fault.violation != Violation::TextNotUtf8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dissector;
    use crate::Role;
    use crate::violation::Violation;

    fn faults(sender: Role, stream: &[u8]) -> Vec<Violation> {
        let nodes = Dissector::new(sender).frames(stream, 0);
        let faults = nodes.iter().flat_map(|node| &node.faults);
        faults.map(|fault| fault.violation).collect()
    }

    #[test]
    fn payload_is_not_judged_as_headers() {
        // 126, and four bytes of length.
        let stream = b"\x81\xfe\x00\x00\x00\x7e\x01\x02\x03\x04\x60\x60\x99\x99";
        assert_eq!(faults(Role::Client, stream), [Violation::LengthNotMinimal]);
        // A length in too many bytes, and a frame that has its own fault.
        let stream = b"\x81\x7e\x00\x01a\x81\x81\x00\x00\x00\x00a";
        assert_eq!(
            faults(Role::Server, stream),
            [Violation::LengthNotMinimal, Violation::MaskUnexpected]
        );
    }

    #[test]
    fn what_reserved_bits_encode_is_not_judged_as_text() {
        let stream = b"\xc1\x01\xff\x81\x01\xff\x41\x00\x80\x01\xff\x80\x00";
        assert_eq!(
            faults(Role::Server, stream),
            [
                Violation::RsvSet,
                Violation::TextNotUtf8,
                Violation::RsvSet,
                Violation::ContinuationOrphan
            ]
        );
    }
}
