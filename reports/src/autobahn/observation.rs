//! A stored transcript as Autobahn|Testsuite describes a connection: heads, frames, counters, who
//! closed and how.

use std::collections::BTreeMap;
use std::ops::Range;

use wsspec_core::Role;
use wsspec_core::close::{CloseCode, split_body};
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect;
use wsspec_core::frame::{FrameHeader, Opcode};
use wsspec_core::message::Incoming;
use wsspec_core::observe::{Observation, ObservationKind, Observer};
use wsspec_core::violation::ViolationSet;

use crate::{BARRIER, Close, Transcript, What, Who};

/// A frame that went over the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The side that sent it.
    pub who: Who,
    /// Number of the entry of the transcript in which it ends.
    pub entry: usize,
    /// Its header.
    pub header: FrameHeader,
    /// Where the payload is in the stream of its sender, as far as it was sent.
    payload: Range<usize>,
}

impl Frame {
    /// Whether the whole payload was sent.
    pub fn is_whole(&self) -> bool {
        self.payload.len() as u64 == self.header.length
    }
}

/// Counters of one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Number of reads or writes of each size.
    pub octets: BTreeMap<usize, usize>,
    /// Number of frames with each opcode.
    pub frames: BTreeMap<u8, usize>,
    /// Bytes before the first frame.
    pub head: u64,
    /// Bytes of frames.
    pub wire: u64,
    /// Bytes of payload of data frames.
    pub payload: u64,
    /// Bytes of whole messages, inflated.
    pub inflated: u64,
    /// Number of data frames.
    pub data_frames: u64,
    /// Number of whole messages.
    pub messages: u64,
}

/// A Close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// Number of the entry of the transcript in which it ends.
    pub entry: usize,
    /// Its code.
    pub code: Option<u16>,
    /// Its reason, printable.
    pub reason: String,
}

/// What one side sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sent {
    /// Whole messages, pings and pongs before its Close, in order, without barriers and the answers
    /// to them.
    pub events: Vec<Incoming>,
    /// Its first Close frame.
    pub close: Option<CloseFrame>,
    /// Counters.
    pub traffic: Traffic,
    /// All bytes, unmasked.
    bytes: Vec<u8>,
}

/// What a transcript says about its connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// The opening request.
    pub request: String,
    /// The answer to it.
    pub response: String,
    /// Whether the answer was 101.
    pub opened: bool,
    /// Whether the transcript has every byte.
    pub whole: bool,
    /// The frames of both sides, in the order in which they ended.
    pub frames: Vec<Frame>,
    /// What the suite sent.
    pub suite: Sent,
    /// What the target sent.
    pub target: Sent,
    /// Number of the entry at which the target ended or reset the connection.
    pub ended: Option<usize>,
    /// Whether the suite stopped waiting.
    pub timed_out: bool,
}

impl Observed {
    /// Reads a transcript. `close` is what else is known about the end of the connection, in case
    /// the transcript was cut before it.
    pub fn new(transcript: &Transcript, close: Option<&Close>) -> Observed {
        let mut observed = Observed {
            whole: true,
            ..Observed::default()
        };
        for (number, entry) in transcript.entries.iter().enumerate() {
            match (&entry.what, entry.who) {
                (What::Left(_), _) => observed.whole = false,
                (What::TimedOut, _) => observed.timed_out = true,
                (What::Fin | What::Truncated | What::Rst, Who::Target) => {
                    observed.ended.get_or_insert(number);
                }
                _ => {}
            }
        }
        let [suite, target] = [Who::Suite, Who::Target].map(|who| Stream::of(transcript, who));
        let agreed = match transcript.target_role.server(1) {
            Who::Suite => dissect::agreed(&suite.bytes),
            Who::Target => dissect::agreed(&target.bytes),
        };
        for stream in [suite, target] {
            observed.add(Side::read(stream, transcript, agreed));
        }
        observed.frames.sort_by_key(|frame| frame.entry);
        if let (false, Some(close)) = (observed.whole, close) {
            observed.complete_end(close);
        }
        observed
    }

    fn add(&mut self, side: Side) {
        match side.sender {
            Role::Client => self.request = side.head,
            Role::Server => {
                self.response = side.head;
                self.opened = side.opened;
            }
        }
        self.frames.extend(side.frames);
        match side.who {
            Who::Suite => self.suite = side.sent,
            Who::Target => self.target = side.sent,
        }
    }

    /// Adds the Close frames that the transcript was cut before.
    fn complete_end(&mut self, close: &Close) {
        let theirs = self.target.close.get_or_insert_with(|| CloseFrame {
            entry: usize::MAX,
            code: close.code,
            reason: close.reason.clone(),
        });
        if close.clean {
            let (entry, code) = if close.answers {
                (0, Some(CloseCode::NORMAL.0))
            } else {
                (theirs.entry, close.code)
            };
            self.suite.close.get_or_insert_with(|| CloseFrame {
                entry,
                code,
                reason: String::new(),
            });
        }
    }

    /// The payload of a frame of this connection, unmasked.
    pub fn payload(&self, frame: &Frame) -> &[u8] {
        let sent = match frame.who {
            Who::Suite => &self.suite,
            Who::Target => &self.target,
        };
        sent.bytes.get(frame.payload.clone()).unwrap_or_default()
    }

    /// Whether the suite sent its Close before the target did.
    pub fn closed_by_suite(&self) -> bool {
        match (&self.suite.close, &self.target.close) {
            (Some(ours), Some(theirs)) => ours.entry < theirs.entry,
            (Some(ours), None) => self.ended.is_none_or(|ended| ours.entry < ended),
            (None, _) => false,
        }
    }

    /// Whether both sides sent a Close frame.
    pub fn clean(&self) -> bool {
        self.suite.close.is_some() && self.target.close.is_some()
    }

    /// Whether the target sent a whole message.
    pub fn has_answer(&self) -> bool {
        self.target
            .events
            .iter()
            .any(|event| matches!(event, Incoming::Message(..)))
    }

    /// Whether the suite had sent its last message whole before the target closed.
    pub fn sent_all(&self) -> bool {
        let end = self
            .target
            .close
            .as_ref()
            .map(|close| close.entry)
            .or(self.ended)
            .unwrap_or(usize::MAX);
        let last = self.frames.iter().rfind(|frame| {
            frame.who == Who::Suite && !frame.header.opcode.is_control() && frame.entry < end
        });
        last.is_some_and(|frame| frame.is_whole() && frame.header.fin)
    }
}

/// All that one side sent.
struct Stream {
    who: Who,
    bytes: Vec<u8>,
    /// Where each entry ends in the stream, and its number.
    ends: Vec<(usize, usize)>,
    /// Number of entries of each size.
    sizes: BTreeMap<usize, usize>,
}

impl Stream {
    fn of(transcript: &Transcript, who: Who) -> Stream {
        let mut stream = Stream {
            who,
            bytes: Vec::new(),
            ends: Vec::new(),
            sizes: BTreeMap::new(),
        };
        for (number, entry) in transcript.entries.iter().enumerate() {
            if let (What::Bytes(bytes), true) = (&entry.what, entry.who == who) {
                stream.bytes.extend_from_slice(bytes);
                stream.ends.push((stream.bytes.len(), number));
                *stream.sizes.entry(bytes.len()).or_default() += 1;
            }
        }
        stream
    }
}

/// What one side sent, read.
struct Side {
    who: Who,
    sender: Role,
    /// The opening head; empty if the stream does not begin with one.
    head: String,
    /// Whether the head is a 101.
    opened: bool,
    frames: Vec<Frame>,
    sent: Sent,
}

impl Side {
    /// Reads a stream whose compressed messages follow `agreed`.
    fn read(stream: Stream, transcript: &Transcript, agreed: Option<Parameters>) -> Side {
        let Stream {
            who,
            bytes,
            ends,
            sizes,
        } = stream;
        let sender = if who == transcript.target_role.server(1) {
            Role::Server
        } else {
            Role::Client
        };
        // The head is only delimited here: one that breaks the rules is stored as well.
        let front = dissect::head_length(&bytes);
        let head = String::from_utf8_lossy(&bytes[..front]).into_owned();
        let is_answer = sender == Role::Server && front > 0;
        let opened = is_answer && head.get(8..).is_some_and(|rest| rest.starts_with(" 101"));
        let mut side = Side {
            who,
            sender,
            head,
            opened,
            frames: Vec::new(),
            sent: Sent {
                traffic: Traffic {
                    octets: sizes,
                    head: front as u64,
                    ..Traffic::default()
                },
                bytes,
                ..Sent::default()
            },
        };
        if !is_answer || opened {
            let context = agreed.map(|parameters| parameters.context(sender));
            let observer = Observer::new(sender)
                .already_open()
                .starting_at(front as u64)
                .tolerating(ViolationSet::ALL)
                .compression(context);
            side.read_frames(front, observer, &ends);
            side.count();
        }
        side
    }

    /// Reads the frames from offset `front` on, and the messages they make up.
    fn read_frames(&mut self, front: usize, mut observer: Observer, ends: &[(usize, usize)]) {
        let length = self.sent.bytes.len();
        let mut bytes = std::mem::take(&mut self.sent.bytes);
        let mut input = &mut bytes[front..];
        let mut reads_messages = true;
        // Number of frames when the observer last failed.
        let mut frames_before = None;
        while let Some(Observation { end, kind, .. }) = observer.next(&mut input) {
            match kind {
                ObservationKind::Frame(header) => {
                    self.frames
                        .push(frame(self.who, header, end as usize, length, ends));
                }
                ObservationKind::Incoming(Incoming::Close(_)) => reads_messages = false,
                ObservationKind::Incoming(incoming) if reads_messages && !is_barrier(&incoming) => {
                    self.sent.events.push(incoming);
                }
                ObservationKind::Failed(_) => {
                    // No message can be read any more, but the frames after this one can.
                    reads_messages = false;
                    if frames_before == Some(self.frames.len()) {
                        break;
                    }
                    frames_before = Some(self.frames.len());
                    let next = self.frames.last().map_or(length, |last| last.payload.end);
                    let rest = std::mem::take(&mut input);
                    let skipped = rest.len().saturating_sub(length - next);
                    input = &mut rest[skipped..];
                    observer = Observer::new(self.sender)
                        .already_open()
                        .starting_at(next as u64)
                        .tolerating(ViolationSet::ALL);
                }
                _ => {}
            }
        }
        self.sent.bytes = bytes;
    }

    /// Finds the Close frame, and counts frames and messages.
    fn count(&mut self) {
        let Sent {
            events,
            close,
            traffic,
            bytes,
        } = &mut self.sent;
        for frame in &self.frames {
            let opcode = frame.header.opcode;
            let payload = frame.payload.len();
            *traffic.frames.entry(opcode.bits()).or_default() += 1;
            traffic.wire += (frame.header.size() + payload) as u64;
            if !opcode.is_control() {
                traffic.data_frames += 1;
                traffic.payload += payload as u64;
            }
            if opcode == Opcode::CLOSE && close.is_none() {
                let body = split_body(&bytes[frame.payload.clone()]);
                let (code, reason) = body.map_or((None, &[][..]), |(c, r)| (Some(c.0), r));
                *close = Some(CloseFrame {
                    entry: frame.entry,
                    code,
                    reason: dissect::printable(reason),
                });
            }
        }
        for event in events {
            if let Incoming::Message(_, payload) = event {
                traffic.messages += 1;
                traffic.inflated += payload.len() as u64;
            }
        }
    }
}

/// A frame whose payload begins at offset `start` of a stream of `length` bytes.
fn frame(
    who: Who,
    header: FrameHeader,
    start: usize,
    length: usize,
    ends: &[(usize, usize)],
) -> Frame {
    let there = usize::try_from(header.length)
        .unwrap_or(usize::MAX)
        .min(length - start);
    let end = start + there;
    let entry = ends
        .get(ends.partition_point(|(entry_end, _)| *entry_end < end))
        .map_or(0, |(_, number)| *number);
    Frame {
        who,
        entry,
        header,
        payload: start..end,
    }
}

/// Whether it is a barrier, or the answer to one.
fn is_barrier(incoming: &Incoming) -> bool {
    match incoming {
        Incoming::Ping(payload) | Incoming::Pong(payload) | Incoming::Message(_, payload) => {
            payload.starts_with(BARRIER)
        }
        Incoming::Close(_) | Incoming::Reserved(..) => false,
    }
}
