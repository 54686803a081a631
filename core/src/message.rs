//! Whole messages: frames joined and, where permessage-deflate was agreed, inflated and checked.
//!
//! The [`Decoder`] hands out pieces of messages and checks frames. What can only be checked on a
//! message is checked here: that a compressed one is valid DEFLATE, keeps to the parameters its
//! sender agreed to, stays within the size limit while it is inflated, and is UTF-8 if it is text
//! (RFC 7692 §6). As with the decoder, any chunking of the same bytes gives the same messages and
//! the same fault at the same offset.

use std::mem;

use crate::Role;
use crate::assembly::Assembly;
use crate::deflate::message::{Context, Inflator, MessageError};
use crate::frame::{
    DEFAULT_MAX_MESSAGE, Data, Decoder, Event, FrameHeader, MessageKind, Opcode, Sequence,
};
use crate::violation::{Fault, Violation, ViolationSet};

/// A whole message or control frame, with its payload as `P`: `Vec<u8>`, or `&[u8]` where it is
/// lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<P = Vec<u8>> {
    /// A message, inflated if it was compressed.
    Message(MessageKind, P),
    /// A ping, with its application data.
    Ping(P),
    /// A pong, with its application data.
    Pong(P),
    /// A Close frame, with its body.
    Close(P),
    /// A frame with a reserved opcode, where [`Violation::OpcodeReserved`] is tolerated.
    Reserved(Opcode, P),
}

impl<P> Incoming<P> {
    /// The same with its payload in another form.
    #[inline]
    pub fn map<Q>(self, payload: impl FnOnce(P) -> Q) -> Incoming<Q> {
        match self {
            Incoming::Message(kind, p) => Incoming::Message(kind, payload(p)),
            Incoming::Ping(p) => Incoming::Ping(payload(p)),
            Incoming::Pong(p) => Incoming::Pong(payload(p)),
            Incoming::Close(p) => Incoming::Close(payload(p)),
            Incoming::Reserved(opcode, p) => Incoming::Reserved(opcode, payload(p)),
        }
    }
}

/// What was read whole. The payload is in the input; `None` if it is in the reader, which has
/// assembled it.
pub(crate) type Whole<'i> = Incoming<Option<&'i [u8]>>;

/// What [`MessageReader::step`] found.
pub(crate) enum Step<'i> {
    /// The header of a frame; only where frames are announced.
    Frame(FrameHeader),
    Incoming(Whole<'i>),
}

/// Reads one direction of one connection.
#[derive(Debug, Clone)]
pub struct MessageReader {
    decoder: Decoder,
    tolerated: ViolationSet,
    max_message: u64,
    /// What has come of the message under way, inflated; or the one that was handed out last. A
    /// message that lies in one read as a whole is not copied here.
    message: Assembly,
    inflating: Option<Inflating>,
    tolerated_faults: Vec<Fault>,
    failed: Option<Fault>,
}

impl MessageReader {
    /// A reader of what the peer of `reader` sends, strict in every rule.
    pub fn new(reader: Role) -> MessageReader {
        MessageReader {
            decoder: Decoder::new(reader).leaving_masked(true),
            tolerated: ViolationSet::NONE,
            max_message: DEFAULT_MAX_MESSAGE,
            message: Assembly::default(),
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

    /// Whether to leave a conforming data frame in the input until all of it has come.
    pub(crate) fn set_waiting(&mut self, waits: bool) {
        self.decoder.set_waiting(waits);
    }

    /// Bytes that the input has to have before there is more to read; 0 if everything was used.
    pub(crate) fn wanted(&self) -> u64 {
        self.decoder.wanted()
    }

    /// Counts offsets from `offset` on.
    pub(crate) fn set_offset(&mut self, offset: u64) {
        self.decoder.set_offset(offset);
    }

    /// Makes [`step`](Self::step) return frame headers as well, and leave every payload unmasked in
    /// the input.
    pub(crate) fn announcing_frames(mut self) -> MessageReader {
        self.decoder = self.decoder.announcing_frames().leaving_masked(false);
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

    /// Whether [`take_tolerated`](Self::take_tolerated) has something to return.
    pub(crate) fn has_tolerated(&self) -> bool {
        !self.tolerated_faults.is_empty()
    }

    /// Takes the tolerated faults found since the last call.
    pub fn take_tolerated(&mut self) -> Vec<Fault> {
        mem::take(&mut self.tolerated_faults)
    }

    /// Reads from the front of `input`, up to the end of the next message or control frame, and
    /// shortens `input` by what was used.
    ///
    /// The payload is lent: from the input if it lies there as a whole, or else from a buffer of
    /// the reader, which is used again and grows with what has come, not with what a header
    /// announces.
    ///
    /// `None` means that everything was used and more is needed, or that a Close frame was read, as
    /// in [`Decoder::decode`].
    ///
    /// # Errors
    ///
    /// The first violation that is not tolerated. It is final: every later call returns it again.
    #[inline]
    pub fn read<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i mut [u8],
    ) -> Result<Option<Incoming<&'a [u8]>>, Fault> {
        let whole = self.next(input)?;
        Ok(whole.map(|whole| self.lend(whole)))
    }

    /// Like [`read`](Self::read), with a payload to keep.
    ///
    /// # Errors
    ///
    /// The first violation that is not tolerated, as for [`read`](Self::read).
    pub fn read_owned(&mut self, input: &mut &mut [u8]) -> Result<Option<Incoming>, Fault> {
        let whole = self.next(input)?;
        Ok(whole.map(|whole| self.take(whole)))
    }

    /// Like [`read`](Self::read). The payload is to be lent or taken before the next call.
    #[inline]
    pub(crate) fn next<'i>(
        &mut self,
        input: &mut &'i mut [u8],
    ) -> Result<Option<Whole<'i>>, Fault> {
        loop {
            match self.step(input)? {
                Some(Step::Incoming(whole)) => return Ok(Some(whole)),
                Some(Step::Frame(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// Lends the payload.
    #[inline]
    pub(crate) fn lend<'a, 'i: 'a>(&'a self, whole: Whole<'i>) -> Incoming<&'a [u8]> {
        match whole {
            Incoming::Message(kind, None) => Incoming::Message(kind, self.message.bytes()),
            whole => whole.map(|payload| payload.unwrap_or(self.decoder.held_control())),
        }
    }

    /// Hands out the payload. That of an assembled message is not copied.
    pub(crate) fn take(&mut self, whole: Whole<'_>) -> Incoming {
        match whole {
            Incoming::Message(kind, None) => Incoming::Message(kind, self.message.take()),
            whole => self.lend(whole).map(<[u8]>::to_vec),
        }
    }

    /// Like [`next`](Self::next), up to the next thing to report, which may be a frame header.
    #[inline]
    pub(crate) fn step<'i>(&mut self, input: &mut &'i mut [u8]) -> Result<Option<Step<'i>>, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        loop {
            let event = self.decoder.decode_input(input);
            if self.decoder.has_tolerated() {
                self.tolerated_faults
                    .append(&mut self.decoder.take_tolerated());
            }
            let whole = match event? {
                None => return Ok(None),
                Some(Event::Frame(header)) => return Ok(Some(Step::Frame(header))),
                Some(Event::Data(data)) if data.first && data.last && !data.compressed => {
                    Incoming::Message(data.kind, Some(data.payload))
                }
                Some(Event::Data(data)) => {
                    self.append(&data)?;
                    if data.last {
                        Incoming::Message(data.kind, None)
                    } else {
                        continue;
                    }
                }
                Some(Event::Ping(payload)) => Incoming::Ping(not_held(payload)),
                Some(Event::Pong(payload)) => Incoming::Pong(not_held(payload)),
                Some(Event::Close(body)) => Incoming::Close(not_held(body)),
                Some(Event::Reserved(opcode, payload)) => {
                    Incoming::Reserved(opcode, not_held(payload))
                }
            };
            return Ok(Some(Step::Incoming(whole)));
        }
    }

    /// Appends a piece to the message under way.
    #[inline]
    fn append(&mut self, data: &Data<'_>) -> Result<(), Fault> {
        if data.first {
            // Also drops the message that this one interrupted, where that is tolerated.
            self.message.clear();
        }
        if data.compressed && self.inflating.is_some() {
            return self.inflate(data);
        }
        self.message.append(data.payload, self.decoder.take_key());
        Ok(())
    }

    /// Takes a piece of a compressed message.
    fn inflate(&mut self, data: &Data<'_>) -> Result<(), Fault> {
        let mut found = Vec::new();
        if let Some(inflating) = &mut self.inflating {
            self.message
                .append_with(|message| inflating.take(data, message, &mut found));
        }
        for fault in found {
            if !self.tolerated.contains(fault.violation) {
                self.failed = Some(fault);
                return Err(fault);
            }
            self.tolerated_faults.push(fault);
        }
        Ok(())
    }
}

/// The payload of a control frame; `None` if the decoder holds it.
#[inline]
fn not_held(payload: &[u8]) -> Option<&[u8]> {
    (!payload.is_empty()).then_some(payload)
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
