//! Frames and heads in the steps of a case.

use wsspec_core::Role;

use super::Mistake;
use super::names::{is_name, unknown_name};
use crate::place::FieldPath;
use crate::{Case, Content, Frame, Head, Payload, Step};

pub(super) fn mistakes(case: &Case) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (i, step) in case.steps.iter().enumerate() {
        let messages = match step.bare() {
            Step::Send { frames, .. } => frame_mistakes(case, frames),
            Step::Open(head) | Step::Accept(head) => head_mistakes(case, head),
            Step::Expect(_)
            | Step::Fin
            | Step::Rst
            | Step::ReadStop
            | Step::ReadGo
            | Step::Tell(_)
            | Step::Settings(_)
            | Step::Signal(_)
            | Step::On(..) => Vec::new(),
        };
        mistakes.extend(
            messages
                .into_iter()
                .map(|m| (FieldPath::element("steps", i), m)),
        );
    }
    mistakes
}

fn head_mistakes(case: &Case, head: &Head) -> Vec<String> {
    let mut messages = frame_mistakes(case, &head.glued);
    if let Some(name) = unknown_name(head) {
        messages.push(format!(
            "`{{{name}}}` is neither an axis of the matrix nor a name that is filled in"
        ));
    }
    messages
}

fn frame_mistakes(case: &Case, frames: &[Frame]) -> Vec<String> {
    let mut messages = Vec::new();
    let any_client = case.roles.contains(&Role::Client) && !case.id.starts_with("client.");
    if any_client && frames.iter().any(|frame| frame.key.is_some()) {
        messages.push(
            "`key` has an effect only where the suite masks: add `\"roles\": [\"server\"]`".into(),
        );
    }
    for payload in frames.iter().filter_map(payload) {
        if let Payload::Text(text) = payload
            && is_name(text)
        {
            messages.push(format!("`{text}` is not an axis of this case"));
        }
    }
    messages
}

fn payload(frame: &Frame) -> Option<&Payload> {
    match &frame.content {
        Content::Payload(_, payload) | Content::Raw(payload) => Some(payload),
        Content::Close(_) => None,
    }
}
