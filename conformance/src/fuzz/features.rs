//! Features of a conversation: what makes it new, and what makes two findings alike.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::conversation::Conversation;
use super::plan::{Piece, Plan, Split};
use crate::exchange::Conclusion;

/// Payloads beyond this size are long, in bytes: they need an extended length.
const SHORT_PAYLOAD: u64 = 125;

/// A conversation in short: the state in which the last step is sent, the rule it breaks, and the
/// reaction. One whose fingerprint was not seen before shows something new.
pub(crate) fn fingerprint(conversation: &Conversation, conclusion: &Conclusion) -> String {
    let rule = conversation
        .modelled
        .broken
        .map_or("legal", |violation| violation.name());
    let reaction = conclusion.reason_key();
    let compressed = conversation.plan.terms.is_some();
    format!(
        "{} {rule} {compressed} {:?} {reaction} {}",
        conversation.modelled.state,
        conclusion.verdict,
        conclusion.close.is_some()
    )
}

/// The kinds of thing that a conversation sends.
pub(crate) fn features(plan: &Plan) -> BTreeSet<&'static str> {
    let mut features = BTreeSet::new();
    if plan.opening.is_some() {
        features.insert("opening");
    }
    if plan.sends.iter().any(|step| step.split != Split::Never) {
        features.insert("cut");
    }
    let negotiated = plan.terms.is_some();
    for piece in plan.sends.iter().flat_map(|step| &step.frames) {
        match piece {
            Piece::Generated(spec) => {
                features.insert(if spec.is_control() { "control" } else { "data" });
                features.extend(spec.between.is_some().then_some("interleaved"));
                features.extend((spec.body.size() > SHORT_PAYLOAD).then_some("long"));
                features.extend((spec.deflate && negotiated).then_some("compressed"));
                features.extend(spec.is_fragmented().then_some("fragmented"));
            }
            Piece::FromVector(frame) => {
                let compressed = negotiated && frame.contains_key("deflate");
                let fragmented = frame.contains_key("fragments");
                features.insert(if is_control(frame) { "control" } else { "data" });
                features.extend(compressed.then_some("compressed"));
                features.extend(fragmented.then_some("fragmented"));
            }
            Piece::Raw(_) => {}
        }
    }
    features
}

fn is_control(frame: &Map<String, Value>) -> bool {
    let opcode = frame.get("opcode").and_then(Value::as_str);
    ["ping", "pong", "close"]
        .iter()
        .any(|name| frame.contains_key(*name) || opcode == Some(name))
}
