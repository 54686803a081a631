//! The server's side of a gateway.

use std::borrow::Cow;

use wsspec_core::Role;
use wsspec_core::handshake::ConnectRequest;
use wsspec_core::http2::{
    ErrorCode, Event, Field, Found, FrameReader, PREFACE, Violation, frame, settings,
};

use super::heads::{self, Head, Said};
use super::{Gateway, GatewayFault, Stream};
use crate::peer::ReferencePeer;

/// A server of streams.
#[derive(Debug)]
pub struct Server {
    pub(super) gateway: Gateway,
    peer: ReferencePeer,
    seed: u64,
    /// Takes padding for content.
    padding: Option<FrameReader>,
}

impl Server {
    pub(super) fn new(peer: ReferencePeer, seed: u64) -> Server {
        let mut gateway = Gateway::new(Role::Server, peer.gateway);
        let padding = gateway
            .has(GatewayFault::PaddingDelivered)
            .then(|| FrameReader::new(true));
        let announced: &[(u16, u32)] = match peer.gateway {
            Some(GatewayFault::NotAnnounced) => &[],
            Some(GatewayFault::AnnouncedAsTwo) => &[(settings::ENABLE_CONNECT_PROTOCOL, 2)],
            _ => &[(settings::ENABLE_CONNECT_PROTOCOL, 1)],
        };
        gateway.connection.settings(announced);
        Server {
            gateway,
            peer,
            seed,
            padding,
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let seen = match &mut self.padding {
            Some(frames) => Cow::Owned(with_padding(frames, bytes)),
            None => Cow::Borrowed(bytes),
        };
        for event in self.gateway.connection.receive(&seen) {
            if !self.gateway.ends {
                self.event(event);
            }
        }
        self.respond();
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Violation(found) => self.violation(found),
            Event::Headers {
                stream,
                fields,
                end,
            } => self.fields(stream, &fields, end),
            Event::Data { stream, bytes, end } => self.data(stream, bytes, end),
            Event::WindowUpdate { stream, .. } => self.gateway.crossed(stream),
            Event::GoAway { code, .. } => self.gateway.goaway(code),
            Event::Reset { stream, .. } => {
                self.gateway.crossed(stream);
                self.gateway.lose(stream);
                if self.gateway.has(GatewayFault::ResetKillsConnection) {
                    self.gateway.abort(ErrorCode::INTERNAL_ERROR);
                }
            }
            Event::Settings(_) | Event::SettingsAck | Event::Ping { .. } | Event::Broken => {}
        }
    }

    fn violation(&mut self, found: Found) {
        let violation = found.violation;
        let lenient = match self.gateway.fault {
            Some(GatewayFault::FieldsUnchecked) => matches!(
                violation,
                Violation::FieldNameUppercase
                    | Violation::FieldNameInvalid
                    | Violation::FieldOfTheConnection
                    | Violation::TeInvalid
                    | Violation::PseudoLate
                    | Violation::PseudoRepeated
                    | Violation::PseudoUnknown
                    | Violation::PseudoOfTheOther
            ),
            Some(GatewayFault::PathUnchecked) => matches!(
                violation,
                Violation::PathMissing | Violation::SchemeMissing | Violation::ConnectWithoutTarget
            ),
            Some(GatewayFault::AnyMethod) => violation == Violation::ProtocolWithoutConnect,
            Some(GatewayFault::AnyProtocol) => matches!(
                violation,
                Violation::ConnectWithTarget | Violation::ConnectWithoutAuthority
            ),
            _ => false,
        };
        if !lenient {
            self.gateway.answer(found);
        }
    }

    fn fields(&mut self, id: u32, fields: &[Field], end: bool) {
        self.gateway.highest = self.gateway.highest.max(id);
        if self.gateway.malformed.contains(&id) {
            return;
        }
        if let Some(at) = self.gateway.at(id) {
            // Trailers mean nothing to a WebSocket.
            if end {
                self.gateway.streams[at].inner.receive_end();
            }
            return;
        }
        match self.refusal(fields) {
            Some(status) => self.refuse(id, status),
            None => self.open(id, fields, end),
        }
    }

    /// The status of a request that opens no WebSocket.
    fn refusal(&self, fields: &[Field]) -> Option<&'static str> {
        let readable = fields
            .iter()
            .filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, value.as_slice())))
            .collect();
        let request = ConnectRequest { fields: readable };
        let method = request.fields.get(":method");
        let protocol = request.fields.get(":protocol");
        let demands_key = self.gateway.has(GatewayFault::KeyDemanded);
        if demands_key && request.fields.get("sec-websocket-key").is_none() {
            return Some("400");
        }
        let one_only = self.gateway.has(GatewayFault::OneStreamOnly);
        if one_only && !self.gateway.streams.is_empty() {
            return Some("503");
        }
        let any_protocol = self.gateway.has(GatewayFault::AnyProtocol) && method == Some("CONNECT");
        let any_method = self.gateway.has(GatewayFault::AnyMethod) && protocol.is_some();
        if request.asks_for_websocket() || any_protocol || any_method {
            return None;
        }
        Some(match (method, protocol) {
            // RFC 9220 §3 for HTTP/3; nothing forbids it here.
            (Some("CONNECT"), Some(_)) => "501",
            (Some("CONNECT"), None) => "405",
            _ => "404",
        })
    }

    fn refuse(&mut self, id: u32, status: &str) {
        if status == "404" && self.gateway.has(GatewayFault::NoOrdinaryRequests) {
            return self.gateway.abort(ErrorCode::PROTOCOL_ERROR);
        }
        let mut fields = vec![(b":status".to_vec(), status.as_bytes().to_vec())];
        if self.gateway.has(GatewayFault::LengthOfRefusalWrong) {
            fields.push((b"content-length".to_vec(), b"5".to_vec()));
        }
        self.gateway.connection.headers(id, &fields, true);
    }

    fn open(&mut self, id: u32, fields: &[Field], end: bool) {
        let mut fields = fields.to_vec();
        if self.gateway.has(GatewayFault::VersionUnchecked) {
            fields.retain(|(name, _)| name != b"sec-websocket-version");
            fields.push((b"sec-websocket-version".to_vec(), b"13".to_vec()));
        }
        let seed = self.seed.wrapping_add(u64::from(id) - 1);
        let mut inner = self.peer.connection(Role::Server, seed);
        inner.receive(&mut heads::upgrade(&fields));
        if end {
            inner.receive_end();
        }
        self.gateway.streams.push(Stream {
            id,
            inner,
            head: Head::response(),
            ended: false,
            heard_end: end,
            gone: false,
        });
    }

    fn data(&mut self, id: u32, bytes: Vec<u8>, end: bool) {
        let mixes = self.gateway.has(GatewayFault::StreamsMixed);
        let at = if mixes && self.gateway.streams.len() > 1 {
            Some(0)
        } else {
            self.gateway.at(id)
        };
        let drops = self.gateway.has(GatewayFault::DataDropped) && bytes.len() == 1;
        if let Some(at) = at.filter(|_| !drops) {
            self.gateway.content(at, bytes, end);
        }
    }

    /// Passes on what the endpoints say.
    pub(super) fn respond(&mut self) {
        for at in 0..self.gateway.streams.len() {
            let stream = &mut self.gateway.streams[at];
            let said = stream.inner.take_output();
            if stream.gone || stream.ended {
                continue;
            }
            let id = stream.id;
            if !said.is_empty() {
                let said = stream.head.take(said, false);
                self.pass_on(id, said);
            }
            let stream = &mut self.gateway.streams[at];
            if stream.inner.wants_end() && !stream.gone {
                stream.ended = true;
                self.end(id);
            }
        }
        self.gateway.collect();
    }

    fn pass_on(&mut self, id: u32, said: Said) {
        match said {
            Said::Nothing | Said::Request(..) => {}
            Said::Interim(status, rest) => {
                let fields = [(b":status".to_vec(), status.to_string().into_bytes())];
                self.gateway.connection.headers(id, &fields, false);
                if let Some(at) = self.gateway.at(id).filter(|_| !rest.is_empty()) {
                    let said = self.gateway.streams[at].head.take(rest, false);
                    self.pass_on(id, said);
                }
            }
            Said::Garbage => self.gateway.connection.reset(id, ErrorCode::INTERNAL_ERROR),
            Said::Response(status, fields, rest) => {
                let fields = self.answer(status, fields);
                self.gateway.connection.headers(id, &fields, false);
                self.after_answer();
                if !rest.is_empty() {
                    self.gateway.connection.data(id, rest, None);
                }
            }
            Said::Bytes(bytes) => self.gateway.connection.data(id, bytes, None),
        }
    }

    fn answer(&self, status: u16, mut fields: Vec<Field>) -> Vec<Field> {
        let opens = status == 101;
        let status = match (opens, self.gateway.has(GatewayFault::AnswersWith101)) {
            (true, false) => "200".to_owned(),
            _ => status.to_string(),
        };
        fields.insert(0, (b":status".to_vec(), status.into_bytes()));
        if opens && self.gateway.has(GatewayFault::LengthInAnswer) {
            fields.push((b"content-length".to_vec(), b"5".to_vec()));
        }
        if self.gateway.has(GatewayFault::UpperCaseName) {
            fields.push((b"X-Server".to_vec(), b"wsspec".to_vec()));
        }
        fields
    }

    /// What some faults do once a stream is answered.
    fn after_answer(&mut self) {
        let connection = &mut self.gateway.connection;
        match self.gateway.fault {
            Some(GatewayFault::Withdrawn) => {
                connection.settings(&[(settings::ENABLE_CONNECT_PROTOCOL, 0)]);
            }
            Some(GatewayFault::FrameOnIdleStream) => {
                connection.raw(frame::WINDOW_UPDATE, 0, 999, &[0, 0, 0, 1]);
            }
            Some(GatewayFault::ResetOfStreamZero) => {
                connection.raw(frame::RST_STREAM, 0, 0, &[0; 4]);
            }
            _ => {}
        }
    }

    fn end(&mut self, id: u32) {
        match self.gateway.fault {
            Some(GatewayFault::EndLost) => {}
            Some(GatewayFault::ResetsAtEnd) => {
                self.gateway.connection.reset(id, ErrorCode::INTERNAL_ERROR);
            }
            Some(GatewayFault::EndsConnection) => self.gateway.abort(ErrorCode::NO_ERROR),
            Some(GatewayFault::DataAfterEnd) => {
                self.gateway.connection.finish(id);
                self.gateway.connection.raw(frame::DATA, 0, id, b"late");
            }
            _ => self.gateway.finish(id),
        }
    }
}

/// The frames of a client as one reads them who does not know padding.
fn with_padding(frames: &mut FrameReader, bytes: &[u8]) -> Vec<u8> {
    let before = frames.offset();
    let read = frames.frames(bytes);
    let mut seen = Vec::new();
    if before < PREFACE.len() as u64 {
        seen.extend_from_slice(&PREFACE[before as usize..]);
    }
    for mut frame in read {
        if frame.head.kind == frame::DATA {
            frame.head.flags &= !frame::PADDED;
        }
        seen.extend(frame.head.write());
        seen.extend(frame.payload);
    }
    seen
}
