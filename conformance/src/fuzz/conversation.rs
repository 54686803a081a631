//! A generated conversation as a vector and as a case.

use std::time::Duration;

use serde_json::{Value, json};
use wsspec_core::Role;

use super::model::{Modelled, model};
use super::plan::Plan;
use wsspec_vectors::{Case, VectorFile};

/// Round trips that a target may spend on a frame.
const ROUND_TRIPS: u32 = 8;

/// The shortest and the longest time allowed for a frame.
const FRAME_TIME: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(10));

/// A conversation, the outcomes allowed in it, and its case.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) plan: Plan,
    pub(crate) modelled: Modelled,
    pub(crate) case: Case,
}

impl Conversation {
    /// The conversation of `plan` as a case of `family`. `None` where its outcomes cannot be
    /// determined.
    pub(crate) fn new(plan: Plan, target: Role, family: &str) -> Option<Conversation> {
        let modelled = model(&plan, target)?;
        let steps = modelled.steps.len();
        let about = format!("A conversation of `wsspec fuzz`, {steps} steps");
        let case = case_json(&plan, &modelled, target, "found", &about);
        let case = read_cases(&file_json(family, &[case]), family)?.pop()?;
        Some(Conversation {
            plan,
            modelled,
            case,
        })
    }

    /// The deadline of a wait, where a slow target may need its time for each of many frames.
    pub(crate) fn deadline(&self, timeout: Duration, round_trip: Duration) -> Duration {
        let frame = (round_trip * ROUND_TRIPS).clamp(FRAME_TIME.0, FRAME_TIME.1);
        timeout + frame * self.modelled.frames
    }
}

/// A case of a vector file.
pub(crate) fn case_json(
    plan: &Plan,
    modelled: &Modelled,
    target: Role,
    id: &str,
    about: &str,
) -> Value {
    let mut case = json!({
        "id": id,
        "about": about,
        "requirements": [modelled.requirement],
        "impact": if modelled.broken.is_some() { "security" } else { "data" },
        "roles": [target.name()],
    });
    if let Some(terms) = plan.terms {
        case["agree"] = json!({"deflate": terms.json()});
    }
    case["steps"] = modelled.steps.clone().into();
    case
}

/// A vector file with these cases.
pub(crate) fn file_json(family: &str, cases: &[Value]) -> Value {
    json!({
        "family": family,
        "kind": "exchange",
        "about": "Found by `wsspec fuzz`.",
        "impact": "data",
        "cases": cases,
    })
}

/// Reads the cases of a vector file.
pub(crate) fn read_cases(file: &Value, family: &str) -> Option<Vec<Case>> {
    let name = format!("{family}.json");
    let file = VectorFile::read(&name, &file.to_string()).ok()?;
    Some(file.exchanges(&name).0)
}
