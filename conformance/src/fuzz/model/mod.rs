//! What a target may do at each point of a generated conversation.
//!
//! The frames are read as a conforming target reads them. From what the reader finds follow the
//! outcomes that the standard allows, in the words of the vector language. A conversation whose
//! outcomes cannot be determined is discarded.

mod ambiguity;
mod encoder;
mod outcomes;
mod reader;

use serde_json::Value;
use wsspec_core::{Role, Violation};

use super::plan::{Opening, Piece, Plan, SendStep};
use reader::{ModelReader, Progress};

/// The requirement of a case about a message that has to come back.
const MESSAGES: &str = "RFC6455-5.6-2";

/// The requirement of a case that ends with our Close.
const CLOSING: &str = "RFC6455-5.5.1-8";

/// A conversation with the outcomes that are allowed in it.
#[derive(Debug, Clone)]
pub(crate) struct Modelled {
    /// The steps of the vector.
    pub(crate) steps: Vec<Value>,
    /// The rule that the suite breaks at the end, if any.
    pub(crate) broken: Option<Violation>,
    /// The requirement that the conversation is about.
    pub(crate) requirement: &'static str,
    /// Frames sent, a fragmented message counted once.
    pub(crate) frames: u32,
    /// The state of the target when the last step is sent, and the magnitude of that step.
    pub(crate) state: String,
}

/// The allowed outcomes of `plan`; `None` where they cannot be determined, or the conversation is
/// too large.
pub(crate) fn model(plan: &Plan, target: Role) -> Option<Modelled> {
    if let Some(opening) = plan.opening.as_ref().filter(|opening| opening.refusable) {
        return Some(refusable(opening, target));
    }
    let mut reader = ModelReader::new(plan.terms.is_some(), target);
    let mut requirement = MESSAGES;
    if let Some(opening) = &plan.opening {
        reader.begin(opening.steps(target));
        requirement = opening_requirement(target);
    }
    let mut state = String::new();
    let mut broken = None;
    let mut ended = false;
    for step in &plan.sends {
        requirement = requirement_of(step, plan.terms.is_some()).unwrap_or(requirement);
        state = reader.state(step);
        match reader.take(step)? {
            Progress::Continues => continue,
            Progress::Violates(violation) => {
                broken = Some(violation);
                requirement = violation.requirement();
            }
            Progress::Closes => requirement = CLOSING,
        }
        ended = true;
        break;
    }
    if !ended {
        reader.settle(false)?;
    }
    let (steps, frames) = reader.finish();
    Some(Modelled {
        steps,
        broken,
        requirement,
        frames,
        state,
    })
}

/// A request that the server may refuse. Nothing is sent after it.
fn refusable(opening: &Opening, target: Role) -> Modelled {
    let last = opening.headers.keys().next_back();
    Modelled {
        steps: opening.steps(target),
        broken: None,
        requirement: opening_requirement(target),
        frames: 0,
        state: format!("refusable {}", last.map_or("", String::as_str)),
    }
}

/// The requirement that a legal opening handshake is about.
pub(crate) fn opening_requirement(target: Role) -> &'static str {
    if target == Role::Server {
        "RFC6455-4.2.2-1"
    } else {
        "RFC6455-4.1-34"
    }
}

/// The requirement that a legal step is about; `None` for one that is about the same as the step
/// before it.
fn requirement_of(step: &SendStep, compresses: bool) -> Option<&'static str> {
    let Some(Piece::Generated(spec)) = step.frames.last() else {
        return None;
    };
    if spec.deflate && compresses {
        Some("RFC7692-6.2-1")
    } else if spec.opcode == 9 {
        Some("RFC6455-5.5.2-2")
    } else if spec.is_control() {
        Some("RFC6455-5.4-2")
    } else if spec.is_fragmented() {
        Some("RFC6455-5.4-4")
    } else if step.frames.len() == 1 {
        Some(MESSAGES)
    } else {
        None
    }
}
