//! Whole messages: frames put together and, where permessage-deflate was agreed on, inflated and judged.
//!
//! The [`Decoder`] gives pieces and judges frames. What needs the message is judged here: that a compressed one is
//! DEFLATE, keeps to what its sender agreed to, stays within the limit while it is inflated, and is UTF-8 if it is
//! text (RFC 7692 §6). What holds for the decoder holds here: any chunking gives the same messages and the same
//! fault at the same offset.

use std::mem;

use crate::Role;
use crate::deflate::message::{Context, Inflator, MessageError};
use crate::frame::{DEFAULT_MAX_MESSAGE, Data, Decoder, Event, MessageKind, Opcode, Sequence};
use crate::violation::{Fault, Violation, ViolationSet};

/// What has come, whole.
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

/// Reads one direction of one connection.
#[derive(Debug, Clone)]
pub struct MessageReader {
    decoder: Decoder,
    tolerated: ViolationSet,
    max_message: u64,
    /// The message that is being put together.
    message: Vec<u8>,
    inflating: Option<Inflating>,
    noted: Vec<Fault>,
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
            noted: Vec::new(),
            failed: None,
        }
    }

    /// Goes on after these violations; see [`noted`](Self::noted). A compressed message that is no DEFLATE, or too
    /// big, ends where that shows.
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> MessageReader {
        self.tolerated = violations;
        self.decoder = self.decoder.tolerating(violations);
        self
    }

    /// Takes messages of at most `bytes` bytes, inflated; from now on, where reading has begun.
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> MessageReader {
        self.max_message = bytes;
        self.decoder = self.decoder.max_message(bytes);
        if let Some(inflating) = &mut self.inflating {
            inflating.inflator.set_limit(bytes);
        }
        self
    }

    /// Counts offsets from `offset` instead of 0.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> MessageReader {
        self.decoder = self.decoder.starting_at(offset);
        self
    }

    /// Inflates compressed messages of a peer that agreed to `context`; `None` where compression was not agreed on.
    #[must_use]
    pub fn compression(mut self, context: Option<Context>) -> MessageReader {
        self.decoder = self.decoder.compression(context.is_some());
        self.inflating = context.map(|context| Inflating {
            inflator: Inflator::new(context.window_bits, self.max_message),
            takeover: context.takeover,
            lost: false,
        });
        self
    }

    /// Offset of the next byte of input in the stream.
    pub fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    /// Whether the stream so far ends with a whole frame.
    pub fn at_boundary(&self) -> bool {
        self.decoder.at_boundary()
    }

    /// Where the sequence of frames stands.
    pub fn sequence(&self) -> Sequence {
        self.decoder.sequence()
    }

    /// Takes the tolerated faults seen since the last call.
    pub fn noted(&mut self) -> Vec<Fault> {
        mem::take(&mut self.noted)
    }

    /// Reads on at the front of `input` and shortens it by what was used, up to the next thing that is whole.
    ///
    /// `None` means that everything was used and more is needed, or that a Close frame was read, as in
    /// [`Decoder::decode`]. A fault is final; every later call returns it again.
    pub fn read(&mut self, input: &mut &mut [u8]) -> Result<Option<Incoming>, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        loop {
            let mut found = Vec::new();
            let incoming = match self.decoder.decode(input) {
                Ok(Some(Event::Data(data))) => {
                    if data.first {
                        // A message that this one replaced, where that is tolerated.
                        self.message.clear();
                    }
                    match &mut self.inflating {
                        Some(inflating) if data.compressed => {
                            inflating.take(&data, &mut self.message, &mut found)
                        }
                        _ => self.message.extend_from_slice(data.payload),
                    }
                    data.last
                        .then_some(data.kind)
                        .map(|kind| Incoming::Message(kind, Vec::new()))
                }
                Ok(Some(Event::Ping(payload))) => Some(Incoming::Ping(payload.to_vec())),
                Ok(Some(Event::Pong(payload))) => Some(Incoming::Pong(payload.to_vec())),
                Ok(Some(Event::Close(body))) => Some(Incoming::Close(body.to_vec())),
                Ok(Some(Event::Reserved(opcode, payload))) => {
                    Some(Incoming::Reserved(opcode, payload.to_vec()))
                }
                Ok(None) => {
                    self.noted.append(&mut self.decoder.noted());
                    return Ok(None);
                }
                Err(fault) => {
                    self.noted.append(&mut self.decoder.noted());
                    return Err(fault);
                }
            };
            self.noted.append(&mut self.decoder.noted());
            for fault in found {
                if !self.tolerated.contains(fault.violation) {
                    self.failed = Some(fault);
                    return Err(fault);
                }
                self.noted.push(fault);
            }
            match incoming {
                Some(Incoming::Message(kind, _)) => {
                    return Ok(Some(Incoming::Message(kind, mem::take(&mut self.message))));
                }
                Some(other) => return Ok(Some(other)),
                None => {}
            }
        }
    }
}

/// Inflates the compressed messages and judges them.
#[derive(Debug, Clone)]
struct Inflating {
    inflator: Inflator,
    takeover: bool,
    /// The rest of the message cannot be read.
    lost: bool,
}

impl Inflating {
    /// Takes a piece; appends what it inflates to, and what is wrong with it, in the order of the bits.
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
