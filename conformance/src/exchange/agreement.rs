//! The opening handshake of a case that wants something agreed: what to offer or answer, and
//! whether it worked.

use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{NAME, ParameterFault, Parameters, Support};
use wsspec_core::handshake::Extension;
use wsspec_core::violation::Answer;
use wsspec_core::{Role, Violation};
use wsspec_vectors::{DeflateTerms, FieldValue, Head, Terms, WantedOffer, WantedOffers};

use super::reason::{Needs, OfferNeed, RequestReason};

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
    Support {
        server: context(terms.ours),
        client: context(terms.theirs),
    }
}

/// A head whose only extra field is this one.
pub(crate) fn head(parameters: Parameters) -> Head {
    let value = FieldValue::Lines(vec![parameters.to_string()]);
    Head {
        headers: vec![("Sec-WebSocket-Extensions".into(), value)],
        ..Head::default()
    }
}

/// What the case needs instead of what was agreed on, if that will not do.
pub(crate) fn unmet(terms: DeflateTerms, agreed: Option<Parameters>, suite: Role) -> Option<Needs> {
    let Some(agreed) = agreed else {
        return Some(Needs::Deflate);
    };
    (!keeps(terms, agreed, suite)).then_some(Needs::DeflateTerms(agreed))
}

/// Whether what was agreed on are these terms: we may do as much, the target no more.
pub(crate) fn keeps(terms: DeflateTerms, agreed: Parameters, suite: Role) -> bool {
    let (ours, theirs) = (agreed.context(suite), agreed.context(suite.peer()));
    !(terms.ours.takeover == Some(true) && !ours.takeover
        || terms
            .ours
            .window
            .is_some_and(|bits| ours.window_bits < bits)
        || terms
            .theirs
            .takeover
            .is_some_and(|takeover| takeover != theirs.takeover)
        || terms
            .theirs
            .window
            .is_some_and(|bits| theirs.window_bits > bits))
}

/// What the case needs a client to offer, if this one does not.
pub(crate) fn unoffered(wanted: &WantedOffers, offered: &[Extension]) -> Option<Needs> {
    wanted
        .iter()
        .find_map(|(name, wanted)| {
            let offers: Vec<&Extension> = offered.iter().filter(|e| e.name == *name).collect();
            match wanted {
                None => (!offers.is_empty()).then(|| OfferNeed::Without(name.clone())),
                Some(_) if offers.is_empty() => Some(OfferNeed::With(name.clone())),
                Some(WantedOffer::Any(_)) => None,
                Some(WantedOffer::With(parameters)) => {
                    let unmet = parameters.iter().find(|(parameter, wanted)| {
                        wanted.is_some() != has_parameter(&offers, parameter)
                    });
                    unmet.map(|(parameter, wanted)| OfferNeed::Parameter {
                        extension: name.clone(),
                        parameter: parameter.clone(),
                        wanted: wanted.is_some(),
                    })
                }
            }
        })
        .map(Needs::Offer)
}

fn has_parameter(offers: &[&Extension], parameter: &str) -> bool {
    offers
        .iter()
        .any(|offer| offer.parameters.iter().any(|(name, _)| name == parameter))
}

/// What is wrong with how a client offers permessage-deflate. A parameter that no one knows only
/// gets it declined.
pub(crate) fn bad_offer(offered: &[Extension]) -> Option<RequestReason> {
    let offers = offered.iter().filter(|offer| offer.name == NAME);
    let mut bad = offers.filter_map(|offer| Parameters::of_offer(offer).err());
    bad.find(|bad| bad.fault != ParameterFault::Unknown)
        .map(RequestReason::BadOffer)
}

/// Why the answer to our offer is no agreement to begin with, if it is a wrong one.
pub(crate) fn bad_answer(violations: &[Violation]) -> Option<Needs> {
    violations
        .iter()
        .copied()
        .filter(|violation| violation.clause().rfc == 7692)
        .find(|violation| violation.answer() != Answer::Nothing)
        .map(Needs::DeflateAnswer)
}

/// What we keep to: what was agreed on, and less where the case says so.
pub(crate) fn ours(terms: DeflateTerms, agreed: Context) -> Context {
    Context {
        takeover: agreed.takeover && terms.ours.takeover != Some(false),
        window_bits: terms
            .ours
            .window
            .map_or(agreed.window_bits, |bits| bits.min(agreed.window_bits)),
    }
}

fn context(terms: Terms) -> Context {
    Context {
        takeover: terms.takeover.unwrap_or(true),
        window_bits: terms.window.unwrap_or(15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One by one, as the server and as the client: what is wanted, what the side that it is about
    /// agreed to, and whether that will do.
    #[test]
    fn we_may_do_as_much_and_the_target_no_more() {
        let agreed = |takeover, window_bits| Context {
            takeover,
            window_bits,
        };
        let takeover = |wanted| Terms {
            takeover: Some(wanted),
            window: None,
        };
        let window = |bits| Terms {
            takeover: None,
            window: Some(bits),
        };
        for (wanted, agreed, ours, theirs) in [
            (Terms::default(), agreed(false, 8), true, true),
            (takeover(true), agreed(true, 15), true, true),
            (takeover(true), agreed(false, 15), false, false),
            (takeover(false), agreed(true, 15), true, false),
            (takeover(false), agreed(false, 15), true, true),
            (window(10), agreed(true, 9), false, true),
            (window(10), agreed(true, 10), true, true),
            (window(10), agreed(true, 11), true, false),
        ] {
            for suite in [Role::Server, Role::Client] {
                let of_ours = DeflateTerms {
                    ours: wanted,
                    theirs: Terms::default(),
                };
                assert_eq!(
                    keeps(of_ours, Parameters::keeping(suite, agreed), suite),
                    ours,
                    "{wanted:?} {agreed:?}"
                );
                let of_theirs = DeflateTerms {
                    ours: Terms::default(),
                    theirs: wanted,
                };
                let found = keeps(of_theirs, Parameters::keeping(suite.peer(), agreed), suite);
                assert_eq!(found, theirs, "{wanted:?} {agreed:?}");
            }
        }
    }
}
