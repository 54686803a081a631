//! Which requirement a rule makes on whom: on the reader to refuse what breaks it, and on a client
//! whose request breaks it.

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

/// The requirement on the request of a client.
pub(super) fn of_client(fault: V) -> Option<&'static str> {
    Some(match fault {
        V::MethodNotGet => "RFC6455-4.1-16",
        V::HttpVersionTooLow => "RFC6455-4.1-17",
        V::TargetMalformed => "RFC6455-4.1-18",
        V::HostMissing | V::HostInvalid => "RFC6455-4.1-19",
        V::UpgradeMissing => "RFC6455-4.1-20",
        V::ConnectionMissing => "RFC6455-4.1-21",
        V::KeyMissing | V::KeyMalformed => "RFC6455-4.1-22",
        V::VersionMissing | V::VersionUnsupported => "RFC6455-4.1-26",
        V::VersionRepeated => "RFC6455-11.3.5-2",
        V::KeyRepeated => "RFC6455-11.3.1-1",
        V::SubprotocolMalformed => "RFC6455-4.1-28",
        V::BodyPresent | V::LineEndBare | V::FieldMalformed | V::StartLineMalformed => {
            "RFC6455-4.1-15"
        }
        _ => return None,
    })
}
