//! The reader itself: a [`HeadReader`], then a [`MessageReader`] that announces frames.

use std::collections::VecDeque;
use std::mem;

use super::{Observation, ObservationKind};
use crate::Role;
use crate::deflate::message::Context;
use crate::frame::{FrameHeader, Opcode, Sequence};
use crate::handshake::HeadReader;
use crate::message::{Incoming, MessageReader, Step};
use crate::violation::{Fault, Violation, ViolationSet};

/// Everything but the violation whose toleration makes memory unbounded.
const TOLERATED: ViolationSet = ViolationSet::ALL.without(Violation::MessageTooBig);

/// Reads what one side of a connection sends; see the [module](super).
#[derive(Debug, Clone)]
pub struct Observer {
    sender: Role,
    tolerated: ViolationSet,
    stage: Stage,
    head: HeadReader,
    /// Offset of the head being read, or of the next byte of a body.
    offset: u64,
    reader: MessageReader,
    /// Offset of the frame that was announced last.
    frame: u64,
    /// Offset of the message under way.
    message: Option<u64>,
    queue: VecDeque<Observation>,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    /// A body with this many bytes to come; `None` if it ends with the connection.
    Body(Option<u64>),
    Frames,
    /// Nothing, after [`ObservationKind::Failed`].
    Failed,
}

impl Observer {
    /// An observer of what `sender` sends from the opening head on.
    ///
    /// It tolerates everything but messages above the limit, which is
    /// [`DEFAULT_MAX_MESSAGE`](crate::frame::DEFAULT_MAX_MESSAGE) unless set.
    pub fn new(sender: Role) -> Observer {
        Observer {
            sender,
            tolerated: TOLERATED,
            stage: Stage::Head,
            head: head_reader(sender, TOLERATED),
            offset: 0,
            reader: MessageReader::new(sender.peer())
                .announcing_frames()
                .tolerating(TOLERATED),
            frame: 0,
            message: None,
            queue: VecDeque::new(),
        }
    }

    /// Expects frames from the first byte on: the opening handshake is over.
    #[must_use]
    pub fn already_open(mut self) -> Observer {
        self.expect_frames();
        self
    }

    /// Counts offsets from `offset` instead of 0.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> Observer {
        self.offset = offset;
        self.reader = self.reader.starting_at(offset);
        self
    }

    /// Tolerates exactly these violations, and stops at others. With [`Violation::MessageTooBig`]
    /// among them, messages that are not compressed and control frames of any size are collected in
    /// memory. Of a head, only [`Violation::LineEndBare`] can be tolerated.
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> Observer {
        self.tolerated = violations;
        self.head = head_reader(self.sender, violations);
        self.reader = self.reader.tolerating(violations);
        self
    }

    /// Limits messages to `bytes` bytes, inflated.
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> Observer {
        self.set_max_message(bytes);
        self
    }

    /// Limits messages to `bytes` bytes, inflated. A message that has begun keeps its limit, unless
    /// it is compressed.
    pub fn set_max_message(&mut self, bytes: u64) {
        self.reader.set_max_message(bytes);
    }

    /// Inflates the compressed messages of a sender that agreed to `context`; `None` where
    /// compression was not agreed on, so that RSV1 is a fault.
    #[must_use]
    pub fn compression(mut self, context: Option<Context>) -> Observer {
        self.reader.set_compression(context);
        self
    }

    /// The sender has agreed to compress like this from the next message on.
    pub fn agree(&mut self, context: Context) {
        self.reader.set_compression(Some(context));
    }

    /// Whose bytes these are.
    pub fn sender(&self) -> Role {
        self.sender
    }

    /// Offset of the next byte of input in the stream.
    pub fn offset(&self) -> u64 {
        match self.stage {
            Stage::Head => self.offset + self.head.bytes().len() as u64,
            Stage::Body(_) => self.offset,
            Stage::Frames | Stage::Failed => self.reader.offset(),
        }
    }

    /// Whether frames are expected and the stream so far ends with a whole one, or before the
    /// first.
    pub fn at_boundary(&self) -> bool {
        self.stage == Stage::Frames && self.reader.at_boundary()
    }

    /// The state of the frame sequence.
    pub fn sequence(&self) -> Sequence {
        self.reader.sequence()
    }

    /// The bytes of the head that is being read, or could not be read.
    pub fn partial_head(&self) -> &[u8] {
        self.head.bytes()
    }

    /// Reads from the front of `input` up to the next observation, and shortens `input` by what was
    /// used.
    ///
    /// `None` means that more input is needed. Some input is left then only after
    /// [`ObservationKind::Failed`], and after a Close frame where [`Violation::DataAfterClose`] is
    /// not tolerated.
    pub fn next(&mut self, input: &mut &mut [u8]) -> Option<Observation> {
        loop {
            if let Some(observation) = self.queue.pop_front() {
                return Some(observation);
            }
            let more = match self.stage {
                Stage::Head => self.read_head(input),
                Stage::Body(left) => self.skip_body(left, input),
                Stage::Frames => {
                    let observation = self.read_frames(input);
                    if self.queue.is_empty() {
                        return observation;
                    }
                    self.queue.extend(observation);
                    true
                }
                Stage::Failed => false,
            };
            if !more {
                return self.queue.pop_front();
            }
        }
    }

    fn observed(&mut self, start: u64, end: u64, kind: ObservationKind) {
        self.queue.push_back(Observation { start, end, kind });
    }

    fn fault(&mut self, fault: Fault) {
        self.observed(
            fault.offset,
            fault.offset + 1,
            ObservationKind::Fault(fault),
        );
    }

    fn failed(&mut self, fault: Fault) {
        self.stage = Stage::Failed;
        self.observed(
            fault.offset,
            fault.offset + 1,
            ObservationKind::Failed(fault),
        );
    }

    /// Reads on in the head. Returns whether to go on.
    fn read_head(&mut self, input: &mut &mut [u8]) -> bool {
        let was_bare = self.head.bare_line_end().is_some();
        let mut rest: &[u8] = input;
        let read = self.head.read(&mut rest);
        let used = input.len() - rest.len();
        *input = &mut mem::take(input)[used..];
        if let Some(fault) = self.head.bare_line_end().filter(|_| !was_bare) {
            self.fault(shifted(fault, self.offset));
        }
        match read {
            Ok(true) => self.end_head(),
            Ok(false) => false,
            Err(fault) => {
                self.head_failed(fault);
                false
            }
        }
    }

    fn head_failed(&mut self, fault: Fault) {
        self.reader.set_offset(self.offset());
        self.failed(shifted(fault, self.offset));
    }

    /// Reports the whole head, and decides what follows it. Returns whether to go on.
    fn end_head(&mut self) -> bool {
        let next = match self.sender {
            Role::Client => self.head.parse_request().map(|_| Next::Frames),
            Role::Server => self
                .head
                .parse_response()
                .map(|response| match response.status {
                    101 => Next::Frames,
                    100..200 => Next::Head,
                    _ => Next::Body(
                        response
                            .fields
                            .get("content-length")
                            .and_then(|n| n.parse().ok()),
                    ),
                }),
        };
        let next = match next {
            Ok(next) => next,
            Err(fault) => {
                self.head_failed(fault);
                return false;
            }
        };
        let next_head = head_reader(self.sender, self.tolerated);
        let head = Box::new(mem::replace(&mut self.head, next_head));
        let (start, end) = (self.offset, self.offset + head.bytes().len() as u64);
        self.offset = end;
        match next {
            Next::Head => self.observed(start, end, ObservationKind::Interim(head)),
            Next::Frames => {
                self.observed(start, end, ObservationKind::Head(head));
                self.expect_frames();
            }
            Next::Body(length) => {
                self.observed(start, end, ObservationKind::Head(head));
                let body_end = length.map_or(u64::MAX, |length| end.saturating_add(length));
                self.observed(end, body_end, ObservationKind::Body(length));
                self.stage = Stage::Body(length);
            }
        }
        true
    }

    /// Skips a body. Returns whether it has ended.
    fn skip_body(&mut self, left: Option<u64>, input: &mut &mut [u8]) -> bool {
        let there = input.len() as u64;
        let skipped = left.map_or(there, |left| left.min(there));
        *input = &mut mem::take(input)[skipped as usize..];
        self.offset += skipped;
        let left = left.map(|left| left - skipped);
        self.stage = Stage::Body(left);
        if left == Some(0) {
            self.expect_frames();
        }
        left == Some(0)
    }

    fn expect_frames(&mut self) {
        self.reader.set_offset(self.offset);
        self.stage = Stage::Frames;
    }

    /// Reads up to the next thing to report in the frames. Faults that come before it are queued.
    fn read_frames(&mut self, input: &mut &mut [u8]) -> Option<Observation> {
        let step = self.reader.step(input);
        for fault in self.reader.take_tolerated() {
            self.fault(fault);
        }
        match step {
            Ok(step) => Some(match step? {
                Step::Frame(header) => self.frame(header),
                Step::Incoming(whole) => {
                    let incoming = self.reader.take(whole);
                    self.incoming(incoming)
                }
            }),
            Err(fault) => {
                self.failed(fault);
                None
            }
        }
    }

    fn frame(&mut self, header: FrameHeader) -> Observation {
        let end = self.reader.offset();
        self.frame = end - header.size() as u64;
        let data = !header.opcode.is_control() && !header.opcode.is_reserved();
        let begins = header.opcode != Opcode::CONTINUATION
            || self.message.is_none()
            || self.reader.sequence() == Sequence::Closed;
        if data && begins {
            self.message = Some(self.frame);
        }
        Observation {
            start: self.frame,
            end,
            kind: ObservationKind::Frame(header),
        }
    }

    fn incoming(&mut self, incoming: Incoming) -> Observation {
        let start = match incoming {
            Incoming::Message(..) => self.message.take(),
            _ => None,
        };
        let end = self.reader.offset();
        Observation {
            start: start.unwrap_or(self.frame),
            end,
            kind: ObservationKind::Incoming(incoming),
        }
    }
}

/// What follows a head.
enum Next {
    Head,
    Body(Option<u64>),
    Frames,
}

fn head_reader(sender: Role, tolerated: ViolationSet) -> HeadReader {
    let reader = match sender {
        Role::Client => HeadReader::request(),
        Role::Server => HeadReader::response(),
    };
    reader.tolerating(tolerated)
}

/// A fault of a head that begins at `offset` of the stream.
fn shifted(fault: Fault, offset: u64) -> Fault {
    fault.violation.at(fault.offset + offset)
}
