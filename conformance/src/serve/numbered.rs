//! The cases that clients can be tested with, as they know them.

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Manual, Step, Word};

use crate::run::runs_over;
use crate::wire::tcp;

/// A case with the id that clients know it by. Its number is its place in a list, counted from 1.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// The id, ours or Autobahn's.
    pub id: String,
    /// The case.
    pub case: Arc<Case>,
}

impl Numbered {
    /// A case under its own id.
    pub fn own(case: &Arc<Case>) -> Numbered {
        Numbered {
            id: case.id.clone(),
            case: case.clone(),
        }
    }

    /// Id and purpose, as `/getCaseInfo` tells them.
    pub(super) fn info(&self) -> String {
        serde_json::json!({ "id": self.id, "description": self.case.about }).to_string()
    }
}

/// Whether a case can test a client that connects over this and knows only the URLs of this server:
/// one that can dial neither another URL nor a second time.
pub fn can_serve(case: &Case, over: Transport) -> bool {
    case.roles.contains(&Role::Client)
        && runs_over(case, over)
        && !begins_its_own_way(case)
        && case.wants_beyond(tcp::ABILITIES).is_none()
        && case.dial.is_none()
        && !case.has_several_conversations()
        && !case.steps.iter().any(needs_second_connection)
}

/// Whether a case says something of its own before the request that names it comes.
fn begins_its_own_way(case: &Case) -> bool {
    let settings = matches!(case.steps.first(), Some(Step::Settings(_)));
    settings || case.manual.contains(&Manual::Settings)
}

fn needs_second_connection(step: &Step) -> bool {
    match step.bare() {
        Step::Expect(outcomes) => outcomes.iter().any(|o| o.word == Word::Serves),
        _ => false,
    }
}

/// Whether a case answers the opening request in its own way. Autobahn has no such case, and a
/// driver written for it may not survive a connection that does not open.
pub fn answers_by_itself(case: &Case) -> bool {
    case.steps
        .iter()
        .any(|step| matches!(step.bare(), Step::Accept(_)))
}
