//! The opening handshake of a case that wants something agreed: what to offer or answer, and whether it worked.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{Parameters, Support};

use crate::vector::{DeflateTerms, FieldValue, Head, Terms};

/// What a client offers to get these terms.
pub(crate) fn offer(terms: DeflateTerms) -> Parameters {
    Parameters {
        server_no_context_takeover: terms.theirs.takeover == Some(false),
        client_no_context_takeover: terms.ours.takeover == Some(false),
        server_max_window_bits: terms.theirs.window,
        client_max_window_bits: terms.ours.window.map(Some),
    }
}

/// What a server takes on to get these terms.
pub(crate) fn support(terms: DeflateTerms) -> Support {
    Support { server: context(terms.ours), client: context(terms.theirs) }
}

/// A head whose only extra field is this one.
pub(crate) fn head(parameters: Parameters) -> Head {
    let value = FieldValue::Lines(vec![parameters.to_string()]);
    Head { headers: vec![("Sec-WebSocket-Extensions".into(), value)], ..Head::default() }
}

/// Why what was agreed on is not what the case needs, if it is not.
pub(crate) fn unmet(terms: DeflateTerms, agreed: Option<Parameters>, suite: Role) -> Option<String> {
    let Some(agreed) = agreed else {
        return Some("needs a target that agrees on permessage-deflate".into());
    };
    let (ours, theirs) = (agreed.context(suite), agreed.context(suite.peer()));
    let unmet = terms.ours.takeover == Some(true) && !ours.takeover
        || terms.ours.window.is_some_and(|bits| ours.window_bits < bits)
        || terms.theirs.takeover.is_some_and(|takeover| takeover != theirs.takeover)
        || terms.theirs.window.is_some_and(|bits| theirs.window_bits > bits);
    unmet.then(|| format!("needs other terms of permessage-deflate than the target agrees on: {agreed}"))
}

/// What we keep to: what was agreed on, and less where the case says so.
pub(crate) fn ours(terms: DeflateTerms, agreed: Context) -> Context {
    Context {
        takeover: agreed.takeover && terms.ours.takeover != Some(false),
        window_bits: terms.ours.window.map_or(agreed.window_bits, |bits| bits.min(agreed.window_bits)),
    }
}

fn context(terms: Terms) -> Context {
    Context { takeover: terms.takeover.unwrap_or(true), window_bits: terms.window.unwrap_or(15) }
}
