//! Plainer conversations, made from a case.

use wsspec_core::deflate::message::{Context, Deflator};
use wsspec_core::frame::{MessageKind, Opcode};
use wsspec_vectors::{Case, Content, Frame, Mask, Outcome, Payload, Step, WantedOffers, Word};

use crate::exchange::{Sent, Setup, agreement, write_frame};

/// What an application may see of a conversation: the messages it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    pub(super) messages: Vec<(MessageKind, Vec<u8>)>,
}

impl Seen {
    /// The simplest message there is.
    pub(super) fn simplest() -> Seen {
        Seen {
            messages: vec![(MessageKind::Text, b"Hello".to_vec())],
        }
    }

    /// Of messages as they were sent, faults overlooked: text that is none becomes text of the same
    /// size.
    pub(super) fn of(mut messages: Vec<(MessageKind, Vec<u8>)>) -> Seen {
        for (kind, payload) in &mut messages {
            if *kind == MessageKind::Text && str::from_utf8(payload).is_err() {
                payload.fill(b'x');
            }
        }
        Seen { messages }
    }

    /// Bytes of all messages.
    pub(super) fn size(&self) -> usize {
        self.messages.iter().map(|(_, payload)| payload.len()).sum()
    }

    /// The conversation in which an application sees this and a library nothing out of the ordinary:
    /// after a plain opening, each message in one frame, and the next one only after the answer.
    pub(super) fn control(&self, case: &Case) -> Case {
        let messages = self.messages.chunks(1);
        let steps = messages.flat_map(|message| [send(message), expect(Word::Echo)]);
        like(case, steps.chain([expect(Word::Alive)]).collect())
    }

    /// The same with all messages in one write.
    pub(super) fn control_at_once(&self, case: &Case) -> Case {
        let steps = [
            send(&self.messages),
            expect(Word::Echo),
            expect(Word::Alive),
        ];
        like(case, steps.into())
    }
}

/// Sends these messages, each in one frame.
fn send(messages: &[(MessageKind, Vec<u8>)]) -> Step {
    let frames = messages
        .iter()
        .map(|(kind, payload)| plain_frame(kind.opcode(), payload));
    Step::Send {
        frames: frames.collect(),
        split: None,
        pad: None,
    }
}

/// A case with these steps after a plain opening, for the targets of `case`.
fn like(case: &Case, steps: Vec<Step>) -> Case {
    Case {
        id: "control".into(),
        agree: None,
        offered: WantedOffers::default(),
        needs: Vec::new(),
        manual: Vec::new(),
        costs: None,
        smaller: Vec::new(),
        steps,
        ..case.clone()
    }
}

fn expect(word: Word) -> Step {
    Step::Expect([Outcome::plain(word)].into())
}

fn plain_frame(opcode: Opcode, payload: &[u8]) -> Frame {
    Frame {
        content: Content::Payload(opcode, Payload::Bytes(payload.to_vec())),
        fin: true,
        rsv: 0,
        mask: Mask::Right,
        key: None,
        length: None,
        form: None,
        cut: None,
        fragments: None,
        between: None,
        deflate: false,
    }
}

/// Whether a case breaks a rule of frames or messages on purpose.
pub(super) fn breaks_a_rule(case: &Case, setup: &Setup) -> bool {
    let suite = setup.suite();
    let mut sent = Sent::new(setup.target, false);
    let mut deflator = case.agree.map(|agree| {
        let context = agreement::ours(agree.deflate, Context::default());
        sent.agree(context);
        Deflator::new(context)
    });
    let mut random = setup.random(&case.id);
    for step in &case.steps {
        let frames: &[Frame] = match step {
            Step::Send { frames, .. } => frames,
            Step::Open(head) | Step::Accept(head) => &head.glued,
            _ => continue,
        };
        let mut bytes = Vec::new();
        for frame in frames {
            write_frame(frame, suite, &mut random, deflator.as_mut(), &mut bytes);
        }
        sent.take(&bytes);
    }
    sent.broke.is_some()
}

/// Whether a library sees nothing out of the ordinary in a case: one text or binary message after
/// the other, each in one frame.
pub(super) fn is_plain(case: &Case) -> bool {
    case.agree.is_none()
        && case.steps.iter().all(|step| match step {
            Step::Expect(_) => true,
            Step::Send { frames, split, .. } => {
                split.is_none() && frames.len() == 1 && is_plain_message(&frames[0])
            }
            _ => false,
        })
}

fn is_plain_message(frame: &Frame) -> bool {
    match &frame.content {
        Content::Payload(opcode, payload) => {
            let plain = plain_frame(*opcode, &[]);
            begins_message(*opcode)
                && Frame {
                    content: frame.content.clone(),
                    ..plain
                } == *frame
                && (*opcode != Opcode::TEXT || str::from_utf8(&payload.bytes()).is_ok())
        }
        Content::Close(_) | Content::Raw(_) => false,
    }
}

/// Whether a message of a plain case needs more than the seven bits of a short length (RFC 6455
/// §5.2).
pub(super) fn is_long(case: &Case) -> bool {
    const SHORT: u64 = 125;
    case.steps.iter().any(|step| match step {
        Step::Send { frames, .. } => frames.iter().any(|frame| match &frame.content {
            Content::Payload(_, payload) => payload.size() > SHORT,
            Content::Close(_) | Content::Raw(_) => false,
        }),
        _ => false,
    })
}

/// The case without the signs of life that it asks for inside a message, if there are any: they are
/// a premise, and what follows can be judged without them.
pub(super) fn without_signs_of_life(case: &Case) -> Option<Case> {
    let mut open = false;
    let mut steps = Vec::new();
    for (i, step) in case.steps.iter().enumerate() {
        if let Step::Send { frames, .. } = step {
            frames
                .iter()
                .for_each(|frame| open = stays_open(frame, open));
        }
        let last = i + 1 == case.steps.len();
        if !(open && !last && is_sign_of_life(step)) {
            steps.push(step.clone());
        }
    }
    (steps.len() < case.steps.len()).then(|| Case {
        steps,
        ..case.clone()
    })
}

fn is_sign_of_life(step: &Step) -> bool {
    match step {
        Step::Expect(alternatives) => {
            alternatives.len() == 1 && alternatives[0].word == Word::Alive
        }
        _ => false,
    }
}

/// Whether a message is unfinished after this frame; `open`: whether one was before.
pub(super) fn stays_open(frame: &Frame, open: bool) -> bool {
    match &frame.content {
        Content::Payload(opcode, _) if *opcode == Opcode::CONTINUATION => open && !frame.fin,
        Content::Payload(opcode, _) if begins_message(*opcode) => !frame.fin,
        _ => open,
    }
}

pub(super) fn begins_message(opcode: Opcode) -> bool {
    opcode == Opcode::TEXT || opcode == Opcode::BINARY
}
