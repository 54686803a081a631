//! The laws of the frame decoder and the dissector.

use std::cell::RefCell;
use std::mem;
use std::ops::Range;

use crate::Role;
use crate::deflate::message::Context;
use crate::dissect::{Dissector, Node};
use crate::frame::{
    DEFAULT_MAX_MESSAGE, Data, Decoder, Event, FrameHeader, FrameWriter, MAX_HEADER, MessageKind, Opcode,
};
use crate::laws::{Cut, Input, Random};
use crate::violation::{Fault, Violation, ViolationSet};

/// The largest messages that the settings choose from.
pub const LIMITS: [u64; 8] = [DEFAULT_MAX_MESSAGE, 0, 1, 125, 126, 1000, 0x1_0000, u64::MAX];

/// Bytes of a payload that are read one by one at either end of it.
const EDGE: usize = 16;

/// Everything but the one rule that bounds memory.
const TOLERANT: ViolationSet = all_but_size();

const fn all_but_size() -> ViolationSet {
    let mut set = ViolationSet::NONE;
    let mut rest = Violation::ALL;
    while let [violation, tail @ ..] = rest {
        if *violation as u8 != Violation::MessageTooBig as u8 {
            set = set.with(*violation);
        }
        rest = tail;
    }
    set
}

/// What was read, apart from how it was cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// What is complete, in order, each with the end of its bytes in `bytes`.
    pub(super) complete: Vec<(What, usize)>,
    pub(super) bytes: Vec<u8>,
    /// The message that is not finished, and its bytes.
    unfinished: Option<MessageKind>,
    message: Vec<u8>,
    noted: Vec<Fault>,
    pub(super) fault: Option<Fault>,
    /// Bytes of the stream up to the end of the Close frame, where there was one.
    used: usize,
    at_boundary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Message(MessageKind),
    /// A message that another one replaced; a strict decoder never gives it.
    Dropped(MessageKind),
    Ping,
    Pong,
    Close,
    Reserved(Opcode),
}

/// Buffers that are kept from one run to the next.
#[derive(Default)]
struct Scratch {
    whole: Seen,
    other: Seen,
    tolerant: Seen,
    stream: Vec<u8>,
    written: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Reads any bytes as frames.
///
/// - Whole, byte by byte and cut anyhow, the same events come out, up to the bytes of an unfinished message,
///   and the same fault at the same offset; it comes with the very byte it names, and not before. Of long payloads only
///   the first and last bytes are read one by one.
/// - What was accepted and is written again in other fragments with other keys reads the same; a header that
///   was parsed and is written is the same bytes.
/// - What is held back is bounded, and a message is never longer than allowed.
/// - Text is UTF-8 to the standard library too, but for as many messages as were noted not to be.
/// - A tolerant decoder notes nothing where the strict one accepts, notes the strict one's fault first where
///   it does not, and ends at a message that is too big only.
pub fn frame_decoder(data: &[u8]) {
    let Input { settings, seed, stream } = Input::new(data);
    let (reader, limit) = read_settings(settings);
    let strict = Decoder::new(reader).max_message(limit);
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch { whole, other, tolerant, stream: copy, written } = scratch;
        whole.read(strict.clone(), stream, Cut::Whole, copy);
        other.read(strict.clone(), stream, Cut::Single, copy);
        assert_eq!(whole, other, "byte by byte");
        other.read(strict.clone(), stream, Cut::Mixed(Random(seed)), copy);
        assert_eq!(whole, other, "cut anyhow");
        if let Some(fault) = whole.fault.filter(|fault| !in_close_body(*fault)) {
            let proof = &stream[..=fault.offset as usize];
            other.read(strict.clone(), proof, Cut::Whole, copy);
            assert_eq!(other.fault, Some(fault), "the byte it names proves it");
            other.read(strict.clone(), &proof[..proof.len() - 1], Cut::Whole, copy);
            assert_eq!(other.fault, None, "{fault:?} shows before");
        }
        whole.check_bounds(stream.len(), limit);
        whole.check_text();

        whole.write_again(reader, Random(seed), written);
        other.read(strict.clone(), written, Cut::Mixed(Random(!seed)), copy);
        whole.same_events(other);
        header_survives(stream, written);
        header_survives(stream.get(seed as usize..).unwrap_or_default(), written);

        let lax = strict.tolerating(TOLERANT);
        tolerant.read(lax.clone(), stream, Cut::Whole, copy);
        other.read(lax.clone(), stream, Cut::Mixed(Random(seed)), copy);
        assert_eq!(tolerant, other, "cut anyhow, tolerant");
        tolerant.check_bounds(stream.len(), limit);
        tolerant.check_text();
        assert!(tolerant.fault.is_none_or(|f| f.violation == Violation::MessageTooBig), "{:?}", tolerant.fault);
        let first = tolerant.noted.first().copied().or(tolerant.fault);
        if whole.fault.is_some() {
            assert_eq!(first, whole.fault, "the first thing noted is the strict fault");
        } else if whole.used == stream.len() {
            assert_eq!(whole, tolerant, "tolerant, of right frames");
        } else {
            other.read(lax, &stream[..whole.used], Cut::Whole, copy);
            assert_eq!(whole, other, "tolerant, of right frames");
        }
    });
}

/// Takes any bytes apart: the nodes lie end to end and are the whole stream, parts lie in order in what they are
/// parts of, and the faults are those that a tolerant decoder notes, but for sizes.
pub fn dissector(data: &[u8]) {
    let Input { settings, stream, .. } = Input::new(data);
    let (reader, _) = read_settings(settings);
    let nodes = Dissector::new(reader.peer()).frames(stream, 7);
    check_nodes(&nodes, 7, stream.len());

    let mut seen = Seen::default();
    let decoder = Decoder::new(reader).tolerating(ViolationSet::ALL).starting_at(7);
    seen.read(decoder, stream, Cut::Whole, &mut Vec::new());
    let faults: Vec<Fault> = nodes.into_iter().flat_map(|node| node.faults).collect();
    assert!(faults.iter().eq(seen.noted.iter().filter(|f| f.violation != Violation::MessageTooBig)));

    check_nodes(&Dissector::new(reader.peer()).connection(stream), 0, stream.len());
    let compressing = Dissector::new(reader.peer()).compression(Some(Context::default()));
    check_nodes(&compressing.connection(stream), 0, stream.len());
}

/// They lie end to end and are all of it, and their parts lie in them in order.
fn check_nodes(nodes: &[Node], offset: u64, length: usize) {
    let end = nodes.iter().fold(offset, |at, node| {
        assert_eq!(node.offset, at);
        check_node(node);
        at + node.length as u64
    });
    assert_eq!(end, offset + length as u64);
}

fn check_node(node: &Node) {
    assert!(node.length > 0 && !node.meaning.contains(char::is_control), "{node:?}");
    let end = node.parts.iter().fold(node.offset, |at, part| {
        assert!(part.offset >= at);
        check_node(part);
        part.offset + part.length as u64
    });
    assert!(end <= node.offset + node.length as u64, "{node:?}");
}

fn read_settings(settings: u8) -> (Role, u64) {
    let reader = if settings & 1 == 0 { Role::Server } else { Role::Client };
    (reader, LIMITS[usize::from(settings >> 1 & 7)])
}

fn header_survives(stream: &[u8], written: &mut Vec<u8>) {
    if let Some(header) = FrameHeader::parse(stream) {
        written.clear();
        header.write(written);
        assert_eq!(written.len(), header.size());
        assert_eq!(written, &stream[..header.size()]);
    }
}

impl Seen {
    /// Feeds `stream` to `decoder` and writes down what comes out.
    pub(super) fn read(&mut self, mut decoder: Decoder, stream: &[u8], mut cut: Cut, copy: &mut Vec<u8>) {
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
            assert!(!self.noted.is_empty() || decoder.held() <= 125 + MAX_HEADER, "{} bytes held", decoder.held());
        }
        let Some(fault) = self.fault else {
            self.at_boundary = decoder.at_boundary();
            assert_eq!(decoder.offset() - start, self.used as u64);
            return;
        };
        assert_eq!(decoder.decode(&mut &mut [][..]), Err(fault), "a fault is final");
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
        self.noted.clear();
        self.fault = None;
        self.used = 0;
        self.at_boundary = false;
    }

    /// One event further; `false` when there is nothing more to read.
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
        if decoder.has_noted() {
            self.noted.append(&mut decoder.noted());
        }
        more
    }

    fn event(&mut self, event: Event<'_>) {
        let (what, payload) = match event {
            Event::Data(data) => return self.data(&data),
            Event::Ping(payload) => (What::Ping, payload),
            Event::Pong(payload) => (What::Pong, payload),
            Event::Close(body) => (What::Close, body),
            Event::Reserved(opcode, payload) => (What::Reserved(opcode), payload),
        };
        self.bytes.extend_from_slice(payload);
        self.complete.push((what, self.bytes.len()));
    }

    fn data(&mut self, data: &Data<'_>) {
        if data.first
            && let Some(kind) = self.unfinished.take()
        {
            self.finish(What::Dropped(kind));
        }
        assert_eq!(data.first, self.unfinished.is_none());
        assert!(data.first || self.unfinished == Some(data.kind));
        self.unfinished = Some(data.kind);
        self.message.extend_from_slice(data.payload);
        if data.last {
            self.unfinished = None;
            self.finish(What::Message(data.kind));
        }
    }

    fn finish(&mut self, what: What) {
        self.bytes.append(&mut self.message);
        self.complete.push((what, self.bytes.len()));
    }

    /// What is complete, with its bytes.
    pub(super) fn items(&self) -> impl Iterator<Item = (What, &[u8])> {
        let starts = std::iter::once(0).chain(self.complete.iter().map(|(_, end)| *end));
        self.complete.iter().zip(starts).map(|((what, end), start)| (*what, &self.bytes[start..*end]))
    }

    fn check_bounds(&self, fed: usize, limit: u64) {
        assert!(self.bytes.len() + self.message.len() <= fed, "more came out than went in");
        assert!(self.message.len() as u64 <= limit);
        for (what, bytes) in self.items() {
            let limit = match what {
                What::Message(_) | What::Dropped(_) => limit,
                _ => limit.max(125),
            };
            assert!(bytes.len() as u64 <= limit, "{what:?} of {} bytes", bytes.len());
        }
    }

    fn check_text(&self) {
        let text = |what: &What| matches!(what, What::Message(MessageKind::Text) | What::Dropped(MessageKind::Text));
        // An error without a length is a character that is cut off, as only an end proves it wrong.
        let wrong =
            |bytes: &[u8], ended| std::str::from_utf8(bytes).is_err_and(|error| ended || error.error_len().is_some());
        let complete = self.items().filter(|(what, _)| text(what));
        let broken = complete.filter(|(what, bytes)| wrong(bytes, matches!(what, What::Message(_)))).count();
        let unfinished = self.unfinished == Some(MessageKind::Text) && wrong(&self.message, false);
        let noted = self.noted.iter().filter(|fault| fault.violation == Violation::TextNotUtf8).count();
        assert_eq!(broken + usize::from(unfinished), noted);
    }

    fn same_events(&self, other: &Seen) {
        assert_eq!(other.fault, None);
        assert_eq!((&self.complete, &self.bytes), (&other.complete, &other.bytes));
        assert_eq!((self.unfinished, &self.message), (other.unfinished, &other.message));
    }

    /// Writes what was read as the peer of `reader` might as well have sent it.
    fn write_again(&self, reader: Role, mut random: Random, out: &mut Vec<u8>) {
        out.clear();
        let masks = reader.peer().masks();
        let mut fragments = Fragments { random: &mut random, masks, out };
        let closed = matches!(self.complete.last(), Some((What::Close, _)));
        let before_close = self.complete.len() - usize::from(closed);
        for (what, bytes) in self.items().take(before_close) {
            match what {
                What::Message(kind) | What::Dropped(kind) => fragments.message(kind, bytes, true),
                What::Ping => fragments.frame(Opcode::PING, bytes, true),
                What::Pong => fragments.frame(Opcode::PONG, bytes, true),
                What::Close => fragments.frame(Opcode::CLOSE, bytes, true),
                What::Reserved(opcode) => fragments.frame(opcode, bytes, true),
            }
        }
        // Nothing is read behind Close, so what it left unfinished goes in front of it.
        if let Some(kind) = self.unfinished {
            fragments.message(kind, &self.message, false);
        }
        for (_, body) in self.items().skip(before_close) {
            fragments.frame(Opcode::CLOSE, body, true);
        }
    }
}

/// Of the frame that begins at `at`, what lies behind the first bytes of its payload and before the last; empty where
/// there is nothing between them. Byte by byte it would be read as they are.
fn middle_of_payload(stream: &[u8], at: usize) -> Range<usize> {
    let long = |second: &u8| usize::from(second & 0x7f) > 2 * EDGE;
    let header = stream.get(at + 1).filter(|second| long(second)).and_then(|_| FrameHeader::parse(&stream[at..]));
    let Some(header) = header else { return 0..0 };
    let start = at + header.size();
    let end = usize::try_from(header.length).map_or(stream.len(), |length| start.saturating_add(length));
    let (start, end) = (start + EDGE, end.min(stream.len()).saturating_sub(EDGE));
    if start < end { start..end } else { 0..0 }
}

/// Whether a fault shows only once the Close frame is whole.
fn in_close_body(fault: Fault) -> bool {
    use Violation::{CloseCodeForbidden, CloseCodeUnassigned, CloseReasonNotUtf8};
    matches!(fault.violation, CloseCodeForbidden | CloseCodeUnassigned | CloseReasonNotUtf8)
}

/// Writes right frames, cut at random, with random keys.
pub(super) struct Fragments<'a> {
    pub(super) random: &'a mut Random,
    pub(super) masks: bool,
    pub(super) out: &'a mut Vec<u8>,
}

impl Fragments<'_> {
    /// A message in one to four fragments; without its end unless it is `whole`.
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
        FrameWriter::new(opcode, payload).fin(fin).mask(key).write(self.out);
    }
}
