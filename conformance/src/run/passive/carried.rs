//! The rules of HTTP/2 on every frame that the target sent.

use wsspec_core::http2::{Scope, Violation as V};
use wsspec_reports::Impact;

/// The requirement that a rule checks.
pub(crate) fn requirement(violation: V) -> &'static str {
    match violation {
        V::ConnectProtocolNotBoolean => return "RFC8441-3-1",
        V::ConnectProtocolWithdrawn => return "RFC8441-3-4",
        V::ProtocolNotAnnounced => return "RFC8441-3-3",
        V::ConnectWithoutTarget | V::ProtocolWithoutConnect => return "RFC8441-4-2",
        _ => {}
    }
    let clause = violation.clause();
    match (clause.rfc, clause.section) {
        (7541, _) | (_, "4.3" | "4.3.1" | "6.10") => "RFC9113-4.3-1",
        (_, "3.4") => "RFC9113-3.4-1",
        (_, "4.1" | "4.2") => "RFC9113-4.2-1",
        (_, "5.1.1" | "5.1.2") => "RFC9113-5.1.1-1",
        (_, "6.1" | "6.2") => "RFC9113-6.1-1",
        (_, "6.5" | "6.5.2") => "RFC9113-6.5.2-1",
        (_, "6.6" | "8.4") => "RFC9113-8.4-1",
        (_, "6.8") => "RFC9113-6.8-1",
        (_, "6.9" | "6.9.1" | "6.9.2") => "RFC9113-6.9.1-1",
        (_, "8.1" | "8.1.1" | "8.3" | "8.3.1" | "8.3.2" | "8.6") => "RFC9113-8.1-1",
        (_, "8.2.1") => "RFC9113-8.2.1-1",
        (_, "8.2.2") => "RFC9113-8.2.2-1",
        (_, "8.5") => "RFC9113-8.5-1",
        _ => "RFC9113-5.1-1",
    }
}

/// How much a breach matters: an error of the connection ends every conversation on it.
pub(super) const fn impact(violation: V) -> Impact {
    match violation.scope() {
        Scope::Connection => Impact::Interop,
        Scope::Stream | Scope::Nothing => Impact::Pedantic,
    }
}
