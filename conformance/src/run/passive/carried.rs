//! The rules of HTTP/2 and HTTP/3 on every frame that the target sent.

use wsspec_core::http2::{Scope, Violation as V};
use wsspec_core::http3::{self, Violation as V3};
use wsspec_reports::Impact;

use crate::binding::CarrierRule;

/// The requirement that a rule checks.
pub(super) fn requirement(rule: CarrierRule) -> &'static str {
    match rule {
        CarrierRule::H2(violation) => of_http2(violation),
        CarrierRule::H3(violation) => of_http3(violation),
    }
}

fn of_http2(violation: V) -> &'static str {
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

fn of_http3(violation: V3) -> &'static str {
    match violation {
        V3::ConnectProtocolNotBoolean => return "RFC9220-3-1",
        V3::ProtocolNotAnnounced => return "RFC8441-3-3",
        V3::GoAwayWrongId => return "RFC9114-5.2-1",
        V3::FrameInTunnel => return "RFC9114-4.4-2",
        V3::ConnectWithoutTarget | V3::ProtocolWithoutConnect => return "RFC9220-3-2",
        _ => {}
    }
    let clause = violation.clause();
    match (clause.rfc, clause.section) {
        (9204, "4.2" | "4.3" | "4.4") => "RFC9204-4.2-1",
        (9204 | 7541, _) => "RFC9204-4.5-1",
        (9297, _) | (_, "7.2.4" | "7.2.4.1") => "RFC9114-7.2.4-1",
        (_, "4.2" | "10.3") => "RFC9114-4.2-1",
        (_, "4.3" | "4.3.1" | "4.3.2" | "4.5") => "RFC9114-4.3-1",
        (_, "4.4") => "RFC9114-4.4-1",
        (_, "5.2") => "RFC9114-5.2-1",
        (_, "6.1" | "6.2.1" | "6.2.2" | "4.6") => "RFC9114-6.2-1",
        (_, "7.1") => "RFC9114-7.1-1",
        (_, "4.1") => "RFC9114-4.1-1",
        // §7.2: which frame may be on which stream.
        _ => "RFC9114-7.2-1",
    }
}

/// How much a breach matters: an error of the connection ends every conversation on it.
pub(super) const fn impact(rule: CarrierRule) -> Impact {
    match rule {
        CarrierRule::H2(violation) => match violation.scope() {
            Scope::Connection => Impact::Interop,
            Scope::Stream | Scope::Nothing => Impact::Pedantic,
        },
        CarrierRule::H3(violation) => match violation.scope() {
            http3::Scope::Connection => Impact::Interop,
            http3::Scope::Stream => Impact::Pedantic,
        },
    }
}
