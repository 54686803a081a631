//! What a decoder makes of a stream, and the same written again.

use std::mem;
use std::ops::Range;

use crate::Role;
use crate::frame::{
    Data, Decoder, Event, FrameHeader, FrameWriter, MAX_HEADER, MessageKind, Opcode,
};
use crate::properties::Cut;
use crate::random::SplitMix64;
use crate::violation::{Fault, Violation};

/// Bytes at either end of a payload that are read one by one.
const EDGE: usize = 16;

/// What was read, independent of the chunking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The complete items in order, each with the end of its bytes in `bytes`.
    pub(super) complete: Vec<(Item, usize)>,
    pub(super) bytes: Vec<u8>,
    /// The unfinished message; its bytes are in `message`.
    unfinished: Option<MessageKind>,
    message: Vec<u8>,
    pub(super) tolerated: Vec<Fault>,
    pub(super) fault: Option<Fault>,
    /// Bytes of the stream up to the end of the Close frame, if there was one.
    pub(super) used: usize,
    at_boundary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Message(MessageKind),
    /// A message that another one replaced. A strict decoder never returns it.
    Dropped(MessageKind),
    Ping,
    Pong,
    Close,
    Reserved(Opcode),
}

impl Decoded {
    /// Feeds `stream` to a copy of `decoder` and records the events.
    pub(super) fn read(
        &mut self,
        decoder: &Decoder,
        stream: &[u8],
        mut cut: Cut,
        copy: &mut Vec<u8>,
    ) {
        let mut decoder = decoder.clone();
        self.clear();
        copy.clear();
        copy.extend_from_slice(stream);
        let start = decoder.offset();
        let mut rest = copy.as_mut_slice();
        let mut fed = 0;
        let mut middle = 0..0;
        while !rest.is_empty() && self.fault.is_none() && self.used == fed {
            let mut size = cut.next(rest.len());
            if matches!(cut, Cut::Single) {
                if decoder.at_boundary() {
                    middle = middle_of_payload(stream, fed);
                }
                if middle.contains(&fed) {
                    size = middle.len();
                }
            }
            let (mut input, tail) = rest.split_at_mut(size);
            rest = tail;
            fed += input.len();
            while self.step(&mut decoder, &mut input) && !(size == 1 && input.is_empty()) {}
            self.used = fed - input.len();
            assert!(
                !self.tolerated.is_empty() || decoder.held() <= 125 + MAX_HEADER,
                "{} bytes held",
                decoder.held()
            );
        }
        let Some(fault) = self.fault else {
            self.at_boundary = decoder.at_boundary();
            assert_eq!(decoder.offset() - start, self.used as u64);
            return;
        };
        assert_eq!(
            decoder.decode(&mut &mut [][..]),
            Err(fault),
            "a fault is final"
        );
        assert_eq!(decoder.failed(), Some(fault));
        self.used = 0;
        let proof = fault.offset - start + 1;
        assert!(proof <= fed as u64, "{fault:?} lies in the future");
    }

    fn clear(&mut self) {
        self.complete.clear();
        self.bytes.clear();
        self.unfinished = None;
        self.message.clear();
        self.tolerated.clear();
        self.fault = None;
        self.used = 0;
        self.at_boundary = false;
    }

    /// Takes one event. Returns `false` when there is nothing more to read.
    fn step(&mut self, decoder: &mut Decoder, input: &mut &mut [u8]) -> bool {
        let more = match decoder.decode(input) {
            Ok(None) => false,
            Ok(Some(event)) => {
                self.event(event);
                true
            }
            Err(fault) => {
                self.fault = Some(fault);
                false
            }
        };
        if decoder.has_tolerated() {
            self.tolerated.append(&mut decoder.take_tolerated());
        }
        more
    }

    fn event(&mut self, event: Event<'_>) {
        let (what, payload) = match event {
            Event::Data(data) => return self.data(&data),
            Event::Frame(header) => panic!("{header:?} was not to be announced"),
            Event::Ping(payload) => (Item::Ping, payload),
            Event::Pong(payload) => (Item::Pong, payload),
            Event::Close(body) => (Item::Close, body),
            Event::Reserved(opcode, payload) => (Item::Reserved(opcode), payload),
        };
        self.bytes.extend_from_slice(payload);
        self.complete.push((what, self.bytes.len()));
    }

    fn data(&mut self, data: &Data<'_>) {
        if data.first
            && let Some(kind) = self.unfinished.take()
        {
            self.finish(Item::Dropped(kind));
        }
        assert_eq!(data.first, self.unfinished.is_none());
        assert!(data.first || self.unfinished == Some(data.kind));
        self.unfinished = Some(data.kind);
        self.message.extend_from_slice(data.payload);
        if data.last {
            self.unfinished = None;
            self.finish(Item::Message(data.kind));
        }
    }

    fn finish(&mut self, what: Item) {
        self.bytes.append(&mut self.message);
        self.complete.push((what, self.bytes.len()));
    }

    /// Returns the complete items, with their bytes.
    pub(super) fn items(&self) -> impl Iterator<Item = (Item, &[u8])> {
        let mut start = 0;
        self.complete
            .iter()
            .map(move |(what, end)| (*what, &self.bytes[mem::replace(&mut start, *end)..*end]))
    }

    /// Checks that no more came out than went in, that no message is longer than `limit`, and that
    /// text is UTF-8 except where that was tolerated.
    pub(super) fn check(&self, fed: usize, limit: u64) {
        assert!(
            self.bytes.len() + self.message.len() <= fed,
            "more came out than went in"
        );
        assert!(self.message.len() as u64 <= limit);
        // An error without a length is a character that is cut off, which only the end proves
        // wrong.
        let wrong = |bytes: &[u8], ended| {
            std::str::from_utf8(bytes).is_err_and(|error| ended || error.error_len().is_some())
        };
        let mut broken =
            usize::from(self.unfinished == Some(MessageKind::Text) && wrong(&self.message, false));
        for (what, bytes) in self.items() {
            let (limit, kind, ended) = match what {
                Item::Message(kind) => (limit, Some(kind), true),
                Item::Dropped(kind) => (limit, Some(kind), false),
                _ => (limit.max(125), None, false),
            };
            assert!(
                bytes.len() as u64 <= limit,
                "{what:?} of {} bytes",
                bytes.len()
            );
            broken += usize::from(kind == Some(MessageKind::Text) && wrong(bytes, ended));
        }
        let tolerated = self
            .tolerated
            .iter()
            .filter(|fault| fault.violation == Violation::TextNotUtf8)
            .count();
        assert_eq!(broken, tolerated);
    }

    pub(super) fn same_events(&self, other: &Decoded) {
        assert_eq!(other.fault, None);
        assert_eq!(
            (&self.complete, &self.bytes),
            (&other.complete, &other.bytes)
        );
        assert_eq!(
            (self.unfinished, &self.message),
            (other.unfinished, &other.message)
        );
    }

    /// Writes what was read in other fragments, as the peer of `reader` might have sent it.
    pub(super) fn write_again(&self, reader: Role, mut random: SplitMix64, out: &mut Vec<u8>) {
        out.clear();
        let masks = reader.peer().masks();
        let mut fragments = Fragments {
            random: &mut random,
            masks,
            out,
        };
        let closed = matches!(self.complete.last(), Some((Item::Close, _)));
        let before_close = self.complete.len() - usize::from(closed);
        for (what, bytes) in self.items().take(before_close) {
            match what {
                Item::Message(kind) | Item::Dropped(kind) => fragments.message(kind, bytes, true),
                Item::Ping => fragments.frame(Opcode::PING, bytes, true),
                Item::Pong => fragments.frame(Opcode::PONG, bytes, true),
                Item::Close => fragments.frame(Opcode::CLOSE, bytes, true),
                Item::Reserved(opcode) => fragments.frame(opcode, bytes, true),
            }
        }
        // Nothing is read after Close, so what it left unfinished comes before it.
        if let Some(kind) = self.unfinished {
            fragments.message(kind, &self.message, false);
        }
        for (_, body) in self.items().skip(before_close) {
            fragments.frame(Opcode::CLOSE, body, true);
        }
    }
}

/// Returns the range of the payload of the frame at `at` between its first and last bytes; empty if
/// there is nothing between them. Reading these bytes one by one would show nothing new.
fn middle_of_payload(stream: &[u8], at: usize) -> Range<usize> {
    let long = |second: &u8| usize::from(second & 0x7f) > 2 * EDGE;
    let header = stream
        .get(at + 1)
        .filter(|second| long(second))
        .and_then(|_| FrameHeader::parse(&stream[at..]));
    let Some(header) = header else { return 0..0 };
    let start = at + header.size();
    let end =
        usize::try_from(header.length).map_or(stream.len(), |length| start.saturating_add(length));
    let (start, end) = (start + EDGE, end.min(stream.len()).saturating_sub(EDGE));
    if start < end { start..end } else { 0..0 }
}

/// Writes conforming frames, cut at random, with random keys.
pub(super) struct Fragments<'a> {
    pub(super) random: &'a mut SplitMix64,
    pub(super) masks: bool,
    pub(super) out: &'a mut Vec<u8>,
}

impl Fragments<'_> {
    /// Writes a message in one to four fragments; without its end unless it is `whole`.
    pub(super) fn message(&mut self, kind: MessageKind, bytes: &[u8], whole: bool) {
        let mut opcode = kind.opcode();
        let mut rest = bytes;
        for _ in 0..self.random.below(4) {
            let (now, later) = rest.split_at(self.random.below(rest.len() + 1));
            self.frame(mem::replace(&mut opcode, Opcode::CONTINUATION), now, false);
            rest = later;
        }
        self.frame(opcode, rest, whole);
    }

    pub(super) fn frame(&mut self, opcode: Opcode, payload: &[u8], fin: bool) {
        let key = self.masks.then(|| self.random.key());
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .mask(key)
            .write(self.out);
    }
}
