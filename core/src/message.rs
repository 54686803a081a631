//! Whole messages: frames joined and, where permessage-deflate was agreed, inflated and checked.
//!
//! The [`Decoder`] hands out pieces of messages and checks frames. What can only be checked on a
//! message is checked here: that a compressed one is valid DEFLATE, keeps to the parameters its
//! sender agreed to, stays within the size limit while it is inflated, and is UTF-8 if it is text
//! (RFC 7692 §6). As with the decoder, any chunking of the same bytes gives the same messages and
//! the same fault at the same offset.

use std::mem;

use crate::Role;
use crate::deflate::message::{Context, Inflator, MessageError};
use crate::frame::{
    DEFAULT_MAX_MESSAGE, Data, Decoder, Event, FrameHeader, MessageKind, Opcode, Sequence,
};
use crate::violation::{Fault, Violation, ViolationSet};

/// A whole message or control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A message, inflated if it was compressed.
    Message(MessageKind, Vec<u8>),
    /// A ping, with its application data.
    Ping(Vec<u8>),
    /// A pong, with its application data.
    Pong(Vec<u8>),
    /// A Close frame, with its body.
    Close(Vec<u8>),
    /// A frame with a reserved opcode, where [`Violation::OpcodeReserved`] is tolerated.
    Reserved(Opcode, Vec<u8>),
}

/// What [`MessageReader::step`] found.
pub(crate) enum Step {
    /// The header of a frame; only where frames are announced.
    Frame(FrameHeader),
    Incoming(Incoming),
}

/// Reads one direction of one connection.
#[derive(Debug, Clone)]
pub struct MessageReader {
    decoder: Decoder,
    tolerated: ViolationSet,
    max_message: u64,
    /// What has come of the message under way, inflated.
    message: Vec<u8>,
    inflating: Option<Inflating>,
    tolerated_faults: Vec<Fault>,
    failed: Option<Fault>,
}

impl MessageReader {
    /// A reader of what the peer of `reader` sends, strict in every rule.
    pub fn new(reader: Role) -> MessageReader {
        MessageReader {
            decoder: Decoder::new(reader),
            tolerated: ViolationSet::NONE,
            max_message: DEFAULT_MAX_MESSAGE,
            message: Vec::new(),
            inflating: None,
            tolerated_faults: Vec::new(),
            failed: None,
        }
    }

    /// Reads on after these violations and keeps them for [`take_tolerated`](Self::take_tolerated).
    /// A compressed message that is not DEFLATE or too big ends at the byte that shows it.
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> MessageReader {
        self.tolerated = violations;
        self.decoder = self.decoder.tolerating(violations);
        self
    }

    /// Limits messages to `bytes` bytes, inflated.
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> MessageReader {
        self.set_max_message(bytes);
        self
    }

    /// Limits messages to `bytes` bytes, inflated. A message whose frame header was already read
    /// keeps the old limit, unless it is compressed.
    pub fn set_max_message(&mut self, bytes: u64) {
        self.max_message = bytes;
        self.decoder.set_max_message(bytes);
        if let Some(inflating) = &mut self.inflating {
            inflating.inflator.set_limit(bytes);
        }
    }

    /// Counts offsets from `offset` instead of 0.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> MessageReader {
        self.decoder = self.decoder.starting_at(offset);
        self
    }

    /// Inflates compressed messages of a peer that agreed to `context`; `None` where compression
    /// was not agreed on.
    #[must_use]
    pub fn compression(mut self, context: Option<Context>) -> MessageReader {
        self.set_compression(context);
        self
    }

    /// Like [`compression`](Self::compression), from the next message on.
    pub fn set_compression(&mut self, context: Option<Context>) {
        self.decoder.set_compression(context.is_some());
        self.inflating = context.map(|context| Inflating {
            inflator: Inflator::new(context.window_bits, self.max_message),
            takeover: context.takeover,
            lost: false,
        });
    }

    /// Counts offsets from `offset` on.
    pub(crate) fn set_offset(&mut self, offset: u64) {
        self.decoder.set_offset(offset);
    }

    /// Makes [`step`](Self::step) return frame headers as well.
    pub(crate) fn announcing_frames(mut self) -> MessageReader {
        self.decoder = self.decoder.announcing_frames();
        self
    }

    /// Offset of the next byte of input in the stream.
    pub fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    /// Whether the input so far ends with a whole frame, or before the first.
    pub fn at_boundary(&self) -> bool {
        self.decoder.at_boundary()
    }

    /// The state of the frame sequence.
    pub fn sequence(&self) -> Sequence {
        self.decoder.sequence()
    }

    /// Takes the tolerated faults found since the last call.
    pub fn take_tolerated(&mut self) -> Vec<Fault> {
        mem::take(&mut self.tolerated_faults)
    }

    /// Reads from the front of `input`, up to the end of the next message or control frame, and
    /// shortens `input` by what was used.
    ///
    /// `None` means that everything was used and more is needed, or that a Close frame was read, as
    /// in [`Decoder::decode`].
    ///
    /// # Errors
    ///
    /// The first violation that is not tolerated. It is final: every later call returns it again.
    pub fn read(&mut self, input: &mut &mut [u8]) -> Result<Option<Incoming>, Fault> {
        loop {
            match self.step(input)? {
                Some(Step::Incoming(incoming)) => return Ok(Some(incoming)),
                Some(Step::Frame(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// Like [`read`](Self::read), up to the next thing to report, which may be a frame header.
    pub(crate) fn step(&mut self, input: &mut &mut [u8]) -> Result<Option<Step>, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        loop {
            let mut found = Vec::new();
            let step = match self.decoder.decode(input) {
                Ok(Some(event)) => accept(
                    event,
                    &mut self.message,
                    self.inflating.as_mut(),
                    &mut found,
                ),
                ended => {
                    let ended = ended.map(|_| None);
                    self.tolerated_faults
                        .append(&mut self.decoder.take_tolerated());
                    return ended;
                }
            };
            if self.decoder.has_tolerated() {
                self.tolerated_faults
                    .append(&mut self.decoder.take_tolerated());
            }
            for fault in found {
                if !self.tolerated.contains(fault.violation) {
                    self.failed = Some(fault);
                    return Err(fault);
                }
                self.tolerated_faults.push(fault);
            }
            if step.is_some() {
                return Ok(step);
            }
        }
    }
}

/// Takes an event of the decoder: appends a piece of a message to `message`, and what is wrong with
/// it to `found`. Returns what the event completes.
fn accept(
    event: Event<'_>,
    message: &mut Vec<u8>,
    inflating: Option<&mut Inflating>,
    found: &mut Vec<Fault>,
) -> Option<Step> {
    let incoming = match event {
        Event::Frame(header) => return Some(Step::Frame(header)),
        Event::Data(data) => {
            if data.first {
                // The message that this one interrupted, where that is tolerated.
                message.clear();
            }
            match inflating {
                Some(inflating) if data.compressed => inflating.take(&data, message, found),
                _ => message.extend_from_slice(data.payload),
            }
            if !data.last {
                return None;
            }
            Incoming::Message(data.kind, mem::take(message))
        }
        Event::Ping(payload) => Incoming::Ping(payload.to_vec()),
        Event::Pong(payload) => Incoming::Pong(payload.to_vec()),
        Event::Close(body) => Incoming::Close(body.to_vec()),
        Event::Reserved(opcode, payload) => Incoming::Reserved(opcode, payload.to_vec()),
    };
    Some(Step::Incoming(incoming))
}

/// Inflates the compressed messages and checks them.
#[derive(Debug, Clone)]
struct Inflating {
    inflator: Inflator,
    takeover: bool,
    /// The rest of the message cannot be read.
    lost: bool,
}

impl Inflating {
    /// Takes a piece; appends what it inflates to to `message`, and its faults to `found` in the
    /// order of the bits.
    fn take(&mut self, data: &Data<'_>, message: &mut Vec<u8>, found: &mut Vec<Fault>) {
        if data.first {
            self.inflator.next_message();
            self.lost = false;
        }
        if self.lost {
            return;
        }
        let (before, was) = (self.inflator.payload(), *self.inflator.reaches());
        let end = data.offset + data.payload.len() as u64 - 1;
        // What the 00 00 FF FF put back shows was due with the last byte of the message.
        let at = |until: u64| (data.offset + until.saturating_sub(1) / 8 - before).min(end);
        let pushed = self.inflator.push(data.payload, message);
        let ended = if data.last {
            pushed.and_then(|()| self.inflator.finish(message).map(Some))
        } else {
            pushed.map(|()| None)
        };
        let reaches = ended
            .as_ref()
            .map_or(None, |s| s.map(|s| s.reaches))
            .unwrap_or(*self.inflator.reaches());
        let beyond_message = reaches.beyond_message.filter(|_| !self.takeover);
        for (violation, before, now) in [
            (
                Violation::DeflateBeyondWindow,
                was.beyond_window,
                reaches.beyond_window,
            ),
            (
                Violation::DeflateBeyondMessage,
                was.beyond_message,
                beyond_message,
            ),
        ] {
            found.extend(
                now.filter(|_| before.is_none())
                    .map(|reach| violation.at(at(reach.until))),
            );
        }
        found.sort_by_key(|fault| fault.offset);
        match ended {
            Err(error) => {
                self.lost = true;
                found.push(match error {
                    MessageError::Inflate(error) => Violation::DeflateInvalid.at(at(error.until)),
                    MessageError::TooBig { until } => Violation::MessageTooBig.at(at(until)),
                });
            }
            Ok(Some(summary)) => {
                if !summary.complete {
                    found.push(Violation::DeflateUnfinished.at(end));
                }
                if data.kind == MessageKind::Text && simdutf8::basic::from_utf8(message).is_err() {
                    found.push(Violation::TextNotUtf8.at(end));
                }
            }
            Ok(None) => {}
        }
    }
}
