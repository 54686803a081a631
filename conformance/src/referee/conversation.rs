//! Both directions of one connection over HTTP/1.1, sans-I/O.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::{Fault, Violation};
use wsspec_reports::{Transcript, What};

use super::found::{Broken, Found, Ledger};
use super::frames::{Frames, Sent};
use super::http::Http;
use super::kept::{Kept, Payloads};
use super::opening::{self, Answered, Asked};
use super::side::{Side, Stage};
use super::unjudged::Unjudged;

/// Requests that may wait for their answers.
const MAX_PIPELINED: usize = 64;

/// Bytes of a side that wait for the other one: for the request that is answered, or for the answer
/// that decides what follows.
const MAX_HELD: usize = 256 << 10;

/// What a request for a WebSocket names, in its Upgrade field or in those of its own.
const NAME: &[u8] = b"websocket";

/// Judges what went over a connection, whichever way the bytes were cut.
#[derive(Debug)]
pub struct Conversation {
    sides: [Side; 2],
    /// Requests that were not answered yet.
    asked: VecDeque<Asked>,
    limits: Limits,
    ledger: Ledger,
    kept: Kept,
    now: Duration,
    pub(super) http: Http,
}

/// What is kept of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a message under way, at most this many bytes; what follows a larger one is not judged.
    pub max_message: u64,
    /// Whether reports may show what messages carry.
    pub payloads: Payloads,
}

impl Conversation {
    /// Of a connection on which nothing was sent yet.
    pub fn new(limits: Limits) -> Conversation {
        Conversation {
            sides: [Role::Client, Role::Server].map(Side::new),
            asked: VecDeque::new(),
            limits,
            ledger: Ledger::default(),
            kept: Kept::new(limits.payloads),
            now: Duration::ZERO,
            http: Http::default(),
        }
    }

    /// Takes bytes that this side sent, `now` after the beginning. They are unmasked in place.
    pub fn received(&mut self, from: Role, bytes: &mut [u8], now: Duration) {
        self.now = now;
        let side = &mut self.sides[index(from)];
        if side.held.is_empty()
            && let Stage::Frames(frames) = &mut side.stage
        {
            self.kept.bytes(now, from, bytes, false);
            frames.read(bytes, &mut self.ledger);
            side.settle(bytes.len());
            return;
        }
        side.held.extend_from_slice(bytes);
        while self.advance(Role::Client) || self.advance(Role::Server) {}
        let side = &mut self.sides[index(from)];
        if side.held.len() > MAX_HELD {
            self.give_up(Unjudged::OtherProtocol);
        }
    }

    /// This side sent bytes that are not known here, for this reason.
    pub fn missed(&mut self, from: Role, why: Unjudged, bytes: u64) {
        if matches!(self.sides[index(from)].stage, Stage::Frames(_)) {
            self.sides[index(from)].stop(why);
        } else {
            self.give_up(why);
        }
        self.sides[index(from)].leave(bytes);
    }

    /// Nothing more follows from this side: its direction ended like this.
    pub fn ended(&mut self, from: Role, how: What, now: Duration) {
        self.kept.end(now, from, how);
        if let Stage::Frames(frames) = &mut self.sides[index(from)].stage {
            frames.end(&mut self.ledger);
        }
    }

    /// Takes the rules that were broken for the first time since the last call, in the order in which
    /// that was seen.
    pub fn take_found(&mut self) -> Vec<Found> {
        self.ledger.take_fresh()
    }

    /// Every rule that was broken.
    pub(super) fn broken(&self) -> impl Iterator<Item = &Broken> {
        self.ledger.broken()
    }

    /// Whether a WebSocket was opened.
    pub fn opened(&self) -> bool {
        self.http.opened
    }

    /// What this side has sent in frames.
    pub(super) fn sent(&self, side: Role) -> &Sent {
        let side = &self.sides[index(side)];
        match &side.stage {
            Stage::Frames(frames) => &frames.sent,
            _ => &side.sent,
        }
    }

    /// What was kept, with `target` as the target, without secrets.
    pub(super) fn transcript(&self, target: Role) -> Arc<Transcript> {
        self.kept.transcript(target, &self.http.secrets)
    }

    /// How many bytes of this side were not judged, and why.
    pub fn unjudged(&self, side: Role) -> Option<(Unjudged, u64)> {
        self.sides[index(side)].unjudged
    }

    /// Reads on in what a side sent. Returns whether that changed anything.
    fn advance(&mut self, role: Role) -> bool {
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
                self.kept.bytes(self.now, role, &side.held[..used], true);
                side.consume(used);
                match read {
                    Ok(false) => {}
                    read => self.end_head(role, read.err()),
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
                self.kept.bytes(self.now, role, &bytes, false);
                frames.read(&mut bytes, &mut self.ledger);
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
    fn end_head(&mut self, role: Role, fault: Option<Fault>) {
        let side = &mut self.sides[index(role)];
        let Stage::Head(reader) = mem::replace(&mut side.stage, Stage::head(role)) else {
            return;
        };
        let start = side.offset - reader.bytes().len() as u64;
        self.http.keep_secrets(reader.bytes());
        match (fault, role) {
            (Some(fault), _) => self.broken_head(role, &reader, fault, start),
            (None, Role::Client) => self.take_request(&reader, start),
            (None, Role::Server) => self.take_response(&reader, start),
        }
    }

    fn take_request(&mut self, reader: &HeadReader, start: u64) {
        let request = match reader.parse_request() {
            Ok(request) => request,
            Err(fault) => return self.broken_head(Role::Client, reader, fault, start),
        };
        let (asked, violations) = Asked::of(&request);
        if matches!(asked, Asked::WebSocket(_)) {
            self.kept.begin_with(self.now, reader.bytes());
            self.http.secrets.clear();
            self.http.keep_secrets(reader.bytes());
            let broken = violations
                .into_iter()
                .map(|v| (v, Asked::narrower(&request, v)));
            self.find_in_head(Role::Client, reader, start, broken);
            self.http.keep_key(request.key());
        } else {
            self.http.plain += 1;
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

    fn take_response(&mut self, reader: &HeadReader, start: u64) {
        let response = match reader.parse_response() {
            Ok(response) => response,
            Err(fault) => return self.broken_head(Role::Server, reader, fault, start),
        };
        let Some(asked) = self.asked.pop_front() else {
            return;
        };
        if asked.is_judged(&response) {
            let violations = asked.violations(&response);
            let broken = violations.into_iter().map(|violation| (violation, None));
            self.find_in_head(Role::Server, reader, start, broken);
        }
        match asked.answered(&response) {
            Some(Answered::Interim) => self.asked.push_front(asked),
            Some(Answered::Frames(contexts)) => self.open(contexts),
            Some(Answered::OtherExtension) => self.give_up(Unjudged::OtherExtension),
            Some(Answered::Http(body)) => {
                self.http.refused += u64::from(matches!(asked, Asked::WebSocket(_)));
                self.sides[index(Role::Client)].go_on_in_http();
                if let Some(body) = body {
                    self.sides[index(Role::Server)].stage = Stage::Body(body);
                }
            }
            Some(Answered::OtherProtocol) | None => self.give_up(Unjudged::OtherProtocol),
        }
    }

    /// A head that cannot be read. It counts if it is that of an opening handshake.
    fn broken_head(&mut self, role: Role, reader: &HeadReader, fault: Fault, start: u64) {
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
            self.ledger.note(role, fault, None, &[]);
        }
        self.give_up(Unjudged::OtherProtocol);
    }

    /// Notes what is wrong with a head that is complete: rules, each perhaps with a narrower requirement
    /// than usual.
    fn find_in_head(
        &mut self,
        role: Role,
        reader: &HeadReader,
        start: u64,
        broken: impl Iterator<Item = (Violation, Option<&'static str>)>,
    ) {
        if let Some(bare) = reader.bare_line_end() {
            let fault = bare.violation.at(start + bare.offset);
            self.ledger.note(role, fault, None, &[]);
        }
        let last = start + reader.bytes().len() as u64 - 1;
        for (violation, narrower) in broken {
            self.ledger.note(role, violation.at(last), narrower, &[]);
        }
    }

    /// Frames follow from both sides.
    fn open(&mut self, contexts: [Option<Context>; 2]) {
        self.http.opened = true;
        for (role, context) in [Role::Client, Role::Server].into_iter().zip(contexts) {
            let side = &mut self.sides[index(role)];
            if matches!(side.stage, Stage::Waiting(Some(_))) {
                // Whether the body or the frames come first is not defined.
                side.stop(Unjudged::OtherProtocol);
            } else {
                let frames = Frames::new(role, side.offset, context, self.limits.max_message);
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

fn index(role: Role) -> usize {
    usize::from(role == Role::Server)
}
