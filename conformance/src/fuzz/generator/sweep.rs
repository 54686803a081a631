//! All values of one byte of a message, each in a message of its own: what finds a comparison with a
//! constant, one byte at a time, where the coverage of the target shows that a byte was right.

use super::random::Choices;
use crate::fuzz::plan::{Body, FrameSpec, Piece, Plan, SendStep, Split};

/// Bounds the message, in bytes.
const MAX_SIZE: u64 = 64;

/// Values that a byte of text may have alone.
const ASCII: u8 = 0x7f;

/// What `plan` sends before one of its short messages, and then that message with each value of one of
/// its bytes, or of one more at its end. `None` if it has no such message.
pub(super) fn sweep(choices: &mut Choices, plan: &Plan) -> Option<Plan> {
    let messages: Vec<(usize, &FrameSpec)> = plan
        .sends
        .iter()
        .enumerate()
        .flat_map(|(at, step)| step.frames.iter().map(move |piece| (at, piece)))
        .filter_map(|(at, piece)| Some((at, short_message(piece)?)))
        .collect();
    if messages.is_empty() {
        return None;
    }
    let (at, spec) = *choices.one(&messages);
    let bytes = spec.body.bytes();
    let place = choices.below(bytes.len() as u64 + 1) as usize;
    let last = if spec.opcode == 1 { ASCII } else { u8::MAX };
    let mut sends = plan.sends[..at].to_vec();
    sends.extend((0..=last).map(|value| SendStep {
        frames: vec![Piece::Generated(FrameSpec {
            body: with(&bytes, place, value),
            ..spec.clone()
        })],
        split: Split::Never,
        wait: value == last,
        times: 1,
    }));
    Some(Plan {
        sends,
        ..plan.clone()
    })
}

/// A whole message of few bytes, described field by field, that breaks no rule.
fn short_message(piece: &Piece) -> Option<&FrameSpec> {
    let Piece::Generated(spec) = piece else {
        return None;
    };
    let plain = FrameSpec {
        deflate: spec.deflate,
        ..FrameSpec::new(spec.opcode, spec.body.clone())
    };
    let is_message = matches!(spec.opcode, 1 | 2) && *spec == plain;
    (is_message && spec.body.size() <= MAX_SIZE).then_some(spec)
}

fn with(bytes: &[u8], place: usize, value: u8) -> Body {
    let mut bytes = bytes.to_vec();
    match bytes.get_mut(place) {
        Some(byte) => *byte = value,
        None => bytes.push(value),
    }
    Body::Bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(opcode: u8, bytes: &[u8]) -> Plan {
        let spec = FrameSpec::new(opcode, Body::Bytes(bytes.to_vec()));
        Plan {
            sends: vec![SendStep::of(spec)],
            ..Plan::default()
        }
    }

    #[test]
    fn every_value_of_one_byte_is_sent() {
        let mut choices = Choices::new(3, false);
        for (opcode, count) in [(1, 128), (2, 256)] {
            let swept = sweep(&mut choices, &plan(opcode, b"ab")).unwrap();
            let mut bodies: Vec<Vec<u8>> = swept
                .sends
                .iter()
                .flat_map(|step| &step.frames)
                .filter_map(|piece| Some(short_message(piece)?.body.bytes()))
                .collect();
            bodies.sort();
            bodies.dedup();
            assert_eq!(bodies.len(), count);
        }
    }

    #[test]
    fn what_is_no_short_message_is_left_alone() {
        let mut choices = Choices::new(3, false);
        assert!(sweep(&mut choices, &plan(9, b"ping")).is_none());
        assert!(sweep(&mut choices, &plan(2, &[0; 65])).is_none());
        assert!(sweep(&mut choices, &Plan::default()).is_none());
    }
}
