//! Both directions of a connection over HTTP/2: each extended CONNECT for a WebSocket is a stream of its
//! own (RFC 8441).

use std::collections::BTreeMap;
use std::mem;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::handshake::{ConnectRequest, ConnectResponse};
use wsspec_core::http2::{Event, Field, PREFACE, Witness, frame, message};
use wsspec_core::violation::Violation;

use super::conversation::{Record, index};
use super::found::Place;
use super::frames::{Frames, Sent};
use super::http1::MAX_HELD;
use super::opening::{Answered, Offer, narrower};
use super::unjudged::Unjudged;
use crate::binding::readable;

/// WebSockets that are judged at a time on one connection.
const MAX_OPEN: usize = 1024;

/// Judges what goes over a connection of HTTP/2.
#[derive(Debug)]
pub(super) struct Http2 {
    witness: Witness,
    tunnels: BTreeMap<u32, Tunnel>,
    /// Bytes of the preface that have to come.
    preface: usize,
    /// Bytes that wait for answers.
    held: usize,
    max_message: u64,
    /// What the sides sent on streams that have ended.
    sent: [Sent; 2],
    unjudged: [BTreeMap<Unjudged, u64>; 2],
    /// Why nothing more is read.
    lost: Option<Unjudged>,
}

/// A stream that was opened by a request for a WebSocket.
#[derive(Debug)]
struct Tunnel {
    state: State,
    /// Which sides have ended it.
    ended: [bool; 2],
}

#[derive(Debug)]
enum State {
    /// There is no final answer yet; this is what the client sent on.
    Asked(Offer, Vec<u8>),
    /// Frames follow from both sides.
    Open(Box<[Frames; 2]>),
    /// What follows is not read.
    Unread(Unjudged),
}

impl Http2 {
    pub(super) fn new(max_message: u64) -> Http2 {
        Http2 {
            witness: Witness::default(),
            tunnels: BTreeMap::new(),
            preface: PREFACE.len(),
            held: 0,
            max_message,
            sent: Default::default(),
            unjudged: Default::default(),
            lost: None,
        }
    }

    /// Takes bytes that this side sent.
    pub(super) fn received(&mut self, from: Role, bytes: &[u8], record: &mut Record) {
        if let Some(why) = self.lost {
            return self.leave(from, why, bytes.len());
        }
        let seen = self.witness.receive(from, bytes);
        if from == Role::Client && self.preface > 0 {
            let now = self.preface.min(bytes.len());
            record.keep(from, &bytes[..now], true);
            self.preface -= now;
        }
        for frame in &seen.frames {
            let is_data = frame.head.kind == frame::DATA;
            record.keep(from, &frame.head.write(), !is_data);
            record.keep(from, &frame.payload, !is_data);
        }
        for event in seen.events {
            self.take(from, event, record);
        }
    }

    /// This side sent bytes that are not known here. What follows from the other one depends on them.
    pub(super) fn missed(&mut self, from: Role, why: Unjudged, bytes: u64) {
        self.lost.get_or_insert(why);
        self.leave(from, why, bytes as usize);
    }

    /// Nothing more follows from this side.
    pub(super) fn ended(&mut self, from: Role, record: &mut Record) {
        for tunnel in self.tunnels.values_mut() {
            tunnel.end(from, record);
        }
    }

    /// What this side has sent in frames.
    pub(super) fn sent(&self, side: Role) -> Sent {
        let mut sent = self.sent[index(side)].clone();
        for tunnel in self.tunnels.values() {
            if let State::Open(frames) = &tunnel.state {
                sent.add(&frames[index(side)].sent);
            }
        }
        sent
    }

    /// How many bytes of this side were not judged, by the reason.
    pub(super) fn unjudged(&self, side: Role) -> Vec<(Unjudged, u64)> {
        let unjudged = self.unjudged[index(side)].iter();
        unjudged.map(|(why, bytes)| (*why, *bytes)).collect()
    }

    fn take(&mut self, from: Role, event: Event, record: &mut Record) {
        match event {
            Event::Headers {
                stream,
                fields,
                end,
            } => {
                record.http.keep_secret_fields(&fields);
                match from {
                    Role::Client => self.take_request(stream, &fields, record),
                    Role::Server => self.take_response(stream, &fields, end, record),
                }
                self.end(from, stream, end, record);
            }
            Event::Data { stream, bytes, end } => {
                self.take_data(from, stream, bytes, record);
                self.end(from, stream, end, record);
            }
            Event::Reset { stream, .. } => {
                for side in [Role::Client, Role::Server] {
                    self.end(side, stream, true, record);
                }
            }
            Event::Violation(found) => record.ledger.note_http2(from, found),
            Event::Broken => {
                self.lost.get_or_insert(Unjudged::Http2);
            }
            Event::Settings(_)
            | Event::SettingsAck
            | Event::GoAway { .. }
            | Event::Ping { .. }
            | Event::WindowUpdate { .. } => {}
        }
    }

    fn take_request(&mut self, stream: u32, fields: &[Field], record: &mut Record) {
        if message::value(fields, ":method").is_none() || self.tunnels.contains_key(&stream) {
            // Trailers.
            return;
        }
        let request = ConnectRequest {
            fields: readable(fields),
        };
        if !request.asks_for_websocket() {
            record.http.plain += 1;
            return;
        }
        let (offer, violations) = Offer::of_connect(&request);
        for violation in violations {
            let narrower = narrower(&request.fields, violation);
            note_head(Role::Client, stream, violation, narrower, record);
        }
        let state = if self.tunnels.len() < MAX_OPEN {
            State::Asked(offer, Vec::new())
        } else {
            State::Unread(Unjudged::Http2)
        };
        self.tunnels.insert(stream, Tunnel::new(state));
    }

    fn take_response(&mut self, stream: u32, fields: &[Field], end: bool, record: &mut Record) {
        let Some(tunnel) = self.tunnels.get_mut(&stream) else {
            return;
        };
        let (State::Asked(offer, early), Some(status)) =
            (&mut tunnel.state, message::status(fields))
        else {
            return;
        };
        if status / 100 == 1 {
            return;
        }
        let mut early = mem::take(early);
        self.held -= early.len();
        if status / 100 != 2 || end {
            record.http.refused += 1;
            self.tunnels.remove(&stream);
            return;
        }
        let response = ConnectResponse {
            fields: readable(fields),
        };
        for violation in offer.violations_of(&response) {
            note_head(Role::Server, stream, violation, None, record);
        }
        tunnel.state = match offer.agreed(&response.extensions()) {
            Answered::Frames(contexts) => {
                record.http.opened += 1;
                State::Open(Box::new(frames(stream, contexts, self.max_message)))
            }
            Answered::OtherExtension => State::Unread(Unjudged::OtherExtension),
            _ => State::Unread(Unjudged::OtherProtocol),
        };
        if !early.is_empty() {
            self.read(Role::Client, stream, &mut early, record);
        }
    }

    /// Content of a message on a stream.
    fn take_data(&mut self, from: Role, stream: u32, mut bytes: Vec<u8>, record: &mut Record) {
        let Some(tunnel) = self.tunnels.get_mut(&stream) else {
            return;
        };
        if let State::Asked(_, early) = &mut tunnel.state
            && from == Role::Client
        {
            self.held += bytes.len();
            early.append(&mut bytes);
            if self.held > MAX_HELD {
                let early = early.len();
                self.held -= early;
                tunnel.state = State::Unread(Unjudged::Http2);
                self.leave(from, Unjudged::Http2, early);
            }
            return;
        }
        self.read(from, stream, &mut bytes, record);
    }

    /// Reads frames of a WebSocket, which are unmasked in place.
    fn read(&mut self, from: Role, stream: u32, bytes: &mut [u8], record: &mut Record) {
        let Some(tunnel) = self.tunnels.get_mut(&stream) else {
            return;
        };
        let unread = match &mut tunnel.state {
            State::Asked(..) => None,
            State::Unread(why) => Some(*why),
            State::Open(frames) => {
                let frames = &mut frames[index(from)];
                frames.read(bytes, &mut record.ledger);
                frames.lost()
            }
        };
        if let Some(why) = unread {
            self.leave(from, why, bytes.len());
        }
    }

    /// This side ends a stream, if `end` says so.
    fn end(&mut self, from: Role, stream: u32, end: bool, record: &mut Record) {
        let Some(tunnel) = self.tunnels.get_mut(&stream).filter(|_| end) else {
            return;
        };
        tunnel.end(from, record);
        if tunnel.ended != [true; 2] {
            return;
        }
        match self.tunnels.remove(&stream).map(|tunnel| tunnel.state) {
            Some(State::Open(frames)) => {
                for (sent, frames) in self.sent.iter_mut().zip(frames.iter()) {
                    sent.add(&frames.sent);
                }
            }
            Some(State::Asked(_, early)) => self.held -= early.len(),
            Some(State::Unread(_)) | None => {}
        }
    }

    /// Bytes of a side that are not judged.
    fn leave(&mut self, from: Role, why: Unjudged, bytes: usize) {
        if bytes > 0 {
            *self.unjudged[index(from)].entry(why).or_default() += bytes as u64;
        }
    }
}

impl Tunnel {
    fn new(state: State) -> Tunnel {
        Tunnel {
            state,
            ended: [false; 2],
        }
    }

    /// Nothing more follows on it from this side.
    fn end(&mut self, from: Role, record: &mut Record) {
        self.ended[index(from)] = true;
        if let State::Open(frames) = &mut self.state {
            frames[index(from)].end(&mut record.ledger);
        }
    }
}

/// The frames of client and server on a stream.
fn frames(stream: u32, contexts: [Option<Context>; 2], max_message: u64) -> [Frames; 2] {
    let [of_client, of_server] = contexts;
    [(Role::Client, of_client), (Role::Server, of_server)]
        .map(|(role, context)| Frames::new(role, 0, context, max_message).on(stream))
}

/// Notes a rule of WebSocket that fields break: before the data of their stream.
fn note_head(
    side: Role,
    stream: u32,
    violation: Violation,
    narrower: Option<&'static str>,
    record: &mut Record,
) {
    let place = Place {
        stream: Some(stream),
        narrower,
        ..Place::default()
    };
    record.ledger.note(side, violation.at(0), place);
}
