//! Send steps that break no rule, but for the body of some Close frames.

use super::payloads::{CLOSE_CODES, INVALID_UTF8, TEXTS, bytes, control_payload, text};
use super::random::Choices;
use crate::fuzz::plan::{Body, DeflateTerms, FrameSpec, Piece, SendStep, Split};

/// A payload below this size may be sent byte by byte.
const BYTEWISE: i64 = 3000;

/// A message below this size may be repeated more than once.
const REPEATED: u64 = 300;

/// A legal step. `within`: a message is begun and not finished; updated by the step.
pub(super) fn send(choices: &mut Choices, within: &mut bool) -> SendStep {
    if choices.once_in(4) {
        let control = control(choices);
        return send_step(choices, control);
    }
    if *within {
        let mut spec = FrameSpec::new(0, text(choices));
        *within = !choices.once_in(2);
        spec.fin = !*within;
        return send_step(choices, spec);
    }
    if choices.once_in(6) {
        let mut spec = FrameSpec::new(1, Body::Bytes(choices.one(TEXTS).as_bytes().to_vec()));
        spec.fin = false;
        *within = true;
        return send_step(choices, spec);
    }
    let spec = message(choices);
    let mut step = send_step(choices, spec);
    if choices.once_in(6) {
        let more = 1 + choices.below(4);
        for _ in 0..more {
            let spec = if choices.once_in(3) {
                control(choices)
            } else {
                message(choices)
            };
            step.frames.push(Piece::Generated(spec));
        }
    }
    if choices.once_in(12) {
        step.times = if step.frames.iter().all(is_small) {
            *choices.one(&[2, 3, 4, 10, 33, 300, 1100])
        } else {
            2
        };
    }
    step
}

fn is_small(piece: &Piece) -> bool {
    matches!(piece, Piece::Generated(spec) if spec.body.size() < REPEATED)
}

/// Sends `spec`, cut in some way, and waits for its effect in two of three steps.
pub(super) fn send_step(choices: &mut Choices, spec: FrameSpec) -> SendStep {
    let size = spec.body.size().cast_signed();
    let mut step = SendStep::of(spec);
    step.wait = !choices.once_in(3);
    step.split = match choices.below(10) {
        0 if size < BYTEWISE => Split::EachByte,
        1 => {
            let most = if size < BYTEWISE { 9 } else { 5000 };
            Split::Every(1 + choices.below(most) as usize)
        }
        2 => Split::At(vec![1 + choices.below(9).cast_signed()]),
        3 => Split::At(vec![-1 - choices.below(6).cast_signed()]),
        _ => Split::Never,
    };
    step
}

/// A whole message, perhaps in fragments, perhaps compressed.
pub(super) fn message(choices: &mut Choices) -> FrameSpec {
    let mut spec = if choices.once_in(2) {
        FrameSpec::new(1, text(choices))
    } else {
        FrameSpec::new(2, bytes(choices))
    };
    let size = spec.body.size();
    if choices.once_in(3) {
        let most = if choices.once_in(4) { 20 } else { 3 };
        let count = 1 + choices.below(most);
        spec.fragments = (0..count)
            .map(|_| choices.below(size / count + 2) as usize)
            .collect();
        if choices.once_in(3) {
            spec.between = Some((9 + choices.below(2) as u8, control_payload(choices)));
        }
    }
    spec.deflate = choices.deflate && !choices.once_in(3);
    spec
}

/// A ping or a pong.
pub(super) fn control(choices: &mut Choices) -> FrameSpec {
    let opcode = if choices.once_in(4) { 10 } else { 9 };
    FrameSpec::new(opcode, control_payload(choices))
}

/// A Close frame, whose body may be illegal.
pub(super) fn close(choices: &mut Choices) -> SendStep {
    let mut body = Vec::new();
    if !choices.once_in(6) {
        body.extend(choices.one(CLOSE_CODES).to_be_bytes());
        match choices.below(6) {
            0 => body.extend(*choices.one(INVALID_UTF8)),
            1 | 2 => body.extend(choices.one(TEXTS).bytes()),
            3 => body.extend("r".repeat(123).bytes()),
            4 if choices.once_in(3) => body.truncate(1),
            _ => {}
        }
    }
    send_step(choices, FrameSpec::new(8, Body::Bytes(body)))
}

/// Terms of permessage-deflate, in five of eight cases any.
pub(super) fn deflate_terms(choices: &mut Choices) -> DeflateTerms {
    match choices.below(8) {
        0 => DeflateTerms::TargetNoTakeover,
        1 => DeflateTerms::TargetWindow(9 + choices.below(6) as u8),
        2 => DeflateTerms::SuiteNoTakeover,
        _ => DeflateTerms::Any,
    }
}
