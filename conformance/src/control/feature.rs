//! What it is in a case that a target cannot take: the feature without which the case goes as its
//! control does. A library sees features, and an application none of them.

use wsspec_core::frame::{MessageKind, Opcode};
use wsspec_vectors::{Case, Content, Fragments, Frame, Payload, Step};

use super::build::{begins_message, stays_open};

/// Something in a case that a library has to deal with.
pub(super) struct Feature {
    /// The case without it; `None` if it has none of it.
    pub(super) taken_out: fn(&Case) -> Option<Case>,
    /// The requirement to deal with it.
    pub(super) requirement: &'static str,
}

/// The features, special ones first: a case without fragments has no characters in two of them
/// either.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        taken_out: with_whole_characters,
        requirement: "RFC6455-5.6-1",
    },
    Feature {
        taken_out: with_controls_outside,
        requirement: "RFC6455-5.4-2",
    },
    Feature {
        taken_out: without_fragments,
        requirement: "RFC6455-5.4-8",
    },
    Feature {
        taken_out: in_whole_writes,
        requirement: "RFC6455-6.2-1",
    },
    Feature {
        taken_out: without_pongs,
        requirement: "RFC6455-5.5.3-3",
    },
    Feature {
        taken_out: with_random_keys,
        requirement: "RFC6455-5.3-4",
    },
];

/// The case with the frames of every step changed; `None` if that changes none.
fn with_frames(case: &Case, mut change: impl FnMut(&[Frame]) -> Vec<Frame>) -> Option<Case> {
    let mut changed = case.clone();
    for step in &mut changed.steps {
        if let Step::Send { frames, .. } = step {
            *frames = change(frames).into();
        }
    }
    changed
        .steps
        .retain(|step| !matches!(step, Step::Send { frames, .. } if frames.is_empty()));
    (changed.steps != case.steps).then_some(changed)
}

/// The case with each frame changed; `None` if that changes none.
fn with_each_frame(case: &Case, mut change: impl FnMut(&mut Frame)) -> Option<Case> {
    with_frames(case, |frames| {
        let mut frames = frames.to_vec();
        frames.iter_mut().for_each(&mut change);
        frames
    })
}

/// No fragment ends inside a character.
fn with_whole_characters(case: &Case) -> Option<Case> {
    let mut text = OpenText::default();
    with_each_frame(case, |frame| {
        text.complete(frame);
        if let Content::Payload(Opcode::TEXT, payload) = &frame.content
            && let Some(fragments) = &frame.fragments
            && !frame.deflate
            && let Ok(text) = String::from_utf8(payload.bytes())
        {
            frame.fragments = Some(Fragments::Sizes(whole_characters(&text, fragments)));
        }
    })
}

/// A text message whose fragments are frames of their own.
#[derive(Default)]
struct OpenText {
    open: bool,
    /// The beginning of a character whose end is to come.
    begun: Vec<u8>,
}

impl OpenText {
    /// Moves the beginning of a character at the end of a fragment into the next one.
    fn complete(&mut self, frame: &mut Frame) {
        let Content::Payload(opcode, payload) = &frame.content else {
            return;
        };
        let opcode = *opcode;
        if opcode.is_control() || frame.deflate || frame.rsv != 0 || frame.fragments.is_some() {
            return;
        }
        self.open |= opcode == Opcode::TEXT;
        if !self.open {
            return;
        }
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend(payload.bytes());
        if frame.fin {
            self.open = false;
        } else if let Err(error) = str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            self.begun = bytes.split_off(error.valid_up_to());
        }
        if bytes != payload.bytes() {
            frame.content = Content::Payload(opcode, Payload::Bytes(bytes));
        }
    }
}

/// The sizes of fragments, the last one left out, each with the characters that end in it.
fn whole_characters(text: &str, fragments: &Fragments) -> Vec<usize> {
    let ends: Vec<usize> = match fragments {
        Fragments::Each(size) => (1..text.len().div_ceil(*size))
            .map(|nth| nth * size)
            .collect(),
        Fragments::Sizes(sizes) => sizes
            .iter()
            .scan(0, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect(),
    };
    let mut from = 0;
    let mut sizes = Vec::new();
    for end in ends {
        let whole = whole_before(text, end);
        if whole > from || whole == end {
            sizes.push(whole - from);
            from = whole;
        }
    }
    sizes
}

/// The end of the last character that ends at `end` or before it.
fn whole_before(text: &str, end: usize) -> usize {
    (0..=end.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}

/// No pong is sent that answers no ping.
fn without_pongs(case: &Case) -> Option<Case> {
    with_frames(case, |frames| {
        let others = frames.iter().filter(|frame| !is_pong(frame));
        others.cloned().collect()
    })
}

fn is_pong(frame: &Frame) -> bool {
    matches!(&frame.content, Content::Payload(opcode, _) if *opcode == Opcode::PONG)
}

/// Control frames come before a message that is sent in fragments, and not in between.
fn with_controls_outside(case: &Case) -> Option<Case> {
    let mut open = false;
    let mut held: Vec<Frame> = Vec::new();
    with_frames(case, |frames| {
        let mut sent = Vec::new();
        for frame in frames {
            if is_control(frame) {
                sent.push(frame.clone());
                continue;
            }
            open = stays_open(frame, open);
            let mut message = frame.clone();
            sent.extend(message.between.take().map(|control| *control));
            held.push(message);
            if !open {
                sent.append(&mut held);
            }
        }
        sent
    })
}

/// Every message is sent in one frame.
fn without_fragments(case: &Case) -> Option<Case> {
    let mut held: Option<Frame> = None;
    with_frames(case, |frames| {
        let mut sent = Vec::new();
        for frame in frames {
            let whole = Frame {
                fragments: None,
                between: None,
                ..frame.clone()
            };
            match (&frame.content, held.take()) {
                (Content::Payload(opcode, rest), Some(first))
                    if *opcode == Opcode::CONTINUATION =>
                {
                    let joined = joined(first, rest, frame.fin);
                    if frame.fin {
                        sent.push(joined);
                    } else {
                        held = Some(joined);
                    }
                }
                (Content::Payload(opcode, _), None) if begins_message(*opcode) && !frame.fin => {
                    held = Some(whole);
                }
                (_, open) => {
                    held = open;
                    sent.push(whole);
                }
            }
        }
        sent
    })
}

/// A message so far, and one more fragment of it.
fn joined(first: Frame, rest: &Payload, fin: bool) -> Frame {
    let content = match first.content {
        Content::Payload(opcode, begun) => {
            Content::Payload(opcode, Payload::Concat(vec![begun, rest.clone()]))
        }
        content => content,
    };
    Frame {
        content,
        fin,
        ..first
    }
}

/// Each step is one write.
fn in_whole_writes(case: &Case) -> Option<Case> {
    let mut whole = case.clone();
    for step in &mut whole.steps {
        if let Step::Send { split, .. } = step {
            *split = None;
        }
    }
    (whole.steps != case.steps).then_some(whole)
}

/// Each frame has a masking key of its own.
fn with_random_keys(case: &Case) -> Option<Case> {
    with_each_frame(case, |frame| frame.key = None)
}

fn is_control(frame: &Frame) -> bool {
    match &frame.content {
        Content::Payload(opcode, _) => opcode.is_control(),
        Content::Close(_) => true,
        Content::Raw(_) => false,
    }
}

/// The requirement to take a message for what is in it, whatever that is.
pub(super) fn of_content(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "RFC3629-4-3",
        MessageKind::Binary => "RFC6455-5.6-2",
    }
}

/// The plain case with letters for the bytes of its messages, and the kind of the first; `None` if
/// there are none but letters.
pub(super) fn in_letters(case: &Case) -> Option<(Case, MessageKind)> {
    let mut kind = None;
    let changed = with_each_frame(case, |frame| {
        if let Content::Payload(opcode, payload) = &frame.content {
            let bytes = payload.bytes();
            kind = kind.or(match *opcode {
                Opcode::TEXT => Some(MessageKind::Text),
                Opcode::BINARY => Some(MessageKind::Binary),
                _ => None,
            });
            if !bytes.iter().all(u8::is_ascii_alphanumeric) {
                let letters = vec![b'x'; bytes.len()];
                frame.content = Content::Payload(*opcode, Payload::Bytes(letters));
            }
        }
    });
    changed.zip(kind)
}

#[cfg(test)]
mod tests {
    use wsspec_vectors::Corpus;

    use super::*;

    #[test]
    fn controls_between_fragments_go_before_the_message() {
        let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
        let case = corpus
            .cases
            .iter()
            .find(|case| case.id == "deflate.data.ping-between-5");
        let outside = with_controls_outside(case.unwrap()).unwrap();
        let Some(Step::Send { frames, .. }) = outside.steps.first() else {
            panic!("{:?}", outside.steps);
        };
        let [ping, message] = &frames[..] else {
            panic!("{frames:?}");
        };
        assert!(is_control(ping));
        assert!(!is_control(message) && message.between.is_none());
    }
}
