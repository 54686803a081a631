//! Where the target's frames end, before they are read.
//!
//! A header that breaks a rule leaves the frame readable, as long as its length is right. Where the
//! length is wrong, all that is read after it is nonsense, and the finding is that one header. A
//! [`Framing`] stands between the binding and the [view](super::view): it hands on each frame once
//! nothing speaks against its length any more, and stops at the first whose length is wrong.
//!
//! - A frame is **in doubt** if its length is not written in the fewest bytes, if it announces more
//!   than is ever read, or if it is an echo that stops short of what was sent, or goes beyond.
//! - The doubt is **resolved** by what follows the announced end, by the payload that we sent, and
//!   by the answer to our barrier. A frame that a frame without fault follows is readable. If that
//!   is not so, and our payload is found where another length puts it, framing is lost.
//! - A frame that is longer than announced is thus only called so next to a **broken rule**. One
//!   that is shorter shows by the answer to our barrier inside it, whose payload no target sends
//!   unasked. So no conforming stream loses its framing, however it is cut and however long it
//!   takes.

mod clues;
mod doubt;

use std::mem;

use wsspec_core::Role;
use wsspec_core::frame::{FrameHeader, Opcode};

use super::reason::LostFraming;
pub(crate) use clues::Clues;
use clues::{MAX_CONTROL, Rules, is_minimal, parse, unmasked};
use doubt::{Doubt, Ruled, rule_on_echo};

/// What an HTTP message begins with. No conforming frame begins so: it would be a fragmented control
/// frame.
const HTTP: &[u8] = b"HTTP/1.";

/// Bytes kept of the line of an HTTP message.
const MAX_LINE: usize = 200;

/// Bytes by which an echo may be too long to be in doubt.
const MAX_BEYOND: usize = 256;

/// The stream of one target, frame by frame.
#[derive(Debug)]
pub(crate) struct Framing {
    rules: Rules,
    stage: Stage,
    /// Bytes that came and were not handed on, from `at` on.
    buffer: Vec<u8>,
    at: usize,
    /// A message is under way.
    in_message: bool,
    /// Bytes of the echo that is due in the fragments before; `None` if they are no echo.
    echoed: Option<usize>,
    lost: Option<LostFraming>,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum Stage {
    /// Anything: nothing is looked at.
    Unread,
    /// A header.
    Header,
    /// A frame whose header is in doubt. It is kept from its first byte on.
    Doubt(Doubt),
    /// A frame.
    Frame(Frame),
    /// Nothing, after framing was lost.
    Lost,
}

/// A frame under way.
#[derive(Debug)]
struct Frame {
    header: FrameHeader,
    /// Bytes handed on, header included.
    handed_on: u64,
    /// Bytes looked at, header included.
    seen: u64,
    /// How much of the echo that is due it carries so far; `None` if it is no echo.
    echo: Option<usize>,
    /// Bytes beyond the end of the echo, as they came.
    beyond: Vec<u8>,
    /// The last bytes of payload, in which an answer to our barrier may have begun.
    tail: Vec<u8>,
}

impl Framing {
    /// The stream of a target that has not sent a frame yet. Until
    /// [`frames_follow`](Self::frames_follow), nothing is looked at.
    pub(crate) fn new(sender: Role) -> Framing {
        Framing {
            rules: Rules {
                sender,
                deflate: false,
            },
            stage: Stage::Unread,
            buffer: Vec::new(),
            at: 0,
            in_message: false,
            echoed: Some(0),
            lost: None,
        }
    }

    /// Frames follow from here on.
    pub(crate) fn frames_follow(&mut self) {
        self.stage = Stage::Header;
    }

    /// permessage-deflate was agreed on.
    pub(crate) fn agree(&mut self) {
        self.rules.deflate = true;
    }

    /// What follows is of no interest: the target has closed.
    pub(crate) fn closed(&mut self) {
        self.stage = Stage::Unread;
    }

    /// How framing was lost, if it was.
    pub(crate) fn lost(&self) -> Option<&LostFraming> {
        self.lost.as_ref()
    }

    /// The length that the frame under way announces, if that is more than `limit`.
    pub(crate) fn announces_beyond(&self, limit: u64) -> Option<u64> {
        match &self.stage {
            Stage::Doubt(doubt) if doubt.header.length > limit => Some(doubt.header.length),
            _ => None,
        }
    }

    /// Takes bytes that came.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) {
        if matches!(self.stage, Stage::Lost) {
            return;
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        if self.buffer.is_empty() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// The next bytes that may be read: at most to the end of a frame. `None` if more have to come.
    /// With `last`, nothing more is waited for.
    pub(crate) fn next(&mut self, clues: &Clues<'_>, last: bool) -> Option<Vec<u8>> {
        loop {
            let there = self.buffer.len() - self.at;
            match &mut self.stage {
                Stage::Lost => return None,
                Stage::Unread => return (there > 0).then(|| self.hand_on(there)),
                Stage::Header => {
                    if there == 0 {
                        return None;
                    }
                    if self.may_be_http() {
                        if self.read_http(last) {
                            continue;
                        }
                        return None;
                    }
                    match parse(&self.buffer[self.at..]) {
                        Some(header) => self.begin(header, clues),
                        None if last => return Some(self.hand_on(there)),
                        None => return None,
                    }
                }
                Stage::Doubt(_) => match self.rule(clues) {
                    // A frame that announces more than is ever read is not read before that much has
                    // come.
                    Ruled::Open if !last || self.announces_beyond(clues.limit).is_some() => {
                        return None;
                    }
                    Ruled::Lost { actual } => self.lose_length(actual),
                    Ruled::Open | Ruled::Readable => self.believe(),
                },
                Stage::Frame(_) => {
                    let read = self.read_frame(clues, last);
                    if read.is_some() || self.lost.is_none() {
                        return read;
                    }
                }
            }
        }
    }

    fn hand_on(&mut self, bytes: usize) -> Vec<u8> {
        let from = self.at;
        if from == 0 && bytes == self.buffer.len() {
            return mem::take(&mut self.buffer);
        }
        self.at += bytes;
        self.buffer[from..self.at].to_vec()
    }

    /// Rules on the frame in doubt.
    fn rule(&mut self, clues: &Clues<'_>) -> Ruled {
        let Stage::Doubt(doubt) = &self.stage else {
            return Ruled::Readable;
        };
        let header = doubt.header;
        if !in_doubt(&header, clues.limit) {
            return Ruled::Readable;
        }
        let due = self.due(&header, clues);
        let in_message = self.in_message_after(&header);
        let (rules, bytes) = (self.rules, &self.buffer[self.at..]);
        match &mut self.stage {
            Stage::Doubt(doubt) => doubt.rule(rules, in_message, bytes, due, clues),
            _ => Ruled::Readable,
        }
    }

    /// Takes the frame in doubt to be as long as its header says.
    fn believe(&mut self) {
        if let Stage::Doubt(doubt) = &self.stage {
            self.stage = Stage::Frame(Frame::new(doubt.header));
        }
    }

    fn lose_length(&mut self, actual: u64) {
        if let Stage::Doubt(doubt) = &self.stage {
            self.lose(doubt.header.length, actual);
        }
    }

    fn lose(&mut self, announced: u64, actual: u64) {
        self.lose_to(LostFraming::Length { announced, actual });
    }

    fn lose_to(&mut self, lost: LostFraming) {
        self.lost = Some(lost);
        self.stage = Stage::Lost;
        self.buffer = Vec::new();
        self.at = 0;
    }

    fn may_be_http(&self) -> bool {
        let bytes = &self.buffer[self.at..];
        let compared = bytes.len().min(HTTP.len());
        self.rules.sender == Role::Server && bytes[..compared] == HTTP[..compared]
    }

    /// Reads on in what begins like an HTTP message. Returns whether that is decided.
    fn read_http(&mut self, last: bool) -> bool {
        let bytes = &self.buffer[self.at..];
        let end = bytes.iter().position(|byte| *byte == b'\n');
        if bytes.len() < HTTP.len() && last {
            self.stage = Stage::Unread;
            return true;
        }
        if bytes.len() < HTTP.len() || end.is_none() && bytes.len() < MAX_LINE && !last {
            return false;
        }
        let line = &bytes[..end.unwrap_or(bytes.len()).min(MAX_LINE)];
        self.lose_to(LostFraming::Http(line.trim_ascii_end().to_vec()));
        true
    }

    fn begin(&mut self, header: FrameHeader, clues: &Clues<'_>) {
        self.stage = if in_doubt(&header, clues.limit) {
            Stage::Doubt(Doubt::new(header))
        } else {
            let mut frame = Frame::new(header);
            frame.echo = self.due(&header, clues).map(|_| 0);
            Stage::Frame(frame)
        };
    }

    /// What is left of the echo that is due, if this frame may carry it.
    fn due<'a>(&self, header: &FrameHeader, clues: &Clues<'a>) -> Option<&'a [u8]> {
        let data = !header.opcode.is_control() && !header.opcode.is_reserved();
        if header.opcode == Opcode::PONG {
            return clues.barrier;
        }
        let echo = clues.echo.filter(|_| data && header.rsv == 0)?;
        echo.get(self.echoed?..)
    }

    fn in_message_after(&self, header: &FrameHeader) -> bool {
        if header.opcode.is_control() || header.opcode.is_reserved() {
            self.in_message
        } else {
            !header.fin
        }
    }

    /// Reads on in a frame.
    fn read_frame(&mut self, clues: &Clues<'_>, last: bool) -> Option<Vec<u8>> {
        let Stage::Frame(frame) = &self.stage else {
            return None;
        };
        let due = frame.echo.and_then(|_| self.due(&frame.header, clues));
        let in_message = self.in_message_after(&frame.header);
        let Stage::Frame(frame) = &mut self.stage else {
            return None;
        };
        let bytes = &self.buffer[self.at..];
        let left = frame.size() - frame.handed_on;
        let here = left.min(bytes.len() as u64) as usize;
        let announced = frame.header.length;
        if let Some(actual) = frame.look(self.rules, &bytes[..here], due, clues) {
            self.lose(announced, actual);
            return None;
        }
        if (here as u64) < left {
            frame.handed_on += here as u64;
            return (here > 0).then(|| self.hand_on(here));
        }
        match rule_on_echo(self.rules, frame, in_message, &bytes[here..], due) {
            Ruled::Open if !last => return None,
            Ruled::Lost { actual } => {
                self.lose(announced, actual);
                return None;
            }
            Ruled::Open | Ruled::Readable => {}
        }
        let (header, echo) = (frame.header, frame.echo);
        self.end_frame(&header, echo, in_message);
        Some(self.hand_on(here))
    }

    fn end_frame(&mut self, header: &FrameHeader, echo: Option<usize>, in_message: bool) {
        self.stage = Stage::Header;
        self.in_message = in_message;
        if !header.opcode.is_control() && !header.opcode.is_reserved() {
            self.echoed = if header.fin {
                Some(0)
            } else {
                self.echoed.zip(echo).map(|(before, now)| before + now)
            };
        }
    }
}

/// Whether the length of a frame is believed only once there is evidence for it. After a Close there
/// can be none.
fn in_doubt(header: &FrameHeader, limit: u64) -> bool {
    header.opcode != Opcode::CLOSE && (!is_minimal(header) || header.length > limit)
}

impl Frame {
    fn new(header: FrameHeader) -> Frame {
        Frame {
            header,
            handed_on: 0,
            seen: 0,
            echo: None,
            beyond: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// Its size with its header, as announced.
    fn size(&self) -> u64 {
        (self.header.size() as u64).saturating_add(self.header.length)
    }

    /// Looks at the bytes that come next to be handed on, as far as they are new. Returns the true
    /// length of the payload if the answer to our barrier begins within.
    fn look(
        &mut self,
        rules: Rules,
        bytes: &[u8],
        due: Option<&[u8]>,
        clues: &Clues<'_>,
    ) -> Option<u64> {
        let header = self.header.size() as u64;
        let skipped = self.seen.max(header) - self.handed_on;
        let new = bytes.get(skipped as usize..)?;
        let payload_before = self.seen.max(header) - header;
        self.seen = self.handed_on + bytes.len() as u64;
        if let Some(due) = due {
            self.compare(new, payload_before as usize, due);
        }
        let Some(barrier) = clues.barrier else {
            self.tail.clear();
            return None;
        };
        let searched = [&self.tail[..], new].concat();
        let start = payload_before - self.tail.len() as u64;
        if let Some(at) = rules.find_answer(&searched, barrier) {
            let until = start + at as u64;
            let whole = due.filter(|due| self.echo == Some(due.len()));
            return Some(whole.map_or(until, |due| due.len() as u64));
        }
        self.tail = searched[searched.len().saturating_sub(MAX_CONTROL)..].to_vec();
        None
    }

    fn compare(&mut self, new: &[u8], before: usize, due: &[u8]) {
        let Some(carried) = self.echo else {
            return;
        };
        let rest = &due[carried.min(due.len())..];
        let compared = rest.len().min(new.len());
        let equal = carried == before.min(due.len())
            && unmasked(&new[..compared], self.header.mask, before) == rest[..compared];
        let beyond = &new[compared..];
        if !equal || self.beyond.len() + beyond.len() > MAX_BEYOND {
            self.echo = None;
            return;
        }
        self.echo = Some(carried + compared);
        self.beyond.extend_from_slice(beyond);
    }
}

#[cfg(test)]
mod tests;
