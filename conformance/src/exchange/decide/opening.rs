//! Words about the opening handshake, of servers and of clients.

use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::violation::{Answer, Violation};
use wsspec_core::{Role, handshake::Extension};
use wsspec_vectors::{Agreed, Codes, Demand, Grade, OpenedFields, RequestedFields};

use super::fields::{text, unmet};
use super::{Assessment, Evidence, Impossible, Matches, Open, impossible, soft};
use crate::binding::{HeadKind, ReceivedHead, RequestLine};
use crate::exchange::agreement;
use crate::exchange::reason::{
    FieldReason, Lost, OpeningReason, Particular, Reason, RequestReason,
};

pub(super) fn opened(
    fields: &OpenedFields,
    demands: &[(String, Demand)],
    e: &Evidence<'_>,
) -> Assessment {
    let Some(head) = &e.view.head else {
        return match (e.view.lost(), e.late) {
            (Some(lost), _) => impossible(lost),
            (None, true) => impossible(OpeningReason::NoAnswer),
            (None, false) => Open,
        };
    };
    let status = match &head.kind {
        HeadKind::Request(_) => return offered(fields, &head.offers),
        HeadKind::Answer(status) => status,
    };
    if !status.opens {
        return impossible(Lost::Refused(status.clone()));
    }
    let hard = head
        .violations
        .iter()
        .find(|violation| violation.answer() != Answer::Nothing && !is_soft(**violation));
    if let Some(violation) = hard {
        let particular = Particular::of(*violation, &head.key, |name| head.field(name).collect());
        return Impossible(Reason::Broke(*violation, particular));
    }
    if let Some(reason) = unmet_terms(fields, head, e) {
        return impossible(reason);
    }
    if let Some(reason) = unmet(demands, e) {
        return impossible(OpeningReason::Field(reason));
    }
    match head.violations.iter().find(|v| is_soft(**v)) {
        Some(violation) => soft(Grade::NonStrict, Reason::Deviates(*violation)),
        None => Matches(None),
    }
}

/// Clients take a 101 under HTTP/1.0 as well, and no answer to a window of 15, which means the
/// same.
fn is_soft(violation: Violation) -> bool {
    matches!(
        violation,
        Violation::ResponseVersionTooLow | Violation::DeflateWindowUnanswered
    )
}

/// What was agreed on other than the case wants.
fn unmet_terms(
    fields: &OpenedFields,
    head: &ReceivedHead,
    e: &Evidence<'_>,
) -> Option<OpeningReason> {
    for (name, wanted) in [
        ("Sec-WebSocket-Protocol", &fields.subprotocol),
        ("Sec-WebSocket-Extensions", &fields.extensions),
    ] {
        let found = head.field_of(name).next().map(text);
        if let Some(wanted) = wanted
            && *wanted != found
        {
            return Some(OpeningReason::Field(FieldReason::Value {
                name: name.to_owned(),
                found,
                wanted: wanted.clone(),
            }));
        }
    }
    let wanted = fields.deflate?;
    let met = has_terms(wanted, head.terms, e.setup.suite());
    (!met).then_some(OpeningReason::Deflate(head.terms))
}

fn has_terms(wanted: Option<Agreed>, agreed: Option<Parameters>, suite: Role) -> bool {
    match wanted {
        None => agreed.is_none(),
        Some(Agreed::Any(_)) => agreed.is_some(),
        Some(Agreed::With(terms)) => {
            agreed.is_some_and(|agreed| agreement::keeps(terms, agreed, suite))
        }
    }
}

/// What a client offers; its request is there.
fn offered(fields: &OpenedFields, offers: &[Extension]) -> Assessment {
    let offers_it = offers.iter().any(|offer| offer.name == negotiation::NAME);
    match fields.deflate {
        Some(None) if offers_it => impossible(RequestReason::OffersDeflate),
        Some(Some(_)) if !offers_it => impossible(RequestReason::OffersNoDeflate),
        Some(Some(_)) => agreement::bad_offer(offers).map_or(Matches(None), impossible),
        _ => Matches(None),
    }
}

pub(super) fn refused(codes: &Codes, demands: &[(String, Demand)], e: &Evidence<'_>) -> Assessment {
    let head = e.view.head.as_ref();
    let Some(HeadKind::Answer(status)) = head.map(|head| &head.kind) else {
        return match (e.view.garbage, e.view.end, e.late) {
            (Some(_), _, _) => soft(Grade::NonStrict, OpeningReason::RefusedWithGarbage),
            (None, Some(_), _) if codes.contains_none() => Matches(None),
            (None, Some(_), _) => soft(Grade::NonStrict, OpeningReason::EndedUnanswered),
            (None, None, true) => impossible(OpeningReason::NoAnswer),
            (None, None, false) => Open,
        };
    };
    // An answer that opens is no refusal, but for the one to another protocol that an alternative
    // lists.
    let listed = matches!(codes, Codes::These(_) if codes.contains(status.code));
    if status.opens && !listed {
        // A 101 to another protocol, such as a draft of this one, opens no WebSocket.
        let elsewhere =
            |head: &ReceivedHead| !head.frames_follow && head.field("upgrade").next().is_some();
        if head.is_some_and(elsewhere) {
            return soft(
                Grade::Informational,
                OpeningReason::OpenedElsewhere(status.clone()),
            );
        }
        return impossible(OpeningReason::Opened(status.clone()));
    }
    match unmet(demands, e) {
        Some(reason) => impossible(OpeningReason::RefusedWithout(status.clone(), reason)),
        None if codes.contains(status.code) => Matches(None),
        None => soft(Grade::NonStrict, OpeningReason::Refused(status.clone())),
    }
}

/// The client has not asked, not even badly: nothing came, or bytes that are no text, such as a TLS
/// hello.
pub(super) fn not_requested(e: &Evidence<'_>) -> Assessment {
    if let Some(line) = request_line(e) {
        return impossible(RequestReason::Asked(line.to_string()));
    }
    if e.binding.began_asking() {
        return impossible(RequestReason::BeganToAsk);
    }
    if e.view.end.is_some() || e.view.garbage.is_some() || e.late {
        return Matches(None);
    }
    Open
}

pub(super) fn requested(
    wanted: &RequestedFields,
    demands: &[(String, Demand)],
    e: &Evidence<'_>,
) -> Assessment {
    let (Some(head), Some(line)) = (&e.view.head, request_line(e)) else {
        return match (e.view.garbage, e.view.end) {
            (Some(fault), _) => impossible(RequestReason::Broken(fault)),
            (None, Some(end)) => impossible(RequestReason::Ended(end)),
            (None, None) if e.late => impossible(RequestReason::None),
            (None, None) => Open,
        };
    };
    let broken = head
        .violations
        .iter()
        .find(|violation| wanted.without.contains(**violation));
    if let Some(violation) = broken {
        let particular = Particular::of(*violation, &head.key, |name| head.field(name).collect());
        return Impossible(Reason::Broke(*violation, particular));
    }
    // The URL that was dialled need not name us.
    let host = head.field("host").next().map_or(e.setup.host.clone(), text);
    let target = resource(&line.target, &host);
    let other = differs("method", &line.method, wanted.method.as_deref(), e)
        .or_else(|| differs("version", &line.version, wanted.version.as_deref(), e))
        .or_else(|| differs("target", &target, wanted.target.as_deref(), e))
        .or_else(|| unmet(demands, e).map(RequestReason::Field));
    other.map_or(Matches(None), impossible)
}

fn request_line<'a>(e: &'a Evidence<'_>) -> Option<&'a RequestLine> {
    e.view.head.as_ref()?.request_line()
}

fn differs(
    part: &'static str,
    found: &str,
    wanted: Option<&str>,
    e: &Evidence<'_>,
) -> Option<RequestReason> {
    let wanted = e.binding.fill(wanted?, e.setup);
    (found != wanted).then(|| RequestReason::Line {
        part,
        found: found.to_owned(),
        wanted,
    })
}

/// The resource name that a request target stands for: without the authority of an absolute URI,
/// which is that of the Host field, and with the hex digits of escapes in upper case, which mean
/// the same (RFC 6455 §4.1, RFC 3986 §6.2.2.1).
fn resource(target: &str, host: &str) -> String {
    let absolute = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| target.strip_prefix(scheme)?.strip_prefix(host));
    let mut digits = 0;
    let mut normalized = String::new();
    for c in absolute.unwrap_or(target).chars() {
        normalized.push(if digits > 0 {
            c.to_ascii_uppercase()
        } else {
            c
        });
        digits = if c == '%' { 2 } else { digits.max(1) - 1 };
    }
    normalized
}
