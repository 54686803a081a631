//! Which requirement a rule makes on the reader, to refuse what breaks it.

use wsspec_core::Violation as V;
use wsspec_vectors::Case;

/// The requirements on close codes without a meaning, by what they are.
const UNASSIGNED: [&str; 4] = [
    "RFC6455-7.4.2-3",
    "RFC6455-7.4.2-1",
    "RFC6455-7.4.2-6",
    "RFC6455-7.4.1-8",
];

/// The requirement on the reader to refuse what breaks a rule; of several, one that the case cites.
pub(super) fn of_reader(rule: V, case: &Case) -> &'static str {
    match rule {
        // No limit is broken by a length that is announced alone: it was misread.
        V::MessageTooBig => "RFC6455-5.2-9",
        V::CloseCodeForbidden => "RFC6455-7.4.1-6",
        V::CloseCodeUnassigned => UNASSIGNED
            .into_iter()
            .find(|id| case.cites(id))
            .unwrap_or(UNASSIGNED[0]),
        // Where the grammar is broken, the answer is what is owed.
        V::TargetMalformed | V::StartLineMalformed => "RFC6455-4.2.1-1",
        // The table has the requirement on the sender.
        V::DeflateUnfinished | V::DeflateBeyondWindow | V::DeflateBeyondMessage => {
            "RFC7692-7.2.2-2"
        }
        rule => rule.requirement(),
    }
}
