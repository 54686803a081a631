//! What many cases rest on: the simplest conversations with each thing that a library has to deal
//! with. Each is a case of its own; where it fails, one that contains it says nothing more.

use std::sync::LazyLock;

use wsspec_core::frame::Opcode;
use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Content, Corpus, Frame, Head, Step};

use super::citation::{cause, root};
use super::kind::wants_failure;
use crate::exchange::{ClosingReason, Conclusion, Lost, OpeningReason, Reason, RequestReason};

/// A case that others rest on.
struct Premise {
    id: &'static str,
    /// What it contains.
    features: Features,
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

const fn premise(id: &'static str, features: Features, likeness: Likeness) -> Premise {
    Premise {
        id,
        features,
        likeness,
    }
}

/// The premises, simple ones first.
#[rustfmt::skip] // a table
const PREMISES: &[Premise] = &[
    premise("client.request.right", Features::REQUEST, Likeness::Request),
    premise("client.request.target", Features::REQUEST, Likeness::Cause),
    premise("client.request.target-path", Features::REQUEST, Likeness::Cause),
    premise("client.request.target-query", Features::REQUEST, Likeness::Cause),
    premise("client.request.host", Features::REQUEST, Likeness::Cause),
    premise("handshake.headers.unknown-x", Features::HEAD, Likeness::Way),
    premise("handshake.resource.query-plain", Features::TARGET, Likeness::Way),
    premise("client.response.nothing-right", Features::WRONG_ANSWER, Likeness::GoingOn),
    premise("client.response.status-404", Features::OTHER_STATUS, Likeness::GoingOn),
    premise("client.response.unknown-x", Features::HEAD, Likeness::Way),
    premise("message.plain-text", Features::MESSAGE, Likeness::Cause),
    premise("message.plain-binary", Features::BINARY, Likeness::Cause),
    premise("message.plain-empty-text", Features::EMPTY, Likeness::Cause),
    premise("control.ping-text", Features::PING, Likeness::Cause),
    premise("control.pong-unsolicited-heartbeat", Features::PONG, Likeness::Cause),
    premise("fragmentation.two-text", Features::FRAGMENTS, Likeness::Cause),
    premise("deflate.data.example-one-block", Features::COMPRESSION, Likeness::Cause),
    premise("fragmentation.ping-between-one-write", Features::FRAGMENTS.and(Features::PING), Likeness::Cause),
    premise("deflate.data.example-fragmented", Features::COMPRESSION.and(Features::FRAGMENTS), Likeness::Cause),
    premise("close.handshake.at-once", Features::CLOSE, Likeness::Cause),
];

/// What a library has to deal with in a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Features(u16);

impl Features {
    const MESSAGE: Features = Features(1);
    const BINARY: Features = Features(2);
    const EMPTY: Features = Features(4);
    const PING: Features = Features(8);
    const FRAGMENTS: Features = Features(16);
    const COMPRESSION: Features = Features(32);
    const CLOSE: Features = Features(64);
    const PONG: Features = Features(128);
    /// A head that is not as every other.
    const HEAD: Features = Features(256);
    /// A request for something else than the URL names.
    const TARGET: Features = Features(512);
    /// An answer that a client has to refuse.
    const WRONG_ANSWER: Features = Features(1024);
    /// An answer with another status than 101.
    const OTHER_STATUS: Features = Features(2048);
    /// The opening request of a client.
    const REQUEST: Features = Features(4096);

    const fn and(self, other: Features) -> Features {
        Features(self.0 | other.0)
    }

    fn contain(self, other: Features) -> bool {
        self.0 & other.0 == other.0
    }

    fn of(case: &Case) -> Features {
        let mut features = Features::default();
        if case.roles.contains(&Role::Client) {
            features = features.and(Features::REQUEST);
        }
        for step in &case.steps {
            let frames: &[Frame] = match step.bare() {
                Step::Send { frames, .. } => frames,
                Step::Open(head) | Step::Accept(head) => {
                    features = features.and(Features::of_head(head));
                    &head.glued
                }
                _ => continue,
            };
            if let Step::Accept(head) = step.bare() {
                features = features.and(Features::of_answer(head, wants_failure(case)));
            }
            for frame in frames {
                features = features.and(Features::of_frame(frame, case.agree.is_some()));
            }
        }
        features
    }

    /// `refused`: a client has to refuse it.
    fn of_answer(head: &Head, refused: bool) -> Features {
        let line = head.lines.as_ref().and_then(|lines| lines.first());
        let other = head.status.is_some_and(|status| status != 101)
            || line.is_some_and(|line| !line.contains(" 101 "));
        match (other, refused) {
            (true, true) => Features::WRONG_ANSWER.and(Features::OTHER_STATUS),
            (true, false) => Features::OTHER_STATUS,
            (false, true) => Features::WRONG_ANSWER,
            (false, false) => Features::default(),
        }
    }

    fn of_head(head: &Head) -> Features {
        let plain = Head {
            split: head.split.clone(),
            glued: head.glued.clone(),
            ..Head::default()
        };
        if *head == plain {
            Features::default()
        } else if asks_elsewhere(head) {
            Features::HEAD.and(Features::TARGET)
        } else {
            Features::HEAD
        }
    }

    fn of_frame(frame: &Frame, agreed: bool) -> Features {
        let (opcode, empty) = match &frame.content {
            Content::Payload(opcode, payload) => (*opcode, payload.size() == 0),
            Content::Close(_) => return Features::CLOSE,
            Content::Raw(_) => return Features::default(),
        };
        let mut features = match opcode {
            Opcode::TEXT => Features::MESSAGE,
            Opcode::BINARY => Features::MESSAGE.and(Features::BINARY),
            Opcode::CONTINUATION => Features::FRAGMENTS,
            Opcode::PING => return Features::PING,
            Opcode::PONG => return Features::PONG,
            _ => return Features::default(),
        };
        if frame.fragments.is_some() || !frame.fin {
            features = features.and(Features::FRAGMENTS);
        } else if empty {
            features = features.and(Features::EMPTY);
        }
        if frame.deflate || agreed && frame.rsv != 0 {
            features = features.and(Features::COMPRESSION);
        }
        match &frame.between {
            Some(between) => features.and(Features::of_frame(between, agreed)),
            None => features,
        }
    }
}

/// Whether a request names another target than the URL.
fn asks_elsewhere(head: &Head) -> bool {
    let line = head.lines.as_ref().and_then(|lines| lines.first());
    head.target.is_some()
        || head.raw.is_some()
        || line.is_some_and(|line| !line.contains(" {target} "))
}

static CASES: LazyLock<Vec<(Case, &'static Premise)>> = LazyLock::new(cases);

/// Whether a case states a head that is not as every other.
pub(super) fn has_odd_head(case: &Case) -> bool {
    Features::of(case).contain(Features::HEAD)
}

/// The case with the simplest Close.
pub(super) fn close_premise() -> Option<&'static Case> {
    let mut cases = CASES.iter();
    cases
        .find(|(_, premise)| premise.features == Features::CLOSE)
        .map(|(case, _)| case)
}

/// The case in which a connection shows that it is served: by a pong.
pub(super) fn pong_premise() -> Option<&'static Case> {
    let mut cases = CASES.iter();
    cases
        .find(|(_, premise)| premise.features == Features::PING)
        .map(|(case, _)| case)
}

/// The premises of a case, simple ones first.
pub(super) fn premises_of(case: &Case) -> impl Iterator<Item = (&'static Case, Likeness)> {
    let features = Features::of(case);
    CASES
        .iter()
        .filter(move |(_, premise)| features.contain(premise.features))
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
            assert!(Features::of(&case).contain(premise.features), "{}", case.id);
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
