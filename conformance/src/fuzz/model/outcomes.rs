//! The outcomes that the standard allows, in the vector language.

use serde_json::{Value, json};
use wsspec_core::Violation;
use wsspec_core::violation::Answer;

use crate::fuzz::plan::informational;

/// An answer that is due. Where the target's limits may be exceeded, it may fail the connection
/// instead.
pub(super) fn answer(answer: Value, may_exceed_limits: bool) -> Value {
    if !may_exceed_limits {
        return answer;
    }
    json!([
        answer,
        "limited",
        informational("failed", "any", "a limit of the target is exceeded"),
    ])
}

/// Silence within an unfinished frame.
pub(super) fn silence() -> Value {
    json!([
        "quiet",
        informational("failed", "any", "does not wait for the rest of a frame"),
    ])
}

/// The answer to a legal Close.
pub(super) fn close() -> Value {
    json!([
        {"closed": "any"},
        {"failed": "any", "verdict": "non-strict", "why": "treats a legal Close as an error"},
    ])
}

/// What follows a broken rule in the same step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// The frame, or the message where its content is invalid, to its end.
    Complete,
    /// A Close frame before the end of the message. A target that looks at whole messages sees none.
    Closed,
    /// Something is missing: a target may wait for it before it looks, except for a length that nothing can
    /// follow.
    Missing,
}

/// The reaction to a violation; `None` where it cannot be determined.
pub(super) fn failure(violation: Violation, rest: Rest) -> Option<Value> {
    let mut outcomes = match violation {
        Violation::LengthTopBit => return Some(json!([{"failed": 1002}, "limited"])),
        violation => reaction(violation)?,
    };
    let why = "waits for the rest before it reacts";
    match rest {
        Rest::Complete => {}
        Rest::Closed => outcomes.push(informational("closed", "any", why)),
        Rest::Missing => outcomes.extend([
            informational("alive", true, why),
            informational("quiet", true, why),
        ]),
    }
    Some(match outcomes.as_slice() {
        [outcome] => outcome.clone(),
        _ => outcomes.into(),
    })
}

fn reaction(violation: Violation) -> Option<Vec<Value>> {
    let accepted = "reads a length form the sender should not have used";
    Some(match violation {
        Violation::LengthNotMinimal => vec![
            json!({"failed": 1002}),
            json!("limited"),
            json!({"echo": true, "verdict": "non-strict", "why": accepted}),
            json!({"alive": true, "verdict": "non-strict", "why": accepted}),
        ],
        Violation::CloseCodeForbidden | Violation::CloseBodyOneByte => vec![
            json!({"failed": 1002}),
            json!({
                "closed": "any",
                "verdict": "non-strict",
                "why": "accepts an illegal Close body",
            }),
        ],
        Violation::CloseCodeUnassigned => vec![
            json!({"failed": 1002}),
            informational("closed", "any", "no rule tells the receiver to refuse it"),
        ],
        Violation::CloseReasonNotUtf8 => vec![
            json!({"failed": [1007, 1002]}),
            json!({"closed": "any", "verdict": "non-strict", "why": "does not check the reason"}),
        ],
        Violation::DeflateInvalid => vec![json!({"failed": [1007, 1002, 1003, 1009, 1011]})],
        // A target may deliver any part of such a message.
        Violation::DeflateUnfinished
        | Violation::DeflateBeyondWindow
        | Violation::DeflateBeyondMessage
        | Violation::MessageTooBig => return None,
        _ => match violation.answer() {
            Answer::Close(code) => vec![json!({"failed": code})],
            _ => return None,
        },
    })
}
