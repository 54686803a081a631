//! What many cases rest on: the simplest conversations with each thing that a library has to deal
//! with. Each is a case of its own; where it fails, one that contains it says nothing more.

use std::sync::LazyLock;

use wsspec_core::Violation as V;
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Corpus, Over};

use super::citation::{cause, root};
use super::contents::Contents;
use crate::exchange::{ClosingReason, Conclusion, Lost, OpeningReason, Reason, RequestReason};

/// A case that others rest on.
struct Premise {
    id: &'static str,
    /// What it contains.
    contents: Contents,
    /// How another case fails that says nothing more.
    likeness: Likeness,
}

/// How a case fails that rests on one that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// For the same cause.
    Cause,
    /// In the same way, whatever it is about.
    Way,
    /// At a request of the client, where what comes is none.
    Request,
    /// By going on as if nothing were wrong.
    GoingOn,
}

const fn premise(id: &'static str, contents: Contents, likeness: Likeness) -> Premise {
    Premise {
        id,
        contents,
        likeness,
    }
}

/// The premises, simple ones first.
#[rustfmt::skip] // a table
const PREMISES: &[Premise] = &[
    premise("client.request.right", Contents::REQUEST, Likeness::Request),
    premise("client.request.target", Contents::REQUEST, Likeness::Cause),
    premise("client.request.target-path", Contents::REQUEST, Likeness::Cause),
    premise("client.request.target-query", Contents::REQUEST, Likeness::Cause),
    premise("client.request.host", Contents::REQUEST, Likeness::Cause),
    premise("handshake.headers.unknown-x", Contents::HEAD, Likeness::Way),
    premise("handshake.resource.query-plain", Contents::TARGET, Likeness::Way),
    premise("client.response.nothing-right", Contents::WRONG_ANSWER, Likeness::GoingOn),
    premise("client.response.status-404", Contents::OTHER_STATUS, Likeness::GoingOn),
    premise("client.response.unknown-x", Contents::HEAD, Likeness::Way),
    premise("h2.connect.plain", Contents::STREAM, Likeness::Way),
    premise("h3.connect.plain", Contents::STREAM, Likeness::Way),
    premise("message.plain-text", Contents::MESSAGE, Likeness::Cause),
    premise("message.plain-binary", Contents::BINARY, Likeness::Cause),
    premise("message.plain-empty-text", Contents::EMPTY, Likeness::Cause),
    premise("control.ping-text", Contents::PING, Likeness::Cause),
    premise("control.pong-unsolicited-heartbeat", Contents::PONG, Likeness::Cause),
    premise("fragmentation.two-text", Contents::FRAGMENTS, Likeness::Cause),
    premise("deflate.data.example-one-block", Contents::COMPRESSION, Likeness::Cause),
    premise("fragmentation.ping-between-one-write", Contents::FRAGMENTS.and(Contents::PING), Likeness::Cause),
    premise("deflate.data.example-fragmented", Contents::COMPRESSION.and(Contents::FRAGMENTS), Likeness::Cause),
    premise("close.handshake.at-once", Contents::CLOSE, Likeness::Cause),
];

static CASES: LazyLock<Vec<(Case, &'static Premise)>> = LazyLock::new(cases);

/// The premise that contains this and nothing else.
pub(super) fn premise_of(contents: Contents) -> Option<&'static Case> {
    let mut cases = CASES.iter();
    cases
        .find(|(_, premise)| premise.contents == contents)
        .map(|(case, _)| case)
}

/// The premises of a case, simple ones first.
pub(super) fn premises_of(case: &Case) -> impl Iterator<Item = (&'static Case, Likeness)> {
    let (contents, over) = (Contents::of(case), case.over);
    CASES
        .iter()
        .filter(move |(_, premise)| contents.contains(premise.contents))
        // A premise over a transport is one of the cases over it.
        .filter(move |(premise, _)| [Over::Tcp, over].contains(&premise.over))
        .map(|(case, premise)| (case, premise.likeness))
        .take_while({
            let id = case.id.clone();
            move |(premise, _)| premise.id != id
        })
}

fn cases() -> Vec<(Case, &'static Premise)> {
    let corpus = Corpus::embedded().unwrap_or_default();
    let named = |id: &str| corpus.cases.iter().find(|case| case.id == id);
    PREMISES
        .iter()
        .filter_map(|premise| Some(((**named(premise.id)?).clone(), premise)))
        .collect()
}

/// How a premise fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    cause: String,
    way: Option<Way>,
    /// What came is no request.
    no_request: bool,
    /// What came has no key: no answer can be right.
    no_key: bool,
}

/// How an opening goes wrong, whatever it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A request is not answered.
    Unanswered,
    /// A request is refused.
    Refused,
    /// The connection ends.
    Ended,
    /// The connection is open, and the target silent.
    Deaf,
}

impl Broken {
    /// What broke in a premise, if it fails.
    pub(super) fn of(tried: &Conclusion) -> Option<Broken> {
        (tried.verdict == Verdict::Fail).then(|| Broken {
            cause: cause(tried),
            way: way(tried),
            no_request: is_no_request(tried),
            no_key: tried.reason.as_ref().and_then(Reason::broken_rule) == Some(V::KeyMissing),
        })
    }

    /// Whether a case that contains the premise says nothing more.
    pub(super) fn explains(&self, conclusion: &Conclusion, likeness: Likeness) -> bool {
        match likeness {
            Likeness::Cause => self.cause == cause(conclusion),
            Likeness::Way => self.way.is_some() && self.way == way(conclusion),
            Likeness::Request => {
                self.no_request && is_about_a_request(conclusion)
                    || self.no_key && way(conclusion) == Some(Way::Ended)
            }
            Likeness::GoingOn => goes_on(conclusion),
        }
    }
}

fn way(conclusion: &Conclusion) -> Option<Way> {
    match root(conclusion.reason.as_ref()?) {
        Reason::Opening(OpeningReason::NoAnswer | OpeningReason::EndedUnanswered) => {
            Some(Way::Unanswered)
        }
        Reason::Lost(Lost::Refused(_)) => Some(Way::Refused),
        Reason::Lost(Lost::Ended(_)) => Some(Way::Ended),
        Reason::PingUnanswered | Reason::Closing(ClosingReason::StillOpen { pinged: false }) => {
            Some(Way::Deaf)
        }
        _ => None,
    }
}

fn goes_on(conclusion: &Conclusion) -> bool {
    matches!(
        conclusion.reason.as_ref().map(root),
        Some(
            Reason::Closing(ClosingReason::StillOpen { .. })
                | Reason::NotQuiet
                | Reason::Message(_)
                | Reason::PingUnanswered
        )
    )
}

fn is_no_request(conclusion: &Conclusion) -> bool {
    matches!(
        conclusion.reason.as_ref().map(root),
        Some(Reason::Request(
            RequestReason::None
                | RequestReason::NoneToAnswer(_)
                | RequestReason::Broken(_)
                | RequestReason::Ended(_)
        ))
    )
}

fn is_about_a_request(conclusion: &Conclusion) -> bool {
    matches!(
        conclusion.reason.as_ref().map(root),
        Some(Reason::Request(_) | Reason::Broke(..))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_premise_is_a_case_that_contains_what_it_says() {
        assert_eq!(cases().len(), PREMISES.len());
        for (case, premise) in cases() {
            assert!(
                Contents::of(&case).contains(premise.contents),
                "{}",
                case.id
            );
        }
    }

    fn place_of(id: &str) -> Option<usize> {
        PREMISES.iter().position(|premise| premise.id == id)
    }

    #[test]
    fn a_premise_rests_on_simpler_ones_alone() {
        for (case, _) in cases() {
            let before = place_of(&case.id);
            for (premise, _) in premises_of(&case) {
                assert!(
                    place_of(&premise.id) < before,
                    "{} rests on {}",
                    case.id,
                    premise.id
                );
            }
        }
    }
}
