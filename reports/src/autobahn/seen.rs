//! A stored transcript as Autobahn|Testsuite tells of a connection: heads, frames, counters, who closed and how.

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_core::close::{CloseCode, split_body};
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect;
use wsspec_core::frame::{FrameHeader, Opcode, apply_mask};
use wsspec_core::message::{Incoming, MessageReader};
use wsspec_core::violation::ViolationSet;

use crate::{Close, TargetRole, Transcript, What, Who};

/// What the payload of a ping begins with that asks for a sign of life and belongs to no case.
const BARRIER: &[u8] = b"wsspec-barrier-";

/// A frame that went over the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Who sent it.
    pub who: Who,
    /// The entry of the transcript in which it ends.
    pub entry: usize,
    /// Its header.
    pub header: FrameHeader,
    /// Its payload, unmasked, as far as it is there.
    pub payload: Vec<u8>,
    /// All of it is there.
    pub whole: bool,
}

/// Counters of one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Reads or writes by their size.
    pub octets: BTreeMap<usize, usize>,
    /// Frames by opcode.
    pub frames: BTreeMap<u8, usize>,
    /// Bytes before the first frame.
    pub head: u64,
    /// Bytes of frames.
    pub wire: u64,
    /// Bytes of payload of data frames.
    pub payload: u64,
    /// Bytes of whole messages, inflated.
    pub inflated: u64,
    /// Data frames.
    pub data_frames: u64,
    /// Whole messages.
    pub messages: u64,
}

/// A Close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// The frame's place in the transcript.
    pub entry: usize,
    /// Its code.
    pub code: Option<u16>,
    /// Its reason.
    pub reason: String,
}

/// What a transcript says of its connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// The opening request.
    pub request: String,
    /// The answer to it.
    pub response: String,
    /// The answer was 101.
    pub opened: bool,
    /// Nothing was left out of the transcript.
    pub whole: bool,
    /// Every frame of both sides, in the order in which they ended.
    pub frames: Vec<Frame>,
    /// Whole messages, pings and pongs of the target, in order.
    pub received: Vec<Incoming>,
    /// Whole messages and pings of the suite before its Close.
    pub sent: Vec<Incoming>,
    /// What the target sent.
    pub rx: Traffic,
    /// What the suite sent.
    pub tx: Traffic,
    /// The first Close frame of the target.
    pub theirs: Option<CloseFrame>,
    /// The first Close frame of the suite.
    pub ours: Option<CloseFrame>,
    /// The entry at which the target ended TCP.
    pub ended: Option<usize>,
    /// The suite stopped waiting.
    pub timed_out: bool,
}

impl Seen {
    /// Reads a transcript. `close` is what else is known of the end, where that was too far to be kept.
    pub fn of(transcript: &Transcript, close: Option<&Close>) -> Seen {
        let mut seen = Seen {
            whole: true,
            ..Seen::default()
        };
        for (i, entry) in transcript.entries.iter().enumerate() {
            match (&entry.what, entry.who) {
                (What::Left(_), _) => seen.whole = false,
                (What::TimedOut, _) => seen.timed_out = true,
                (What::Fin | What::Rst, Who::Target) => seen.ended = seen.ended.or(Some(i)),
                _ => {}
            }
        }
        let server = if transcript.target_role == TargetRole::Server {
            Who::Target
        } else {
            Who::Suite
        };
        let agreed = dissect::agreed(&stream(transcript, server).0);
        for who in [Who::Suite, Who::Target] {
            let sender = if who == server {
                Role::Server
            } else {
                Role::Client
            };
            seen.side(transcript, who, sender, agreed);
        }
        seen.frames.sort_by_key(|frame| frame.entry);
        if let (false, Some(close)) = (seen.whole, close) {
            let frame = |entry, code, reason: &str| CloseFrame {
                entry,
                code,
                reason: reason.to_owned(),
            };
            let theirs = seen
                .theirs
                .get_or_insert_with(|| frame(usize::MAX, close.code, &close.reason))
                .entry;
            if close.clean {
                let (entry, code) = if close.answers {
                    (0, Some(CloseCode::NORMAL.0))
                } else {
                    (theirs, close.code)
                };
                seen.ours.get_or_insert_with(|| frame(entry, code, ""));
            }
        }
        seen
    }

    fn side(
        &mut self,
        transcript: &Transcript,
        who: Who,
        sender: Role,
        agreed: Option<Parameters>,
    ) {
        let (mut stream, ends, octets) = stream(transcript, who);
        let front = dissect::head_length(&stream);
        let head = String::from_utf8_lossy(&stream[..front]).into_owned();
        let mut traffic = Traffic {
            octets,
            head: front as u64,
            ..Traffic::default()
        };
        let is_answer = sender == Role::Server && front > 0;
        if is_answer {
            self.opened = head.get(8..).is_some_and(|rest| rest.starts_with(" 101"));
        }
        let frames = if is_answer && !self.opened {
            stream.len()
        } else {
            front
        };
        *(if sender == Role::Server {
            &mut self.response
        } else {
            &mut self.request
        }) = head;
        let found = split(&stream, frames, who, &ends);
        for frame in &found {
            *traffic
                .frames
                .entry(frame.header.opcode.bits())
                .or_default() += 1;
            traffic.wire += (frame.header.size() + frame.payload.len()) as u64;
            if !frame.header.opcode.is_control() {
                traffic.data_frames += 1;
                traffic.payload += frame.payload.len() as u64;
            }
        }
        let close = found
            .iter()
            .find(|frame| frame.header.opcode == Opcode::CLOSE)
            .map(|frame| {
                let (code, reason) =
                    split_body(&frame.payload).map_or((None, &[][..]), |(c, r)| (Some(c.0), r));
                CloseFrame {
                    entry: frame.entry,
                    code,
                    reason: dissect::printable(reason),
                }
            });
        let events = events(&mut stream[frames..], sender, agreed);
        for event in &events {
            if let Incoming::Message(_, payload) = event {
                traffic.messages += 1;
                traffic.inflated += payload.len() as u64;
            }
        }
        self.frames.extend(found);
        match who {
            Who::Target => (self.rx, self.theirs, self.received) = (traffic, close, events),
            Who::Suite => (self.tx, self.ours, self.sent) = (traffic, close, events),
        }
    }

    /// The suite's Close went before the target's.
    pub fn closed_by_suite(&self) -> bool {
        match (&self.ours, &self.theirs) {
            (Some(ours), Some(theirs)) => ours.entry < theirs.entry,
            (Some(ours), None) => self.ended.is_none_or(|ended| ours.entry < ended),
            (None, _) => false,
        }
    }

    /// Both Close frames went.
    pub fn clean(&self) -> bool {
        self.ours.is_some() && self.theirs.is_some()
    }

    /// The target sent a whole data message.
    pub fn heard_message(&self) -> bool {
        self.received
            .iter()
            .any(|event| matches!(event, Incoming::Message(..)))
    }

    /// The suite had sent its last message whole before the target closed.
    pub fn sent_all(&self) -> bool {
        let end = self
            .theirs
            .as_ref()
            .map(|close| close.entry)
            .or(self.ended)
            .unwrap_or(usize::MAX);
        let data = |frame: &&Frame| {
            frame.who == Who::Suite && !frame.header.opcode.is_control() && frame.entry < end
        };
        self.frames
            .iter()
            .rfind(data)
            .is_some_and(|frame| frame.whole && frame.header.fin)
    }
}

/// All that one side sent, where each entry ends in it, and how often each size was.
type Stream = (Vec<u8>, Vec<(usize, usize)>, BTreeMap<usize, usize>);

fn stream(transcript: &Transcript, who: Who) -> Stream {
    let (mut stream, mut ends, mut octets) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (i, entry) in transcript
        .entries
        .iter()
        .enumerate()
        .filter(|(_, e)| e.who == who)
    {
        if let What::Bytes(bytes) = &entry.what {
            stream.extend_from_slice(bytes);
            ends.push((stream.len(), i));
            *octets.entry(bytes.len()).or_default() += 1;
        }
    }
    (stream, ends, octets)
}

/// The frames from `at` on, right or wrong, as long as their lengths lead from one to the next.
fn split(stream: &[u8], mut at: usize, who: Who, ends: &[(usize, usize)]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some(header) = FrameHeader::parse(&stream[at..]) {
        let rest = &stream[at + header.size()..];
        let length = usize::try_from(header.length)
            .unwrap_or(usize::MAX)
            .min(rest.len());
        let mut payload = rest[..length].to_vec();
        if let Some(key) = header.mask {
            apply_mask(&mut payload, key, 0);
        }
        at += header.size() + length;
        let entry = ends
            .get(ends.partition_point(|(end, _)| *end < at))
            .map_or(0, |(_, i)| *i);
        frames.push(Frame {
            who,
            entry,
            header,
            payload,
            whole: length as u64 == header.length,
        });
    }
    frames
}

/// What the frames amount to, without the barriers and their answers.
fn events(frames: &mut [u8], sender: Role, agreed: Option<Parameters>) -> Vec<Incoming> {
    let context = agreed.map(|parameters| parameters.context(sender));
    let mut reader = MessageReader::new(sender.peer())
        .tolerating(ViolationSet::ALL)
        .compression(context);
    let (mut input, mut found) = (frames, Vec::new());
    while let Ok(Some(event)) = reader.read(&mut input) {
        match &event {
            Incoming::Close(_) => break,
            Incoming::Ping(payload) | Incoming::Pong(payload) | Incoming::Message(_, payload)
                if payload.starts_with(BARRIER) => {}
            _ => found.push(event),
        }
    }
    found
}
