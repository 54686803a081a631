//! Changes one thing in a conversation.

use super::legal::{deflate_terms, send as legal};
use super::payloads::{bytes, control_payload, size, text};
use super::random::Choices;
use super::violations::send as violation;
use crate::fuzz::plan::{Body, FrameSpec, Piece, Plan, Split};

/// Bounds the literal payload that a changed size makes, in bytes.
const MAX_LITERAL: u64 = 4096;

/// Changes one thing in `plan`; some choices leave it as it is.
pub(super) fn mutate(choices: &mut Choices, plan: &mut Plan) {
    let at = choices.below(plan.sends.len() as u64) as usize;
    match choices.below(9) {
        0 => {
            let step = legal(choices, &mut false);
            plan.sends.insert(at, step);
        }
        1 if plan.sends.len() > 1 => {
            plan.sends.remove(at);
        }
        2 => {
            if let Some(step) = plan.sends.get(at).cloned() {
                plan.sends.insert(at, step);
            }
        }
        3 => {
            let within = choices.once_in(2);
            plan.sends.push(violation(choices, within));
        }
        4 if choices.deflate && plan.opening.is_none() => {
            plan.terms = (!choices.once_in(4)).then(|| deflate_terms(choices));
        }
        _ => mutate_step(choices, plan, at),
    }
}

fn mutate_step(choices: &mut Choices, plan: &mut Plan, at: usize) {
    let Some(step) = plan.sends.get_mut(at) else {
        return;
    };
    let which = choices.below(step.frames.len() as u64) as usize;
    match choices.below(4) {
        0 => step.wait = !step.wait,
        1 => step.split = Split::Every(1 + choices.below(7) as usize),
        _ => {
            if let Some(Piece::Generated(spec)) = step.frames.get_mut(which) {
                mutate_frame(choices, spec);
            }
        }
    }
}

fn mutate_frame(choices: &mut Choices, spec: &mut FrameSpec) {
    match choices.below(7) {
        0 if spec.is_control() => spec.body = control_payload(choices),
        0 if spec.opcode == 2 => spec.body = bytes(choices),
        0 => spec.body = text(choices),
        1 | 2 => spec.body = resized(choices, &spec.body),
        3 if !spec.is_control() => {
            let size = spec.body.size();
            let count = choices.below(10);
            spec.fragments = (0..count)
                .map(|_| choices.below(size / (count + 1) + 2) as usize)
                .collect();
        }
        4 if !spec.is_control() => {
            spec.between = Some((9 + choices.below(2) as u8, control_payload(choices)));
        }
        5 => spec.deflate = choices.deflate && !spec.deflate,
        _ => spec.fin = spec.is_control() || !spec.fin,
    }
}

fn resized(choices: &mut Choices, body: &Body) -> Body {
    let size = match choices.below(4) {
        0 => body.size() + 1,
        1 => body.size().saturating_sub(1),
        _ => size(choices),
    };
    match body {
        Body::Bytes(bytes) => {
            let repeated = bytes.iter().copied().cycle();
            Body::Bytes(repeated.take(size.min(MAX_LITERAL) as usize).collect())
        }
        Body::Repeat(text, _) => Body::Repeat(text.clone(), size),
        Body::Ascii(_, seed) => Body::Ascii(size, *seed),
        Body::Random(_, seed) => Body::Random(size, *seed),
    }
}
