//! Rules that are broken because of something that another row says: they rest on that row.
//!
//! | what broke | what follows |
//! |---|---|
//! | the length of a frame | any rule on frames, once for each wrong length |
//! | the code of a Close, sent back as it came | the rest of the body of a Close |
//! | a message that does not come back, or changed | rules on the bytes of messages |
//! | how messages are made of frames | rules on the bytes of messages |

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_core::violation::Violation as V;
use wsspec_reports::{CaseResult, Verdict};

use super::rules::RULES;
use super::{Seen, row_id};
use crate::exchange::{LostFraming, MessageReason};

/// The rows that others may rest on, by id.
pub(super) struct Causes {
    /// Rows with a frame of a wrong length: their number, and the first of them.
    lost: (usize, Option<String>),
    /// A message that came back changed, or was not made of frames as it has to be.
    garbled: Option<String>,
    /// A Close with a code that is never sent.
    forbidden: Option<String>,
}

impl Causes {
    /// Of a run with these `cases`, in which a target of this role broke these rules.
    pub(super) fn of(broken: &BTreeMap<V, Seen>, role: Role, cases: &[CaseResult]) -> Causes {
        let mut lost: Vec<&str> = ids_where(cases, has_lost_framing);
        lost.sort_unstable();
        let garbled = ids_where(cases, is_garbled).into_iter().min();
        let row_of = |violation: V| row_id(violation.name());
        let structure = RULES
            .iter()
            .filter(|rule| rule.binds(role) && is_of_structure(rule.violation))
            .find(|rule| broken.contains_key(&rule.violation))
            .map(|rule| row_of(rule.violation));
        let forbidden = broken.contains_key(&V::CloseCodeForbidden);
        Causes {
            lost: (lost.len(), lost.first().map(ToString::to_string)),
            garbled: garbled.map(str::to_owned).or(structure),
            forbidden: forbidden.then(|| row_of(V::CloseCodeForbidden)),
        }
    }

    /// The row that a rule rests on; `None` if it was not broken, or is a cause of its own.
    pub(super) fn of_rule(&self, violation: V, seen: &Seen) -> Option<String> {
        let (lengths, lost) = &self.lost;
        if seen.count == 0 {
            None
        } else if seen.count <= *lengths && !violation.is_of_a_head() {
            lost.clone()
        } else if seen.own == 0 && is_of_a_body(violation) {
            self.forbidden.clone()
        } else if is_of_content(violation) {
            self.garbled.clone()
        } else {
            None
        }
    }
}

fn ids_where(cases: &[CaseResult], is: fn(&CaseResult) -> bool) -> Vec<&str> {
    let chosen = cases.iter().filter(|case| is(case));
    chosen.map(|case| case.id.as_str()).collect()
}

fn has_lost_framing(case: &CaseResult) -> bool {
    case.verdict == Verdict::Fail && LostFraming::is_of_a_length(&case.reason_key)
}

/// Whether a message did not come back as it was sent, and compression has nothing to do with it.
fn is_garbled(case: &CaseResult) -> bool {
    case.verdict == Verdict::Fail
        && MessageReason::has_other_bytes(&case.reason_key)
        && !case.family.starts_with("deflate")
}

/// Whether a rule is about the body of a Close, beside its code.
fn is_of_a_body(violation: V) -> bool {
    matches!(violation, V::CloseBodyOneByte | V::CloseReasonNotUtf8)
}

/// Whether a rule is about the bytes of messages.
fn is_of_content(violation: V) -> bool {
    matches!(
        violation,
        V::TextNotUtf8
            | V::DeflateInvalid
            | V::DeflateUnfinished
            | V::DeflateBeyondMessage
            | V::DeflateBeyondWindow
    )
}

/// Whether a rule is about how messages are made of frames: where it is broken, the bytes of one
/// are read as those of another.
fn is_of_structure(violation: V) -> bool {
    matches!(
        violation,
        V::RsvSet
            | V::OpcodeReserved
            | V::Rsv1Misplaced
            | V::MessageInterleaved
            | V::ContinuationOrphan
    )
}

#[cfg(test)]
mod tests {
    use wsspec_reports::Impact;

    use super::*;

    fn failed(id: &str, key: &str) -> CaseResult {
        CaseResult {
            reason_key: key.into(),
            ..CaseResult::new(id.into(), "message", Impact::Data, Verdict::Fail)
        }
    }

    fn seen(count: usize, own: usize) -> Seen {
        Seen {
            count,
            own,
            ..Seen::default()
        }
    }

    #[test]
    fn what_was_not_broken_or_stands_alone_rests_on_nothing() {
        let causes = Causes::of(&BTreeMap::new(), Role::Client, &[]);
        assert_eq!(causes.of_rule(V::TextNotUtf8, &seen(1, 1)), None);
        let garbled = [failed("message.b", "message.echo-differs")];
        let causes = Causes::of(&BTreeMap::new(), Role::Client, &garbled);
        assert_eq!(causes.of_rule(V::TextNotUtf8, &seen(0, 0)), None);
        assert_eq!(causes.of_rule(V::MaskMissing, &seen(1, 1)), None);
        assert_eq!(
            causes.of_rule(V::TextNotUtf8, &seen(9, 9)).as_deref(),
            Some("message.b")
        );
    }

    /// A client that never masks is not excused by one wrong length.
    #[test]
    fn a_wrong_length_excuses_no_more_than_one_fault() {
        let lost = [failed("a", "framing.length"), failed("b", "framing.length")];
        let causes = Causes::of(&BTreeMap::new(), Role::Client, &lost);
        assert_eq!(
            causes.of_rule(V::MaskMissing, &seen(2, 2)).as_deref(),
            Some("a")
        );
        assert_eq!(causes.of_rule(V::MaskMissing, &seen(3, 3)), None);
        assert_eq!(causes.of_rule(V::AcceptWrong, &seen(1, 1)), None);
    }

    #[test]
    fn a_close_that_is_sent_back_has_one_cause() {
        let broken = [V::CloseCodeForbidden, V::CloseBodyOneByte].map(|rule| (rule, seen(2, 0)));
        let causes = Causes::of(&broken.into(), Role::Server, &[]);
        let row = |own| causes.of_rule(V::CloseBodyOneByte, &seen(2, own));
        assert_eq!(row(0).as_deref(), Some("passive.close-code-forbidden"));
        assert_eq!(row(1), None);
    }
}
