//! A right peer in another form: is anything said against it that is not so?

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::Broken;
use crate::drive::memory::{self, Chunking};
use crate::exchange::Setup;
use crate::peer::Peer;
use crate::run::Passive;
use crate::vector::Case;

/// Runs the cases for `role` against `peer` in memory. The list of what is called a failure or an error, passive
/// rules included.
pub fn slander(cases: &[Arc<Case>], role: Role, peer: &Peer, chunking: Chunking) -> Vec<Broken> {
    let setup = Setup::new(role, "wsspec.invalid", "/");
    let mut passive = Passive::default();
    let mut broken = Vec::new();
    let circumstances = format!("{} under test, {chunking:?}", role.name());
    for case in cases.iter().filter(|case| case.roles.contains(&role)) {
        let conclusion = memory::run(case, &setup, peer, chunking);
        passive.note(&case.id, &conclusion);
        if conclusion.verdict > Verdict::Skipped {
            let verdict = conclusion.verdict.name();
            let received = conclusion.received.unwrap_or_default();
            let reason = format!("{verdict}: {}; received: {received}", conclusion.reason);
            broken.push(Broken { id: case.id.clone(), circumstances: circumstances.clone(), reason });
        }
    }
    for row in passive.rows(role).into_iter().filter(|row| row.verdict != Verdict::Pass) {
        let reason = format!("{}: {}", row.verdict.name(), row.reason);
        broken.push(Broken { id: row.id, circumstances: circumstances.clone(), reason });
    }
    broken
}
