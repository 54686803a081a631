//! Faults that would be read out of bytes which are not what they are read as.

use super::Node;
use crate::frame::FrameHeader;
use crate::observe::Consequences;

/// What was said of a frame after which framing is lost.
const LOST: &str = ", probably no header: it follows a wrong length";

/// Drops faults that only follow from an earlier one. `nodes` begins with the frames of `headers`.
pub(super) fn drop_consequences(nodes: &mut [Node], headers: &[FrameHeader]) {
    let mut consequences = Consequences::default();
    for (n, node) in nodes.iter_mut().enumerate() {
        let before = consequences.has_lost_framing();
        consequences.drop_from(headers.get(n), &mut node.faults);
        if consequences.has_lost_framing() && !before {
            node.meaning.push_str(LOST);
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
