//! The rules on heads that are passive only where no case runs. In a case, the expectation of a head
//! says what is wrong with it.

use wsspec_core::violation::Violation as V;
use wsspec_reports::Impact;

use super::rules::{Binds, Rule};

/// A rule on the opening request.
const fn request(violation: V, requirement: &'static str, about: &'static str) -> Rule {
    Rule {
        violation,
        requirement,
        impact: Impact::Interop,
        about,
        binds: Binds::Client,
    }
}

/// A rule on the 101.
const fn answer(violation: V, requirement: &'static str, about: &'static str) -> Rule {
    Rule {
        binds: Binds::Server,
        ..request(violation, requirement, about)
    }
}

/// The rules.
pub(super) const RULES: &[Rule] = &[
    request(
        V::MethodNotGet,
        "RFC6455-4.1-16",
        "The method of the request is GET.",
    ),
    request(
        V::HttpVersionTooLow,
        "RFC6455-4.1-17",
        "The request is one of HTTP/1.1 at least.",
    ),
    request(
        V::TargetMalformed,
        "RFC6455-4.1-18",
        "The request target is a path or an absolute URI.",
    ),
    request(V::HostMissing, "RFC6455-4.1-19", "The request has a Host."),
    request(
        V::HostInvalid,
        "RFC6455-4.1-19",
        "The request has one Host, which is a host and a port.",
    ),
    request(
        V::UpgradeMissing,
        "RFC6455-4.1-20",
        "The Upgrade of the request names websocket.",
    ),
    request(
        V::ConnectionMissing,
        "RFC6455-4.1-21",
        "The Connection of the request lists Upgrade.",
    ),
    request(
        V::KeyMissing,
        "RFC6455-4.1-22",
        "The request has a Sec-WebSocket-Key.",
    ),
    request(
        V::KeyMalformed,
        "RFC6455-4.1-22",
        "The Sec-WebSocket-Key is the base64 of 16 bytes.",
    ),
    request(
        V::KeyRepeated,
        "RFC6455-11.3.1-1",
        "The request has one Sec-WebSocket-Key.",
    ),
    request(
        V::VersionMissing,
        "RFC6455-4.1-26",
        "The request has a Sec-WebSocket-Version.",
    ),
    request(
        V::VersionUnsupported,
        "RFC6455-4.1-26",
        "The Sec-WebSocket-Version is 13.",
    ),
    request(
        V::VersionRepeated,
        "RFC6455-11.3.5-2",
        "The request has one Sec-WebSocket-Version.",
    ),
    request(
        V::SubprotocolMalformed,
        "RFC6455-4.1-28",
        "The subprotocols offered are distinct tokens.",
    ),
    request(
        V::ExtensionMalformed,
        "RFC6455-9.1-1",
        "The extensions offered follow the grammar.",
    ),
    request(V::BodyPresent, "RFC6455-4.1-15", "The request has no body."),
    request(
        V::LineEndBare,
        "RFC6455-4.1-15",
        "The lines of the request end with CR LF.",
    ),
    request(
        V::FieldMalformed,
        "RFC6455-4.1-15",
        "The fields of the request follow the grammar.",
    ),
    request(
        V::StartLineMalformed,
        "RFC6455-4.1-15",
        "The first line of the request is one of HTTP.",
    ),
    answer(
        V::FieldMalformed,
        "RFC6455-4.2.2-15",
        "The fields of the 101 follow the grammar.",
    ),
];
