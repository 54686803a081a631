//! Words that only some transports have, and what goes with them.

use wsspec_core::Role;

use crate::case::Need;
use crate::{Case, FieldValue, Head, Manual, Over, Step};

/// Names that stand for something in the URL that a client is told to dial.
const URL_NAMES: &[&str] = &["host", "port", "target"];

/// What is wrong with a case, and where.
pub(super) fn faults(case: &Case) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let mut wants = |field: &str, holds: bool, message: &str| {
        if !holds {
            faults.push((field.to_owned(), message.to_owned()));
        }
    };
    wants(
        "tls",
        case.tls.is_none() || case.over == Over::Tls,
        "`tls` goes with `over: tls`",
    );
    let of_tls = case
        .needs
        .iter()
        .any(|need| matches!(need, Need::TlsOnly | Need::Verify));
    wants(
        "needs",
        !of_tls || case.over == Over::Tls,
        "`tls-only` and `verify` go with `over: tls`",
    );
    let streams = case.over.has_streams();
    wants(
        "manual",
        streams || !case.manual.contains(&Manual::Settings),
        "`settings` are those of h2 and h3",
    );
    if let Some(tls) = &case.tls {
        let client = tls.certificate != crate::Certificate::Right;
        let server = tls.sni.is_some() || tls.clear;
        wants(
            "tls",
            !client || !case.roles.contains(&Role::Server),
            "a certificate is shown to a client",
        );
        wants(
            "tls",
            !server || !case.roles.contains(&Role::Client),
            "`sni` and `clear` are for a server under test",
        );
        wants(
            "tls",
            !(tls.clear && tls.instead.is_some()),
            "`clear` or `instead`",
        );
    }
    if let Some(url) = case.dial.as_ref().and_then(|dial| dial.url.as_deref()) {
        let name = super::names(url).find(|name| !URL_NAMES.contains(name));
        wants(
            "dial",
            name.is_none(),
            "a URL knows {host}, {port} and {target}",
        );
    }
    let mut conversations = 1;
    for (i, step) in case.steps.iter().enumerate() {
        let field = format!("steps[{i}]");
        if let Step::On(on, _) = step {
            let together = case.dial.as_ref().is_some_and(|dial| dial.times.is_some());
            wants(
                &field,
                together || *on <= conversations + 1,
                "`on` counts without a gap",
            );
            conversations = conversations.max(*on);
        }
        match step.bare() {
            Step::Settings(_) => wants(&field, streams, "`settings` are those of h2 and h3"),
            Step::Send { pad: Some(_), .. } => {
                wants(&field, case.over == Over::H2, "`pad` goes with `over: h2`")
            }
            Step::Open(head) | Step::Accept(head) if streams => {
                wants(
                    &field,
                    !is_text(head),
                    "no head over h2 or h3 has a version, a reason, line ends or bytes",
                );
                wants(
                    &field,
                    lower_case(head),
                    "over h2 and h3 `headers` are in lower case; write `lines` for a wrong one",
                );
            }
            Step::Expect(alternatives) => {
                for outcome in alternatives.iter() {
                    wants(
                        &field,
                        outcome.word.fits(case.over),
                        "this outcome, or a code in it, is not one of the transport",
                    );
                }
            }
            _ => {}
        }
    }
    faults
}

/// Whether a head asks for what only the text of HTTP/1.1 has.
fn is_text(head: &Head) -> bool {
    let text = head.version.is_some() || head.reason.is_some() || head.raw.is_some();
    text || head.unfinished || head.eol != crate::Eol::Crlf
}

fn lower_case(head: &Head) -> bool {
    let lower = |name: &String| !name.bytes().any(|b| b.is_ascii_uppercase());
    head.headers
        .iter()
        .all(|(name, value)| lower(name) || *value == FieldValue::Removed)
}
