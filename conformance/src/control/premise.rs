//! What many cases rest on: the simplest conversations with each thing that a library has to deal
//! with. Each is a case of its own; where it fails, one that contains it says nothing more.

use std::sync::LazyLock;

use wsspec_core::frame::Opcode;
use wsspec_vectors::{Case, Content, Corpus, Frame, Step};

/// The premises, simple ones first: the case, and what it contains.
const PREMISES: &[(&str, Features)] = &[
    ("message.plain-text", Features::MESSAGE),
    ("message.plain-binary", Features::BINARY),
    ("message.plain-empty-text", Features::EMPTY),
    ("control.ping-text", Features::PING),
    ("control.pong-unsolicited-heartbeat", Features::PONG),
    ("fragmentation.two-text", Features::FRAGMENTS),
    ("deflate.data.example-one-block", Features::COMPRESSION),
    (
        "fragmentation.ping-between-one-write",
        Features::FRAGMENTS.and(Features::PING),
    ),
    (
        "deflate.data.example-fragmented",
        Features::COMPRESSION.and(Features::FRAGMENTS),
    ),
    ("close.handshake.at-once", Features::CLOSE),
];

/// What a library has to deal with in a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Features(u8);

impl Features {
    const MESSAGE: Features = Features(1);
    const BINARY: Features = Features(2);
    const EMPTY: Features = Features(4);
    const PING: Features = Features(8);
    const FRAGMENTS: Features = Features(16);
    const COMPRESSION: Features = Features(32);
    const CLOSE: Features = Features(64);
    const PONG: Features = Features(128);

    const fn and(self, other: Features) -> Features {
        Features(self.0 | other.0)
    }

    fn contain(self, other: Features) -> bool {
        self.0 & other.0 == other.0
    }

    fn of(case: &Case) -> Features {
        let mut features = Features::default();
        for step in &case.steps {
            let frames: &[Frame] = match step.bare() {
                Step::Send { frames, .. } => frames,
                Step::Open(head) | Step::Accept(head) => &head.glued,
                _ => continue,
            };
            for frame in frames {
                features = features.and(Features::of_frame(frame, case.agree.is_some()));
            }
        }
        features
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

/// The premises of a case, simple ones first.
pub(super) fn premises_of(case: &Case) -> impl Iterator<Item = &'static Case> {
    static CASES: LazyLock<Vec<(Case, Features)>> = LazyLock::new(cases);
    let features = Features::of(case);
    CASES
        .iter()
        .filter(move |(_, premise)| features.contain(*premise))
        .map(|(premise, _)| premise)
        .take_while({
            let id = case.id.clone();
            move |premise| premise.id != id
        })
}

fn cases() -> Vec<(Case, Features)> {
    let corpus = Corpus::embedded().unwrap_or_default();
    let named = |id: &str| corpus.cases.iter().find(|case| case.id == id);
    PREMISES
        .iter()
        .filter_map(|(id, features)| Some(((**named(id)?).clone(), *features)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_premise_is_a_case_that_contains_what_it_says() {
        assert_eq!(cases().len(), PREMISES.len());
        for (case, features) in cases() {
            assert!(Features::of(&case).contain(features), "{}", case.id);
        }
    }

    #[test]
    fn a_premise_rests_on_simpler_ones_alone() {
        for (case, _) in cases() {
            let before = PREMISES.iter().position(|(id, _)| *id == case.id);
            for premise in premises_of(&case) {
                let place = PREMISES.iter().position(|(id, _)| *id == premise.id);
                assert!(place < before, "{} rests on {}", case.id, premise.id);
            }
        }
    }
}
