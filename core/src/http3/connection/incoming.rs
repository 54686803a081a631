//! What the peer sends on one stream.

use super::request::Request;
use super::{Connection, Event, violation};
use crate::Role;
use crate::http3::frame::{self, Head, Piece, Reader, Treatment};
use crate::http3::qpack::{Instructions, Side};
use crate::http3::varint;
use crate::http3::{ErrorCode, Violation};

/// The types of unidirectional streams (RFC 9114 §6.2, RFC 9204 §4.2).
pub(super) mod types {
    pub(in super::super) const CONTROL: u64 = 0x00;
    pub(in super::super) const PUSH: u64 = 0x01;
    pub(in super::super) const ENCODER: u64 = 0x02;
    pub(in super::super) const DECODER: u64 = 0x03;
}

/// The receiving side of a stream.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) id: u64,
    /// How many bytes came of the type and of instructions; a reader of frames counts for itself.
    offset: u64,
    /// The length of the payload that is being buffered.
    reserved: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A unidirectional stream, and the bytes of its type as far as they came.
    Untyped(Vec<u8>),
    Control {
        reader: Reader,
        /// Whether a frame came.
        begun: bool,
    },
    Request {
        reader: Reader,
        request: Request,
    },
    Qpack(Side, Instructions),
    /// A QPACK stream without meaning since an error.
    QpackIgnored,
    /// Of a type that means nothing to us, or misplaced.
    Ignored,
    Ended,
}

impl Incoming {
    pub(super) const fn untyped(id: u64) -> Self {
        Incoming::new(id, Kind::Untyped(Vec::new()))
    }

    pub(super) const fn ignored(id: u64) -> Self {
        Incoming::new(id, Kind::Ignored)
    }

    pub(super) fn request(id: u64) -> Self {
        let (reader, request) = (Reader::new(0), Request::new(id));
        Incoming::new(id, Kind::Request { reader, request })
    }

    const fn new(id: u64, kind: Kind) -> Self {
        Incoming {
            id,
            offset: 0,
            reserved: 0,
            kind,
        }
    }

    pub(super) const fn is_ended(&self) -> bool {
        matches!(self.kind, Kind::Ended)
    }

    /// Reads all of `bytes`.
    pub(super) fn read(&mut self, all: &mut Connection, bytes: &[u8], events: &mut Vec<Event>) {
        let mut rest = bytes;
        while let Kind::Untyped(pending) = &mut self.kind {
            let Some((byte, behind)) = rest.split_first() else {
                return;
            };
            rest = behind;
            pending.push(*byte);
            self.offset += 1;
            if let Some((kind, _)) = varint::read(pending) {
                self.kind = self.of_type(kind, all, events);
            }
        }
        if let Kind::Qpack(..) | Kind::QpackIgnored = self.kind {
            self.offset += rest.len() as u64;
        }
        if let Kind::Qpack(_, instructions) = &mut self.kind
            && let Err(place) = instructions.read(rest)
        {
            self.qpack_fault(rest.len() - place, all, events);
        }
        while let Some(piece) = self.next_piece(&mut rest) {
            self.piece(piece, all, events);
        }
    }

    fn next_piece<'a>(&mut self, rest: &mut &'a [u8]) -> Option<Piece<'a>> {
        match &mut self.kind {
            Kind::Control { reader, .. } | Kind::Request { reader, .. } => reader.next(rest),
            _ => None,
        }
    }

    /// A unidirectional stream has this type.
    fn of_type(&self, kind: u64, all: &mut Connection, events: &mut Vec<Event>) -> Kind {
        let (known, repeated) = match kind {
            types::CONTROL => (&mut all.peer.control, Violation::ControlStreamRepeated),
            types::ENCODER => (&mut all.peer.encoder, Violation::EncoderStreamRepeated),
            types::DECODER => (&mut all.peer.decoder, Violation::DecoderStreamRepeated),
            types::PUSH => {
                let fault = match all.ours {
                    Role::Server => Violation::PushStreamFromClient,
                    Role::Client => Violation::PushStreamUnasked,
                };
                events.push(violation(fault, self.id, 0));
                return Kind::Ignored;
            }
            _ => return Kind::Ignored,
        };
        if known.is_some() {
            events.push(violation(repeated, self.id, 0));
            return Kind::Ignored;
        }
        *known = Some(self.id);
        match kind {
            types::CONTROL => Kind::Control {
                reader: Reader::new(self.offset),
                begun: false,
            },
            types::ENCODER => Kind::Qpack(Side::Encoder, Instructions::new(Side::Encoder)),
            _ => Kind::Qpack(Side::Decoder, Instructions::new(Side::Decoder)),
        }
    }

    /// `behind` is how many bytes of the stream came from the wrong instruction on.
    fn qpack_fault(&mut self, behind: usize, all: &Connection, events: &mut Vec<Event>) {
        let Kind::Qpack(side, _) = self.kind else {
            return;
        };
        self.kind = Kind::QpackIgnored;
        let fault = match side {
            Side::Encoder if all.allowed_dynamic_table() => return,
            Side::Encoder => Violation::EncoderInstructionInvalid,
            Side::Decoder => Violation::DecoderInstructionInvalid,
        };
        events.push(violation(fault, self.id, self.offset - behind as u64));
    }

    fn piece(&mut self, piece: Piece<'_>, all: &mut Connection, events: &mut Vec<Event>) {
        match piece {
            Piece::Head(head) => self.head(head, all, events),
            Piece::Part(part) => events.push(Event::Data {
                stream: self.id,
                bytes: part.to_vec(),
            }),
            Piece::Whole(head, payload) => {
                all.reserved -= std::mem::take(&mut self.reserved);
                match &mut self.kind {
                    Kind::Request { request, .. } => request.fields(head, &payload, all, events),
                    _ => all.control_frame(self.id, head, &payload, events),
                }
            }
        }
    }

    /// A frame begins.
    fn head(&mut self, head: Head, all: &mut Connection, events: &mut Vec<Event>) {
        let wanted = match &mut self.kind {
            Kind::Control { begun, .. } => {
                let first = !std::mem::replace(begun, true);
                all.control_head(self.id, head, first, events)
            }
            Kind::Request { request, .. } => request.head(head, all, events),
            _ => Treatment::Skip,
        };
        let treatment = match wanted {
            Treatment::Buffer if all.reserve(head.length) => {
                self.reserved = head.length;
                Treatment::Buffer
            }
            Treatment::Buffer => {
                events.push(Event::Skipped {
                    stream: self.id,
                    kind: head.kind,
                    length: head.length,
                });
                if let Kind::Request { request, .. } = &mut self.kind {
                    request.lose();
                }
                Treatment::Skip
            }
            as_is => as_is,
        };
        if let Kind::Control { reader, .. } | Kind::Request { reader, .. } = &mut self.kind {
            reader.treat(treatment);
        }
    }

    /// The peer ended the stream.
    pub(super) fn end(&mut self, all: &mut Connection, events: &mut Vec<Event>) {
        match &mut self.kind {
            Kind::Control { reader, .. } => {
                events.extend(truncated(self.id, reader));
                let at = reader.frame_at();
                events.push(violation(Violation::ControlStreamClosed, self.id, at));
            }
            Kind::Qpack(..) | Kind::QpackIgnored => {
                events.push(violation(
                    Violation::QpackStreamClosed,
                    self.id,
                    self.offset,
                ));
            }
            Kind::Request { reader, request } => {
                match truncated(self.id, reader) {
                    Some(fault) => events.push(fault),
                    None => events.extend(request.end(reader.frame_at(), all.ours)),
                }
                events.push(Event::End { stream: self.id });
            }
            Kind::Untyped(_) | Kind::Ignored | Kind::Ended => {}
        }
        self.close(all);
    }

    /// The peer reset the stream.
    pub(super) fn reset(&mut self, all: &mut Connection, code: ErrorCode, events: &mut Vec<Event>) {
        match self.kind {
            Kind::Control { .. } => {
                events.push(violation(Violation::ControlStreamClosed, self.id, 0));
            }
            Kind::Qpack(..) | Kind::QpackIgnored => {
                events.push(violation(Violation::QpackStreamClosed, self.id, 0));
            }
            Kind::Request { .. } => events.push(Event::Reset {
                stream: self.id,
                code,
            }),
            Kind::Untyped(_) | Kind::Ignored | Kind::Ended => {}
        }
        self.close(all);
    }

    fn close(&mut self, all: &mut Connection) {
        all.reserved -= std::mem::take(&mut self.reserved);
        self.kind = Kind::Ended;
    }
}

/// The fault of a stream that ends within a frame.
fn truncated(stream: u64, reader: &Reader) -> Option<Event> {
    let fault = violation(Violation::FrameTruncated, stream, reader.frame_at());
    (!reader.is_between_frames()).then_some(fault)
}

/// Whether only a control stream may have this frame, and what it is to have it elsewhere.
pub(super) const fn misplaced(kind: u64) -> Option<Violation> {
    match kind {
        frame::CANCEL_PUSH => Some(Violation::CancelPushMisplaced),
        frame::SETTINGS => Some(Violation::SettingsMisplaced),
        frame::GOAWAY => Some(Violation::GoAwayMisplaced),
        frame::MAX_PUSH_ID => Some(Violation::MaxPushIdMisplaced),
        _ if frame::is_of_http2(kind) => Some(Violation::FrameOfHttp2),
        _ => None,
    }
}
