//! Both directions of a connection over HTTP/1.1.

use std::collections::VecDeque;
use std::mem;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::{Fault, Violation};

use super::conversation::{Record, index};
use super::found::Place;
use super::frames::{Frames, Sent};
use super::opening::{self, Answered, Asked};
use super::side::{Side, Stage};
use super::unjudged::Unjudged;

/// Requests that may wait for their answers.
const MAX_PIPELINED: usize = 64;

/// Bytes of a side that wait for the other one: for the request that is answered, or for the answer
/// that decides what follows.
pub(super) const MAX_HELD: usize = 256 << 10;

/// What a request for a WebSocket names, in its Upgrade field or in those of its own.
const NAME: &[u8] = b"websocket";

/// Judges what goes over a connection of HTTP/1.1.
#[derive(Debug)]
pub(super) struct Http1 {
    sides: [Side; 2],
    /// Requests that were not answered yet.
    asked: VecDeque<Asked>,
    max_message: u64,
}

impl Http1 {
    pub(super) fn new(max_message: u64) -> Http1 {
        Http1 {
            sides: [Role::Client, Role::Server].map(Side::new),
            asked: VecDeque::new(),
            max_message,
        }
    }

    /// Takes bytes that this side sent. They are unmasked in place.
    pub(super) fn received(&mut self, from: Role, bytes: &mut [u8], record: &mut Record) {
        let side = &mut self.sides[index(from)];
        if side.held.is_empty()
            && let Stage::Frames(frames) = &mut side.stage
        {
            record.keep(from, bytes, false);
            frames.read(bytes, &mut record.ledger);
            side.settle(bytes.len());
            return;
        }
        side.held.extend_from_slice(bytes);
        while self.advance(Role::Client, record) || self.advance(Role::Server, record) {}
        let side = &mut self.sides[index(from)];
        if side.held.len() > MAX_HELD {
            self.give_up(Unjudged::OtherProtocol);
        }
    }

    /// This side sent bytes that are not known here, for this reason.
    pub(super) fn missed(&mut self, from: Role, why: Unjudged, bytes: u64) {
        if matches!(self.sides[index(from)].stage, Stage::Frames(_)) {
            self.sides[index(from)].stop(why);
        } else {
            self.give_up(why);
        }
        self.sides[index(from)].leave(bytes);
    }

    /// Nothing more follows from this side.
    pub(super) fn ended(&mut self, from: Role, record: &mut Record) {
        if let Stage::Frames(frames) = &mut self.sides[index(from)].stage {
            frames.end(&mut record.ledger);
        }
    }

    /// What this side has sent in frames.
    pub(super) fn sent(&self, side: Role) -> Sent {
        let side = &self.sides[index(side)];
        match &side.stage {
            Stage::Frames(frames) => frames.sent.clone(),
            _ => side.sent.clone(),
        }
    }

    /// How many bytes of this side were not judged, and why.
    pub(super) fn unjudged(&self, side: Role) -> Option<(Unjudged, u64)> {
        self.sides[index(side)].unjudged
    }

    /// Reads on in what a side sent. Returns whether that changed anything.
    fn advance(&mut self, role: Role, record: &mut Record) -> bool {
        let waits = role == Role::Server && self.asked.is_empty();
        let side = &mut self.sides[index(role)];
        if side.held.is_empty() {
            return false;
        }
        match &mut side.stage {
            Stage::Waiting(_) => false,
            Stage::Head(_) if waits => false,
            Stage::Head(reader) => {
                let mut input = side.held.as_slice();
                let read = reader.read(&mut input);
                let used = side.held.len() - input.len();
                record.keep(role, &side.held[..used], true);
                side.consume(used);
                match read {
                    Ok(false) => {}
                    read => self.end_head(role, read.err(), record),
                }
                true
            }
            Stage::Body(body) => {
                let mut input = side.held.as_slice();
                let ended = body.skip(&mut input);
                let used = side.held.len() - input.len();
                side.consume(used);
                match ended {
                    Ok(false) => {}
                    Ok(true) => side.stage = Stage::head(role),
                    Err(_) => self.give_up(Unjudged::OtherProtocol),
                }
                true
            }
            Stage::Frames(frames) => {
                let mut bytes = mem::take(&mut side.held);
                record.keep(role, &bytes, false);
                frames.read(&mut bytes, &mut record.ledger);
                side.offset += bytes.len() as u64;
                side.settle(bytes.len());
                true
            }
            Stage::Unread(_) => {
                let bytes = mem::take(&mut side.held).len() as u64;
                side.leave(bytes);
                true
            }
        }
    }

    /// A head is complete, or broken.
    fn end_head(&mut self, role: Role, fault: Option<Fault>, record: &mut Record) {
        let side = &mut self.sides[index(role)];
        let Stage::Head(reader) = mem::replace(&mut side.stage, Stage::head(role)) else {
            return;
        };
        let start = side.offset - reader.bytes().len() as u64;
        record.http.keep_secrets(reader.bytes());
        match (fault, role) {
            (Some(fault), _) => self.broken_head(role, (&reader, start), fault, record),
            (None, Role::Client) => self.take_request(&reader, start, record),
            (None, Role::Server) => self.take_response(&reader, start, record),
        }
    }

    fn take_request(&mut self, reader: &HeadReader, start: u64, record: &mut Record) {
        let request = match reader.parse_request() {
            Ok(request) => request,
            Err(fault) => {
                return self.broken_head(Role::Client, (reader, start), fault, record);
            }
        };
        let (asked, violations) = Asked::of(&request);
        if matches!(asked, Asked::WebSocket(_)) {
            record.begin_with(reader.bytes());
            let broken = violations
                .into_iter()
                .map(|v| (v, opening::narrower(&request.fields, v)));
            find_in_head(Role::Client, (reader, start), broken, record);
            record.http.keep_key(request.key());
        } else {
            record.http.plain += 1;
        }
        let body = opening::body(&request.fields);
        let next = match body {
            Some(body) if asked.may_lead_elsewhere() => Some(Stage::Waiting(body)),
            Some(Some(body)) => Some(Stage::Body(body)),
            Some(None) => Some(Stage::head(Role::Client)),
            None => None,
        };
        self.asked.push_back(asked);
        match next.filter(|_| self.asked.len() <= MAX_PIPELINED) {
            Some(stage) => self.sides[index(Role::Client)].stage = stage,
            None => self.give_up(Unjudged::OtherProtocol),
        }
    }

    fn take_response(&mut self, reader: &HeadReader, start: u64, record: &mut Record) {
        let response = match reader.parse_response() {
            Ok(response) => response,
            Err(fault) => {
                return self.broken_head(Role::Server, (reader, start), fault, record);
            }
        };
        let Some(asked) = self.asked.pop_front() else {
            return;
        };
        if asked.is_judged(&response) {
            let violations = asked.violations(&response);
            let broken = violations.into_iter().map(|violation| (violation, None));
            find_in_head(Role::Server, (reader, start), broken, record);
        }
        match asked.answered(&response) {
            Some(Answered::Interim) => self.asked.push_front(asked),
            Some(Answered::Frames(contexts)) => {
                record.http.opened += 1;
                self.open(contexts);
            }
            Some(Answered::OtherExtension) => self.give_up(Unjudged::OtherExtension),
            Some(Answered::Http(body)) => {
                record.http.refused += u64::from(matches!(asked, Asked::WebSocket(_)));
                self.sides[index(Role::Client)].go_on_in_http();
                if let Some(body) = body {
                    self.sides[index(Role::Server)].stage = Stage::Body(body);
                }
            }
            Some(Answered::OtherProtocol) | None => self.give_up(Unjudged::OtherProtocol),
        }
    }

    /// A head that cannot be read. It counts if it is that of an opening handshake.
    fn broken_head(
        &mut self,
        role: Role,
        (reader, start): (&HeadReader, u64),
        fault: Fault,
        record: &mut Record,
    ) {
        let head = reader.bytes().to_ascii_lowercase();
        let is_of_an_opening = match role {
            Role::Client => head.windows(NAME.len()).any(|part| part == NAME),
            Role::Server => {
                matches!(self.asked.front(), Some(Asked::WebSocket(_)))
                    && head.get(8..).is_some_and(|rest| rest.starts_with(b" 101"))
            }
        };
        if is_of_an_opening {
            let fault = fault.violation.at(start + fault.offset);
            record.ledger.note(role, fault, Place::default());
        }
        self.give_up(Unjudged::OtherProtocol);
    }

    /// Frames follow from both sides.
    fn open(&mut self, contexts: [Option<Context>; 2]) {
        for (role, context) in [Role::Client, Role::Server].into_iter().zip(contexts) {
            let side = &mut self.sides[index(role)];
            if matches!(side.stage, Stage::Waiting(Some(_))) {
                // Whether the body or the frames come first is not defined.
                side.stop(Unjudged::OtherProtocol);
            } else {
                let frames = Frames::new(role, side.offset, context, self.max_message);
                side.stage = Stage::Frames(Box::new(frames));
            }
        }
    }

    /// Nothing more of the connection is read.
    fn give_up(&mut self, why: Unjudged) {
        for side in &mut self.sides {
            side.stop(why);
        }
    }
}

/// Notes what is wrong with a head that begins at an offset and is complete: rules, each perhaps with a
/// narrower requirement than usual.
fn find_in_head(
    role: Role,
    (reader, start): (&HeadReader, u64),
    broken: impl Iterator<Item = (Violation, Option<&'static str>)>,
    record: &mut Record,
) {
    if let Some(bare) = reader.bare_line_end() {
        let fault = bare.violation.at(start + bare.offset);
        record.ledger.note(role, fault, Place::default());
    }
    let last = start + reader.bytes().len() as u64 - 1;
    for (violation, narrower) in broken {
        let place = Place {
            narrower,
            ..Place::default()
        };
        record.ledger.note(role, violation.at(last), place);
    }
}
