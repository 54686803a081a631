//! Send steps that break one rule.

use super::legal::{control, message, send_step};
use super::payloads::{INVALID_UTF8, text};
use super::random::Choices;
use crate::fuzz::plan::{Body, FrameSpec, SendStep};

/// Bits of a DEFLATE block header with the reserved type (RFC 1951 §3.2.3).
const RESERVED_BLOCK: u8 = 0b110;

/// A step that breaks a rule. `within`: a message is begun and not finished.
pub(super) fn send(choices: &mut Choices, within: bool) -> SendStep {
    let spec = violation(choices, within);
    send_step(choices, spec)
}

fn violation(choices: &mut Choices, within: bool) -> FrameSpec {
    let mut spec = if within {
        FrameSpec::new(0, text(choices))
    } else {
        message(choices)
    };
    match choices.below(12) {
        0 => spec.rsv = vec![*choices.one(&[2, 3])],
        1 => {
            spec.rsv = vec![1];
            spec.deflate = false;
            if choices.once_in(2) && spec.opcode != 0 {
                spec.body = Body::Bytes(vec![
                    RESERVED_BLOCK | choices.below(256) as u8,
                    choices.below(256) as u8,
                    0,
                ]);
            }
        }
        2 => spec.opcode = *choices.one(&[3, 4, 5, 6, 7, 11, 12, 13, 14, 15]),
        3 => {
            spec = FrameSpec {
                fin: false,
                ..control(choices)
            };
        }
        4 => spec = FrameSpec::new(u8::from(within), text(choices)),
        5 => spec.wrong_mask = true,
        6 => {
            let opcode = 9 + choices.below(2) as u8;
            spec = FrameSpec::new(opcode, Body::Repeat("x".into(), 126 + choices.below(200)));
        }
        7 => spec.length_bits = Some(*choices.one(&[16, 64])),
        8 => {
            spec = FrameSpec {
                length_top_bit: true,
                ..FrameSpec::new(2, Body::Bytes(b"x".to_vec()))
            };
        }
        9 => {
            // The bit is chosen before the frame.
            let rsv = vec![1 + choices.below(3) as u8];
            spec = FrameSpec {
                rsv,
                ..control(choices)
            };
        }
        _ => {
            let bytes = choices.one(INVALID_UTF8).to_vec();
            spec = FrameSpec::new(u8::from(!within), Body::Bytes(bytes));
            spec.deflate = choices.deflate && choices.once_in(2);
            if choices.once_in(3) {
                spec.fragments = vec![choices.below(3) as usize];
            }
        }
    }
    spec
}
