//! Failures that follow from what the target's own bytes broke.

use wsspec_core::{Role, Violation as V};
use wsspec_vectors::Case;

use super::citation::{accepted_fault, root};
use crate::exchange::{Conclusion, Lost, Reason};
use crate::run::{failed_passively, requirements_of, row_id};

/// The id of the passive rule that the target's own bytes broke, where the case is about another:
/// what it says of such bytes follows from that.
pub(super) fn broken_passively(
    case: &Case,
    conclusion: &Conclusion,
    target: Role,
) -> Option<String> {
    if accepted_fault(conclusion).is_some() {
        // What it sent wrongly, it took wrongly first.
        return None;
    }
    let faults = conclusion.observed.faults.iter();
    let mut rules = faults.map(|fault| fault.violation);
    let reason = root(conclusion.reason.as_ref()?);
    let rule =
        rules.find(|rule| failed_passively(*rule, target).is_some() && explains(*rule, &reason))?;
    let about_it =
        requirements_of(rule).any(|id| case.requirements.first().is_some_and(|own| own == id));
    (!about_it).then(|| row_id(rule.name()))
}

/// Whether a failure follows from a rule that the target's own bytes broke. A wrong mask bit, or a
/// length that is not minimal, changes nothing of what the bytes say.
fn explains(rule: V, reason: &Reason) -> bool {
    match reason {
        Reason::Broke(broken, _) => *broken == rule,
        Reason::Message(_) => matches!(
            rule,
            V::RsvSet
                | V::OpcodeReserved
                | V::ControlFragmented
                | V::ControlTooLong
                | V::ContinuationOrphan
                | V::MessageInterleaved
                | V::TextNotUtf8
                | V::Rsv1Misplaced
                | V::DeflateInvalid
                | V::DeflateUnfinished
                | V::DeflateBeyondWindow
                | V::DeflateBeyondMessage
                | V::DeflateParameterIgnored
                | V::DeflateWindowLarger
        ),
        Reason::Closing(_) | Reason::Lost(Lost::Closed(_)) => matches!(
            rule,
            V::ControlTooLong
                | V::CloseBodyOneByte
                | V::CloseCodeForbidden
                | V::CloseCodeUnassigned
                | V::CloseReasonNotUtf8
                // It goes by parameters that it did not name.
                | V::DeflateParameterIgnored
                | V::DeflateWindowLarger
        ),
        _ => false,
    }
}
