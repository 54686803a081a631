//! Words that only some transports have, and what goes with them.

use wsspec_core::Role;

use super::Mistake;
use super::names::names;
use crate::case::Need;
use crate::place::FieldPath;
use crate::{Case, Certificate, Eol, FieldValue, Head, Manual, Over, Step, Tls};

/// Names that are filled in in the URL that a client is told to open.
const URL_NAMES: &[&str] = &["host", "port", "target"];

pub(super) fn mistakes(case: &Case) -> Vec<Mistake> {
    let mut mistakes = Mistakes::default();
    keys(case, &mut mistakes);
    let mut conversations = 1;
    for (i, step) in case.steps.iter().enumerate() {
        let field = FieldPath::element("steps", i);
        if let Step::On(on, _) = step {
            let together = case.dial.as_ref().is_some_and(|dial| dial.times.is_some());
            mistakes.unless(
                together || *on <= conversations + 1,
                field.clone(),
                "`on` numbers conversations in the order in which they begin, without a gap",
            );
            conversations = conversations.max(*on);
        }
        step_mistakes(case, step.bare(), &field, &mut mistakes);
    }
    mistakes.0
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn unless(&mut self, holds: bool, field: impl Into<FieldPath>, message: &str) {
        if !holds {
            self.0.push((field.into(), message.to_owned()));
        }
    }
}

/// The keys of the case beside its steps.
fn keys(case: &Case, mistakes: &mut Mistakes) {
    let over_tls = case.over == Over::Tls;
    mistakes.unless(
        over_tls || case.tls.is_none(),
        "tls",
        "`tls` goes with `\"over\": \"tls\"`",
    );
    let needs_tls = case
        .needs
        .iter()
        .any(|need| matches!(need, Need::TlsOnly | Need::Verify));
    mistakes.unless(
        over_tls || !needs_tls,
        "needs",
        "`tls-only` and `verify` go with `\"over\": \"tls\"`",
    );
    mistakes.unless(
        case.over.has_streams() || !case.manual.contains(&Manual::Settings),
        "manual",
        "`settings` goes with `\"over\": \"h2\"` or `\"h3\"`",
    );
    if let Some(tls) = &case.tls {
        tls_mistakes(case, tls, mistakes);
    }
    if let Some(url) = case.dial.as_ref().and_then(|dial| dial.url.as_deref()) {
        mistakes.unless(
            names(url).all(|name| URL_NAMES.contains(&name)),
            "dial",
            "only {host}, {port} and {target} are filled in in a URL",
        );
    }
}

fn tls_mistakes(case: &Case, tls: &Tls, mistakes: &mut Mistakes) {
    mistakes.unless(
        tls.certificate == Certificate::Valid || !case.roles.contains(&Role::Server),
        "tls",
        "`certificate` goes with a client under test",
    );
    mistakes.unless(
        tls.sni.is_none() && tls.alpn.is_none() && !tls.clear
            || !case.roles.contains(&Role::Client),
        "tls",
        "`sni`, `alpn` and `clear` go with a server under test",
    );
    mistakes.unless(
        !(tls.clear && tls.instead.is_some()),
        "tls",
        "`clear` and `instead` exclude each other",
    );
}

fn step_mistakes(case: &Case, step: &Step, field: &FieldPath, mistakes: &mut Mistakes) {
    let streams = case.over.has_streams();
    match step {
        Step::Settings(_) => mistakes.unless(
            streams,
            field.clone(),
            "`settings` goes with `\"over\": \"h2\"` or `\"h3\"`",
        ),
        Step::Signal(signal) => mistakes.unless(
            signal.fits(case.over),
            field.clone(),
            "this `signal` does not exist over the transport of the case",
        ),
        Step::Send { pad: Some(_), .. } => mistakes.unless(
            case.over == Over::H2,
            field.clone(),
            "`pad` goes with `\"over\": \"h2\"`",
        ),
        Step::Open(head) | Step::Accept(head) if streams => {
            mistakes.unless(
                !is_text(head),
                field.clone(),
                "over h2 and h3 a head has no `version`, `reason`, `eol`, `raw` or `unfinished`",
            );
            mistakes.unless(
                has_lower_case_names(head),
                field.clone(),
                "over h2 and h3 `headers` are in lower case; write `lines` for a wrong one",
            );
        }
        Step::Expect(alternatives) => {
            for outcome in alternatives.iter() {
                let word = &outcome.word;
                mistakes.unless(
                    word.fits(case.over) || case.tunnels_tls() && word.fits(Over::Tls),
                    field.clone(),
                    "this outcome, or a code in it, does not exist over the transport of the case",
                );
            }
        }
        Step::Open(_)
        | Step::Accept(_)
        | Step::Send { pad: None, .. }
        | Step::Fin
        | Step::Rst
        | Step::ReadStop
        | Step::ReadGo
        | Step::Tell(_)
        | Step::On(..) => {}
    }
}

/// Whether a head uses what only the text form of HTTP/1.1 has.
fn is_text(head: &Head) -> bool {
    head.version.is_some()
        || head.reason.is_some()
        || head.raw.is_some()
        || head.unfinished
        || head.eol != Eol::Crlf
}

fn has_lower_case_names(head: &Head) -> bool {
    head.headers.iter().all(|(name, value)| {
        *value == FieldValue::Removed || !name.bytes().any(|b| b.is_ascii_uppercase())
    })
}
