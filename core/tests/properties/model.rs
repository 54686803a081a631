//! The decoder against a second reader of frames: the plainest one that follows the RFC, with the
//! whole stream available, no state machine, no handling of whole words, and nothing shared with
//! the decoder but the names of the rules.

use crate::generate::{cases, stream};
use proptest::prelude::*;
use wsspec_core::frame::{Decoder, Event, MessageKind};
use wsspec_core::{Fault, Role, Violation};

/// The content of a stream: opcode and bytes of what is complete, the unfinished message, and the
/// first fault.
#[derive(Debug, Default, PartialEq)]
struct Said {
    complete: Vec<(u8, Vec<u8>)>,
    unfinished: Option<(u8, Vec<u8>)>,
    fault: Option<Fault>,
}

struct Model<'a> {
    stream: &'a [u8],
    at: usize,
    reader: Role,
    limit: u64,
    said: Said,
    /// Opcode, bytes, and the offset of each byte in the stream.
    message: Option<(u8, Vec<u8>, Vec<usize>)>,
}

/// The fault, or `None` if the stream ends or is no longer read.
type Stop = Option<Fault>;

fn broken<T>(violation: Violation, offset: usize) -> Result<T, Stop> {
    Err(Some(violation.at(offset as u64)))
}

impl Model<'_> {
    fn read(mut self) -> Said {
        loop {
            if let Err(fault) = self.frame() {
                self.said.fault = fault;
                self.said.unfinished = self.message.map(|(opcode, bytes, _)| (opcode, bytes));
                return self.said;
            }
        }
    }

    fn byte(&self, index: usize) -> Result<u8, Stop> {
        self.stream.get(index).copied().ok_or(None)
    }

    fn frame(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let first = self.byte(start)?;
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        if first & 0x70 != 0 {
            return broken(Violation::RsvSet, start);
        }
        match opcode {
            0 if self.message.is_none() => return broken(Violation::ContinuationOrphan, start),
            1 | 2 if self.message.is_some() => return broken(Violation::MessageInterleaved, start),
            0..=2 => {}
            8..=10 if !fin => return broken(Violation::ControlFragmented, start),
            8..=10 => {}
            _ => return broken(Violation::OpcodeReserved, start),
        }
        let length = self.length(opcode)?;
        let key = self.key(start)?;
        let end = self.at.saturating_add(usize::try_from(length).unwrap());
        let payload: Vec<u8> = (self.at..end.min(self.stream.len()))
            .map(|i| self.stream[i] ^ key[(i - self.at) % 4])
            .collect();
        let begin = std::mem::replace(&mut self.at, end);
        match opcode {
            0..=2 => self.data(opcode, fin, &payload, begin, end),
            8 if end <= self.stream.len() => self.close(payload, begin),
            _ if end <= self.stream.len() => {
                self.said.complete.push((opcode, payload));
                Ok(())
            }
            _ => Err(None),
        }
    }

    /// Reads the second byte and the length, and moves `at` past them.
    fn length(&mut self, opcode: u8) -> Result<u64, Stop> {
        let begin = self.at + 1;
        let byte = self.byte(begin)?;
        match (self.reader, byte & 0x80 != 0) {
            (Role::Server, false) => return broken(Violation::MaskMissing, begin),
            (Role::Client, true) => return broken(Violation::MaskUnexpected, begin),
            _ => {}
        }
        let short = u64::from(byte & 0x7f);
        if opcode >= 8 && short > 125 {
            return broken(Violation::ControlTooLong, begin);
        }
        if opcode == 8 && short == 1 {
            return broken(Violation::CloseBodyOneByte, begin);
        }
        let (width, least) = [(2, 126), (8, 65536)]
            .into_iter()
            .nth((short as usize).wrapping_sub(126))
            .unwrap_or((0, 0));
        let end = begin + width;
        if width == 8 && self.byte(begin + 1)? & 0x80 != 0 {
            return broken(Violation::LengthTopBit, begin + 1);
        }
        self.byte(end)?;
        let long = self.stream[begin + 1..=end]
            .iter()
            .fold(0u64, |n, b| n * 256 + u64::from(*b));
        let length = if width == 0 { short } else { long };
        if length < least {
            return broken(Violation::LengthNotMinimal, end);
        }
        let before = self
            .message
            .as_ref()
            .map_or(0, |(_, bytes, _)| bytes.len() as u64);
        if opcode < 8 && before.saturating_add(length) > self.limit {
            return broken(Violation::MessageTooBig, end);
        }
        self.at = end + 1;
        Ok(length)
    }

    fn key(&mut self, start: usize) -> Result<[u8; 4], Stop> {
        if self.stream[start + 1] & 0x80 == 0 {
            return Ok([0; 4]);
        }
        let key = self.stream.get(self.at..self.at + 4).ok_or(None)?;
        self.at += 4;
        Ok(key.try_into().unwrap())
    }

    fn data(
        &mut self,
        opcode: u8,
        fin: bool,
        payload: &[u8],
        begin: usize,
        end: usize,
    ) -> Result<(), Stop> {
        let whole = end <= self.stream.len();
        if payload.is_empty() && !whole {
            return Err(None);
        }
        let before = self.message.clone();
        let (kind, bytes, places) = self.message.get_or_insert((opcode, Vec::new(), Vec::new()));
        bytes.extend_from_slice(payload);
        places.extend(begin..begin + payload.len());
        if *kind == 1
            && let Some(place) = breaks_text(bytes, places, whole && fin, begin, payload.is_empty())
        {
            // What comes before the fault is still a piece of the message.
            let sound = place.saturating_sub(begin).min(payload.len());
            bytes.truncate(bytes.len() - payload.len() + sound);
            if sound == 0 {
                self.message = before;
            }
            return broken(Violation::TextNotUtf8, place);
        }
        if !whole {
            return Err(None);
        }
        if fin {
            let (kind, bytes, _) = self.message.take().unwrap();
            self.said.complete.push((kind, bytes));
        }
        Ok(())
    }

    fn close(&mut self, body: Vec<u8>, begin: usize) -> Result<(), Stop> {
        if body.len() >= 2 {
            match u16::from_be_bytes([body[0], body[1]]) {
                1005 | 1006 | 1015 => return broken(Violation::CloseCodeForbidden, begin + 1),
                0..=999 | 1004 | 1016..=2999 | 5000.. => {
                    return broken(Violation::CloseCodeUnassigned, begin + 1);
                }
                _ => {}
            }
            let places: Vec<usize> = (begin + 2..begin + body.len()).collect();
            if let Some(place) = breaks_text(&body[2..], &places, true, begin, false) {
                return broken(Violation::CloseReasonNotUtf8, place);
            }
        }
        self.said.complete.push((8, body));
        // Nothing is read after Close.
        Err(None)
    }
}

/// Returns the offset of the byte that breaks the text, if one does. Text that ends inside a
/// character is broken by its last byte, or by the last byte before an empty final frame.
fn breaks_text(
    text: &[u8],
    places: &[usize],
    ended: bool,
    begin: usize,
    empty: bool,
) -> Option<usize> {
    let error = std::str::from_utf8(text).err()?;
    let sound = error.valid_up_to();
    match error.error_len() {
        Some(_) => {
            // A byte breaks the text if the text up to it does not begin any valid text.
            let hopeless = |end: &usize| {
                std::str::from_utf8(&text[..*end]).is_err_and(|e| e.error_len().is_some())
            };
            (sound + 1..=text.len())
                .find(hopeless)
                .map(|end| places[end - 1])
        }
        None if ended && empty => Some(begin - 1),
        None if ended => places.last().copied(),
        None => None,
    }
}

/// Returns the same from the decoder, in one chunk.
fn decoded(stream: &[u8], reader: Role, limit: u64) -> Said {
    let mut decoder = Decoder::new(reader).max_message(limit);
    let mut copy = stream.to_vec();
    let mut input = copy.as_mut_slice();
    let mut said = Said::default();
    loop {
        let (opcode, payload) = match decoder.decode(&mut input) {
            Ok(None) => return said,
            Err(fault) => {
                said.fault = Some(fault);
                return said;
            }
            Ok(Some(Event::Data(data))) => {
                let kind = if data.kind == MessageKind::Text { 1 } else { 2 };
                let mut message = said.unfinished.take().unwrap_or((kind, Vec::new()));
                message.1.extend_from_slice(data.payload);
                if !data.last {
                    said.unfinished = Some(message);
                    continue;
                }
                message
            }
            Ok(Some(Event::Ping(payload))) => (9, payload.to_vec()),
            Ok(Some(Event::Pong(payload))) => (10, payload.to_vec()),
            Ok(Some(Event::Close(payload))) => (8, payload.to_vec()),
            Ok(Some(Event::Reserved(..) | Event::Frame(_))) => panic!("not tolerated"),
        };
        said.complete.push((opcode, payload));
    }
}

fn compare(stream: &[u8], reader: Role, limit: u64) {
    let model = Model {
        stream,
        at: 0,
        reader,
        limit,
        said: Said::default(),
        message: None,
    };
    assert_eq!(decoded(stream, reader, limit), model.read());
}

fn limits() -> impl Strategy<Value = u64> {
    proptest::sample::select(vec![64 << 20, 64 << 20, 0, 10, 125, 126, 1000, 65536])
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn as_server(stream in stream(Role::Client), limit in limits()) {
        compare(&stream, Role::Server, limit);
    }

    #[test]
    fn as_client(stream in stream(Role::Server), limit in limits()) {
        compare(&stream, Role::Client, limit);
    }

    #[test]
    fn on_noise(stream in proptest::collection::vec(any::<u8>(), 0..40), server in any::<bool>(), limit in limits()) {
        compare(&stream, if server { Role::Server } else { Role::Client }, limit);
    }
}
