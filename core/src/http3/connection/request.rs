//! What the peer sends on a request stream (RFC 9114 §4.1 and §4.4).

use super::incoming::misplaced;
use super::{Connection, Event, find, violation};
use crate::Role;
use crate::http3::frame::{self, Head, Treatment};
use crate::http3::message::{self, Part};
use crate::http3::qpack::{self, Invalid};
use crate::http3::settings::ENABLE_CONNECT_PROTOCOL;
use crate::http3::{Field, Violation};

/// How far the message of the peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No request, or no final response, came.
    Expected,
    /// A head with :status 101 came: wrong, and meant to be final. Some send a final one all the same.
    Switched,
    /// The head came.
    Body,
    /// The trailers came.
    Finished,
    /// A field section could not be read, so that no more is known.
    Unknown,
}

/// The direction of the peer on a request stream.
#[derive(Debug)]
pub(super) struct Request {
    stream: u64,
    phase: Phase,
    /// Whether the peer did its part of a CONNECT: it sent the request, or a 2xx.
    connect: bool,
}

impl Request {
    pub(super) const fn new(stream: u64) -> Self {
        Request {
            stream,
            phase: Phase::Expected,
            connect: false,
        }
    }

    /// A frame begins.
    pub(super) fn head(
        &mut self,
        head: Head,
        all: &Connection,
        events: &mut Vec<Event>,
    ) -> Treatment {
        let fault = self.misplaced(head.kind, all);
        events.extend(fault.map(|fault| violation(fault, self.stream, head.at)));
        match head.kind {
            // The bytes are handed out whatever is wrong: the caller sees what a lax reader would.
            frame::DATA => Treatment::Stream,
            frame::HEADERS => Treatment::Buffer,
            _ => Treatment::Skip,
        }
    }

    fn misplaced(&self, kind: u64, all: &Connection) -> Option<Violation> {
        match (kind, self.phase) {
            (frame::DATA, Phase::Expected) => Some(Violation::DataBeforeHeaders),
            (frame::DATA | frame::HEADERS, Phase::Finished) => Some(Violation::FrameAfterTrailers),
            (frame::HEADERS, Phase::Body) if self.in_tunnel(all) => Some(Violation::FrameInTunnel),
            (frame::PUSH_PROMISE, _) if all.ours == Role::Server => {
                Some(Violation::PushPromiseFromClient)
            }
            (frame::PUSH_PROMISE, _) => Some(Violation::PushPromiseUnasked),
            _ => misplaced(kind),
        }
    }

    /// Whether CONNECT has succeeded (RFC 9114 §4.4).
    fn in_tunnel(&self, all: &Connection) -> bool {
        self.connect && all.sent.connects.contains(&self.stream)
    }

    /// A HEADERS frame came.
    pub(super) fn fields(
        &mut self,
        head: Head,
        payload: &[u8],
        all: &Connection,
        events: &mut Vec<Event>,
    ) {
        let stream = self.stream;
        match qpack::read(payload, all.options.largest_list) {
            Ok(fields) => {
                let faults = self.advance(&fields, all).into_iter();
                events.extend(faults.map(|fault| violation(fault, stream, head.at)));
                events.push(Event::Headers { stream, fields });
            }
            Err(invalid) => {
                self.lose();
                events.push(match undecodable(invalid, all) {
                    Some(fault) => violation(fault, stream, head.at),
                    None => Event::Skipped {
                        stream,
                        kind: head.kind,
                        length: head.length,
                    },
                });
            }
        }
    }

    /// Takes a field section into account and returns what is wrong with it.
    fn advance(&mut self, fields: &[Field], all: &Connection) -> Vec<Violation> {
        let part = match (self.phase, all.ours) {
            (Phase::Expected, Role::Server) => Part::Request,
            (Phase::Expected, Role::Client) => Part::Response,
            // It is an error that it is here, or nothing is known of it.
            (Phase::Finished | Phase::Unknown, _) => return Vec::new(),
            (Phase::Switched, _) if message::status(fields).is_some() => Part::Response,
            (Phase::Body, _) if self.in_tunnel(all) => return Vec::new(),
            (Phase::Switched | Phase::Body, _) => Part::Trailers,
        };
        let mut faults = message::faults(fields, part);
        match part {
            Part::Request => {
                self.connect = message::is_connect(fields);
                let unannounced = message::value(fields, ":protocol").is_some()
                    && all.sent.settings.as_deref().is_some_and(|announced| {
                        find(announced, ENABLE_CONNECT_PROTOCOL) != Some(1)
                    });
                faults.extend(unannounced.then_some(Violation::ProtocolNotAnnounced));
                self.phase = Phase::Body;
            }
            Part::Trailers => self.phase = Phase::Finished,
            Part::Response => {
                let status = message::status(fields);
                self.connect = status.is_some_and(|status| status / 100 == 2);
                // An interim response is followed by another; 101 is none in HTTP/3 (§4.5).
                self.phase = match status {
                    Some(101) => Phase::Switched,
                    Some(100..200) => Phase::Expected,
                    _ => Phase::Body,
                };
            }
        }
        faults
    }

    /// A field section was not read.
    pub(super) const fn lose(&mut self) {
        self.phase = Phase::Unknown;
    }

    /// The stream ended at `at`.
    pub(super) fn end(&self, at: u64, ours: Role) -> Option<Event> {
        let fault = match ours {
            Role::Server => Violation::RequestIncomplete,
            Role::Client => Violation::ResponseIncomplete,
        };
        let incomplete = self.phase == Phase::Expected;
        incomplete.then(|| violation(fault, self.stream, at))
    }
}

/// The rule that a field section breaks that cannot be read; `None` if it is none.
fn undecodable(invalid: Invalid, all: &Connection) -> Option<Violation> {
    match invalid {
        Invalid::TooLarge => None,
        Invalid::Dynamic | Invalid::Base if all.allowed_dynamic_table() => None,
        Invalid::Dynamic => Some(Violation::FieldSectionDynamic),
        Invalid::Base => Some(Violation::FieldSectionBase),
        Invalid::Malformed => Some(Violation::FieldSectionMalformed),
        Invalid::StaticIndex => Some(Violation::StaticIndexInvalid),
        Invalid::Huffman => Some(Violation::HuffmanInvalid),
    }
}
