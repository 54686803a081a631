//! What a library has to deal with in a case: of one that contains what a simpler case contains, the
//! simpler one says why it fails.

use wsspec_core::Role;
use wsspec_core::frame::Opcode;
use wsspec_vectors::{Case, Content, Frame, Head, Step};

use super::kind::wants_failure;

/// What a library has to deal with in a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contents(u16);

impl Contents {
    pub(super) const MESSAGE: Contents = Contents(1);
    pub(super) const BINARY: Contents = Contents(2);
    pub(super) const EMPTY: Contents = Contents(4);
    pub(super) const PING: Contents = Contents(8);
    pub(super) const FRAGMENTS: Contents = Contents(16);
    pub(super) const COMPRESSION: Contents = Contents(32);
    pub(super) const CLOSE: Contents = Contents(64);
    pub(super) const PONG: Contents = Contents(128);
    /// A head that is not as every other.
    pub(super) const HEAD: Contents = Contents(256);
    /// A request for something else than the URL names.
    pub(super) const TARGET: Contents = Contents(512);
    /// An answer that a client has to refuse.
    pub(super) const WRONG_ANSWER: Contents = Contents(1024);
    /// An answer with another status than 101.
    pub(super) const OTHER_STATUS: Contents = Contents(2048);
    /// The opening request of a client.
    pub(super) const REQUEST: Contents = Contents(4096);
    /// A stream that we open.
    pub(super) const STREAM: Contents = Contents(8192);
    /// Several of them.
    pub(super) const STREAMS: Contents = Contents(8192 | 16384);

    pub(super) const fn and(self, other: Contents) -> Contents {
        Contents(self.0 | other.0)
    }

    pub(super) fn contains(self, other: Contents) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn of(case: &Case) -> Contents {
        let mut contents = Contents::default();
        if case.roles.contains(&Role::Client) {
            contents = contents.and(Contents::REQUEST);
        }
        if case.over.has_streams() {
            contents = contents.and(Contents::of_streams(case));
        }
        for step in &case.steps {
            let frames: &[Frame] = match step.bare() {
                Step::Send { frames, .. } => frames,
                Step::Open(head) | Step::Accept(head) => {
                    contents = contents.and(Contents::of_head(head));
                    &head.glued
                }
                _ => continue,
            };
            if let Step::Accept(head) = step.bare() {
                contents = contents.and(Contents::of_answer(head, wants_failure(case)));
            }
            for frame in frames {
                contents = contents.and(Contents::of_frame(frame, case.agree.is_some()));
            }
        }
        contents
    }

    fn of_streams(case: &Case) -> Contents {
        match case.steps.iter().filter(|step| opens(step)).count() {
            // The runner opens one.
            0 if case.roles == [Role::Client] => Contents::default(),
            0 | 1 => Contents::STREAM,
            _ => Contents::STREAMS,
        }
    }

    /// `refused`: a client has to refuse it.
    fn of_answer(head: &Head, refused: bool) -> Contents {
        let line = head.lines.as_ref().and_then(|lines| lines.first());
        let other = head.status.is_some_and(|status| status != 101)
            || line.is_some_and(|line| !line.contains(" 101 "));
        match (other, refused) {
            (true, true) => Contents::WRONG_ANSWER.and(Contents::OTHER_STATUS),
            (true, false) => Contents::OTHER_STATUS,
            (false, true) => Contents::WRONG_ANSWER,
            (false, false) => Contents::default(),
        }
    }

    fn of_head(head: &Head) -> Contents {
        let plain = Head {
            split: head.split.clone(),
            glued: head.glued.clone(),
            ..Head::default()
        };
        if *head == plain {
            Contents::default()
        } else if asks_elsewhere(head) {
            Contents::HEAD.and(Contents::TARGET)
        } else {
            Contents::HEAD
        }
    }

    fn of_frame(frame: &Frame, agreed: bool) -> Contents {
        let (opcode, empty) = match &frame.content {
            Content::Payload(opcode, payload) => (*opcode, payload.size() == 0),
            Content::Close(_) => return Contents::CLOSE,
            Content::Raw(_) => return Contents::default(),
        };
        let mut contents = match opcode {
            Opcode::TEXT => Contents::MESSAGE,
            Opcode::BINARY => Contents::MESSAGE.and(Contents::BINARY),
            Opcode::CONTINUATION => Contents::FRAGMENTS,
            Opcode::PING => return Contents::PING,
            Opcode::PONG => return Contents::PONG,
            _ => return Contents::default(),
        };
        if frame.fragments.is_some() || !frame.fin {
            contents = contents.and(Contents::FRAGMENTS);
        } else if empty {
            contents = contents.and(Contents::EMPTY);
        }
        if frame.deflate || agreed && frame.rsv != 0 {
            contents = contents.and(Contents::COMPRESSION);
        }
        match &frame.between {
            Some(between) => contents.and(Contents::of_frame(between, agreed)),
            None => contents,
        }
    }
}

/// Whether a step opens a conversation.
fn opens(step: &Step) -> bool {
    matches!(step.bare(), Step::Open(_))
}

/// Whether a request names another target than the URL.
fn asks_elsewhere(head: &Head) -> bool {
    let line = head.lines.as_ref().and_then(|lines| lines.first());
    head.target.is_some()
        || head.raw.is_some()
        || line.is_some_and(|line| !line.contains(" {target} "))
}

/// Whether a case states a head that is not as every other.
pub(super) fn has_odd_head(case: &Case) -> bool {
    Contents::of(case).contains(Contents::HEAD)
}
