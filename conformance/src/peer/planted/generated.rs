//! The faults made from the table of violations: for each violation that calls for an answer, a
//! peer that ignores it and a peer that goes silent.

use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::policy::Reaction::{self, Ignore, Stall};
use wsspec_core::violation::{Answer, Violation as V};
use wsspec_reports::Verdict::{self, Fail, Informational, NonStrict, Pass};

use super::builders::{FLAG_OFFER, PLAIN_OFFER, WINDOW_OFFER, reacts};
use super::fault::PlantedFault;

/// Violations that cannot be ignored, since nothing after them can be read.
const UNREADABLE: &[V] = &[
    V::HeadTooLarge,
    V::LineEndBare,
    V::StartLineMalformed,
    V::FieldMalformed,
];

/// The verdict that a generated fault deserves where it is not a failure, and the cases meant for
/// it where they cite another requirement.
#[rustfmt::skip]
const EXCEPTIONS: &[(V, Reaction, Verdict, &str)] = &[
    (V::TargetMalformed, Ignore, NonStrict, "handshake.request-line.target-*"),
    (V::KeyRepeated, Ignore, NonStrict, "handshake.key.twice-*"),
    (V::VersionRepeated, Ignore, NonStrict, "handshake.version.*"),
    (V::SubprotocolMalformed, Ignore, Pass, "handshake.subprotocol.*"),
    (V::ExtensionMalformed, Ignore, NonStrict, "*.malformed-*"),
    (V::BodyPresent, Ignore, NonStrict, "handshake.headers.body-*"),
    (V::StatusNot101, Ignore, Informational, "client.response.status-*"),
    (V::ResponseVersionTooLow, Ignore, Pass, "client.response.http-1-0"),
    (V::AcceptRepeated, Ignore, NonStrict, "client.response.accept-twice-*"),
    (V::SubprotocolRepeated, Ignore, NonStrict, "client.subprotocol.chosen-twice-*"),
    (V::SubprotocolRepeated, Stall, Informational, "client.subprotocol.chosen-twice-*"),
    // Waiting for CRLF is allowed, and an ordinary HTTP answer need not end the connection.
    (V::LineEndBare, Stall, Pass, "handshake.malformed.*"),
    (V::StatusNot101, Stall, Informational, "client.response.status-*"),
    (V::ResponseVersionTooLow, Stall, Informational, "client.response.http-1-0"),
    // Some cases let a client accept these.
    (V::AcceptRepeated, Stall, Informational, "client.response.accept-twice-*"),
    (V::ExtensionRepeated, Stall, Informational, "deflate.negotiation.client-accepted-twice"),
    (V::DeflateParameterIgnored, Stall, Informational, "deflate.negotiation.client-asked-*"),
    (V::DeflateWindowLarger, Ignore, Informational, "deflate.negotiation.client-asked-*"),
    (V::DeflateWindowLarger, Stall, Informational, "deflate.negotiation.client-asked-*"),
    (V::DeflateParameterUnoffered, Stall, Informational,
        "deflate.negotiation.client-window-unoffered"),
    (V::HeadTooLarge, Stall, Fail, "handshake.*"),
    (V::StartLineMalformed, Stall, Fail, "handshake.*"),
    (V::TargetMalformed, Stall, Fail, "handshake.resource.*"),
];

/// The generated faults. Violations that a row of the catalogue ignores are not ignored again.
pub(super) fn faults(rows: &[PlantedFault]) -> Vec<PlantedFault> {
    // MessageTooBig shows only in a peer with a small limit, which has rows of its own.
    let answered: Vec<V> = V::ALL
        .iter()
        .copied()
        .filter(|v| v.answer() != Answer::Nothing && *v != V::MessageTooBig)
        .collect();
    let listed: Vec<V> = rows.iter().filter_map(PlantedFault::ignored).collect();
    let ignoring = answered
        .iter()
        .filter(|v| !listed.contains(v) && !UNREADABLE.contains(v))
        .map(|v| generated(*v, Ignore, "ignored", "goes on although"));
    let silent = answered
        .iter()
        .map(|v| generated(*v, Stall, "stalls", "goes silent when"));
    ignoring.chain(silent).collect()
}

fn generated(violation: V, reaction: Reaction, suffix: &str, about: &str) -> PlantedFault {
    let exception = EXCEPTIONS
        .iter()
        .find(|(v, r, ..)| *v == violation && *r == reaction);
    // A client that has to fail its opening but keeps TCP opens nothing, which is what matters.
    let keeps_tcp = violation.answer() == Answer::Abort && reaction == Stall;
    let worst = if keeps_tcp { NonStrict } else { Fail };
    let fault = reacts("", violation, reaction, "");
    PlantedFault {
        name: format!("{}-{suffix}", violation.name()).into(),
        about: format!("{about} {}", violation.meaning()).into(),
        meant: exception.map_or(fault.meant, |(.., cases)| Some(*cases)),
        worst: exception.map_or(worst, |(_, _, worst, _)| *worst),
        offers: offers_for(violation),
        subprotocols: &[],
        guards: false,
        ..fault
    }
}

/// What a client has to offer so that an answer can have this violation.
fn offers_for(violation: V) -> Option<&'static [Parameters]> {
    match violation {
        V::DeflateParameterUnoffered => Some(PLAIN_OFFER),
        V::DeflateParameterIgnored => Some(FLAG_OFFER),
        V::DeflateWindowLarger => Some(WINDOW_OFFER),
        _ => None,
    }
}
