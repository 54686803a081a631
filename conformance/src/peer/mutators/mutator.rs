//! Carries a mutation out on one connection.

use wsspec_core::frame::Opcode;

use super::heads;
use super::mutation::{Frame, FrameHistory, Mutation};
use super::stream::Stream;

/// The mutation of one connection.
#[derive(Debug)]
pub(in crate::peer) struct Mutator {
    mutation: Mutation,
    incoming: Stream,
    outgoing: Stream,
}

impl Mutator {
    pub(in crate::peer) fn new(mutation: Mutation) -> Mutator {
        Mutator {
            mutation,
            incoming: Stream::default(),
            outgoing: Stream::default(),
        }
    }

    /// The bytes that the endpoint reads instead of `bytes`.
    pub(in crate::peer) fn incoming(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.has_crashed() {
            return Vec::new();
        }
        let stream = &mut self.incoming;
        match self.mutation {
            Mutation::EchoesClose => {
                stream.frames(bytes, keep_close);
                bytes.to_vec()
            }
            Mutation::HeadIn(edit) => stream.head(bytes, edit),
            Mutation::FramesIn(edit) => stream.frames(bytes, edit),
            Mutation::LosesGlued => {
                let (mut head, rest) = stream.split_head(bytes);
                if head.is_empty() {
                    head = rest;
                }
                head
            }
            Mutation::BytesIn(edit) => match std::str::from_utf8(bytes) {
                Ok(text) if !stream.past_head => {
                    stream.past_head = true;
                    edit(text).into_bytes()
                }
                _ => bytes.to_vec(),
            },
            Mutation::OneRead => {
                let (head, rest) = stream.split_head(bytes);
                if head.len() > bytes.len() {
                    Vec::new()
                } else {
                    [head, rest].concat()
                }
            }
            Mutation::AnswerUnread(deafens) => self.unread_answer(bytes, deafens),
            Mutation::PhaseLost => stream.piecewise(bytes, |_| (), true),
            Mutation::HeaderIn(edit) => stream.piecewise(bytes, edit, false),
            Mutation::HeadOut(_) | Mutation::FramesOut(_) | Mutation::StaysOpen => bytes.to_vec(),
        }
    }

    /// The conforming answer in place of the one that comes. After it, nothing if `deafens` returned
    /// true for that one.
    fn unread_answer(&mut self, bytes: &[u8], deafens: fn(&str) -> bool) -> Vec<u8> {
        let stream = &mut self.incoming;
        let (head, mut rest) = stream.split_head(bytes);
        let mut out = Vec::new();
        if !head.is_empty() {
            stream.passes = !deafens(&String::from_utf8_lossy(&head));
            let request = String::from_utf8_lossy(&self.outgoing.partial);
            out = heads::answer_to(&request).into_bytes();
        }
        if stream.passes {
            out.append(&mut rest);
        }
        out
    }

    /// The bytes that go out instead of `bytes`.
    pub(in crate::peer) fn outgoing(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.has_crashed() {
            return Vec::new();
        }
        match self.mutation {
            Mutation::EchoesClose => {
                let closes = &mut self.incoming.history.held;
                self.outgoing.history.held.append(closes);
                self.outgoing.frames(bytes, echo_close)
            }
            Mutation::HeadOut(edit) => self.outgoing.head(bytes, edit),
            Mutation::AnswerUnread(_) if !self.incoming.past_head => {
                self.outgoing.partial.extend_from_slice(bytes);
                bytes.to_vec()
            }
            Mutation::FramesOut(edit) => self.outgoing.frames(bytes, edit),
            _ => bytes.to_vec(),
        }
    }

    /// Whether TCP ends, where the endpoint `wanted` it to or not.
    pub(in crate::peer) fn ends(&self, wanted: bool) -> bool {
        self.has_crashed() || wanted && !matches!(self.mutation, Mutation::StaysOpen)
    }

    fn has_crashed(&self) -> bool {
        self.incoming.history.crash || self.outgoing.history.crash
    }
}

/// Remembers a Close that comes in.
fn keep_close(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::CLOSE {
        history.held.push(frame.clone());
    }
    vec![frame]
}

/// Gives a Close the body of the Close it answers.
fn echo_close(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    match history.held.pop() {
        Some(close) if frame.header.opcode == Opcode::CLOSE => {
            vec![frame.with_payload(close.payload)]
        }
        _ => vec![frame],
    }
}
