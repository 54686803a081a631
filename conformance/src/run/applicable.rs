//! What the probe of a target says about a case before and after it is run.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation;
use wsspec_reports::{MessageBehaviour, Verdict};
use wsspec_vectors::{Case, FieldValue, Head, Need, Step};

use super::passive;
use super::probe::Probed;
use crate::exchange::{Breakdown, Conclusion, Needs, Reason, looks_on};

/// The verdict on a case that need not be run on such a target, if there is one.
pub(crate) fn without_running(
    case: &Case,
    role: Role,
    probed: &Probed,
) -> Option<(Verdict, Reason)> {
    let probe = &probed.found;
    if !case.roles.contains(&role) {
        return Some((Verdict::Skipped, Needs::Role(role.peer()).into()));
    }
    if let Some(Reason::Needs(needs)) = &probed.trouble {
        // The target cannot do it, which is no error of it.
        return (!looks_on(case)).then(|| (Verdict::Skipped, needs.clone().into()));
    }
    if case.needs.contains(&Need::Echo) && probe.peer != MessageBehaviour::Echo {
        return Some((Verdict::Skipped, Needs::Echo.into()));
    }
    // What a client offers is seen in each request of its own.
    let deflates = role == Role::Client
        || probe
            .extensions
            .as_deref()
            .is_some_and(|extensions| extensions.contains(negotiation::NAME));
    if (case.needs.contains(&Need::Deflate) || case.agree.is_some()) && !deflates {
        return Some((Verdict::Skipped, Needs::Deflate.into()));
    }
    let trouble = probed.trouble.as_ref()?;
    (probed.mute || !case.states_opening()).then(|| match trouble {
        // It has no fault: it is asked for what it does not have.
        Reason::Needs(_) => (Verdict::Skipped, trouble.clone()),
        trouble => (Verdict::Error, no_plain_connection(trouble)),
    })
}

/// Where no plain connection works, a case that fails for that same reason says nothing of its own,
/// unless the reason is what it is about.
pub(crate) fn consequence(
    mut conclusion: Conclusion,
    case: &Case,
    trouble: Option<&Reason>,
) -> Conclusion {
    let (Some(trouble), Verdict::Fail, Some(reason)) =
        (trouble, conclusion.verdict, &conclusion.reason)
    else {
        return conclusion;
    };
    let about_it = trouble.broken_rule().is_some_and(|violation| {
        passive::requirements_of(violation).any(|requirement| case.cites(requirement))
    });
    // A second connection is a plain one.
    let follows = reason.contains(trouble) || reason.contains(&Reason::NotServed);
    // A plain opening that is there and worth nothing is what such a case is about; a refusal may
    // have its reasons.
    let opening = case.steps.first().is_some_and(is_plain_opening) && !conclusion.opening.declines;
    if follows && !about_it && !opening {
        conclusion.verdict = Verdict::Error;
        conclusion.reason = Some(no_plain_connection(trouble));
    }
    conclusion
}

fn no_plain_connection(trouble: &Reason) -> Reason {
    Breakdown::NoPlainConnectionWorks(Box::new(trouble.clone())).into()
}

fn is_plain_opening(step: &Step) -> bool {
    let (Step::Open(head) | Step::Accept(head)) = step else {
        return false;
    };
    // No extensions are offered to begin with.
    let removes_extensions = head
        .headers
        .iter()
        .all(|(name, value)| name == "Sec-WebSocket-Extensions" && *value == FieldValue::Removed);
    let rest = Head {
        headers: Vec::new(),
        ..(**head).clone()
    };
    removes_extensions && rest == Head::default()
}
